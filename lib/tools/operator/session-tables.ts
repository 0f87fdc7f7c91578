import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../../config/environment.ts';
import { isHttpUrl } from '../../config/variables.ts';
import { findAwsCredentials, NoAwsCredentials } from '../../dev/aws-credentials.ts';
import { DataFolderInUse } from '../../dev/data-folder.ts';
import { type EmbeddedDynamoDb, LOCAL_REGION, startEmbeddedDynamoDb } from '../../dev/dynamodb.ts';
import { serviceName } from '../../dev/service.ts';
import { DataDamaged } from '../../dev/stored-data.ts';
import { type TableNames, tableNames } from '../../dev/tables.ts';
import { type CredentialProvider, type DynamoDbOptions, needsAwsCredentials } from '../../dynamodb/connection.ts';
import { CommandFailed, UsageError } from '../command-line.ts';
import { coreStoreOf } from './core-store.ts';
import { explain } from './store-failure.ts';

/** Which tables are meant, as it was typed. */
interface Wanted {
  readonly stage?: string | undefined;
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly data?: string | undefined;
  /** The tables of `npm run core`. */
  readonly core?: boolean | undefined;
}

/** The same as options of a command, and what its help says of them. */
export const TABLE_OPTIONS = {
  stage: { type: 'string' },
  region: { type: 'string' },
  endpoint: { type: 'string' },
  data: { type: 'string' },
  core: { type: 'boolean', default: false },
} as const;

export const TABLE_HELP = `\
  --stage NAME           uses the stage's tables in AWS (dev), with the credentials that the AWS CLI would use
  --region REGION        the region of the tables (AWS_REGION, or the region in serverless.yml)
  --endpoint URL         uses another DynamoDB (DYNAMODB_ENDPOINT, which excludes --stage and --region)
  --data FOLDER          uses the data of npm run dev, running or not. This is the default, with the folder .data
  --core                 uses the data of npm run core, running or not. Set the environment as for npm run core:
                         SUPERTOKENS_PORT, SUPERTOKENS_DATA_DIR, DYNAMODB_ENDPOINT, SESSIONS_TABLE, …`;

/** The names of a core's tables. */
type NamesInUse = Pick<TableNames, 'sessions' | 'keys' | 'publishedKeys'> & {
  /** Of the core's users; absent if `npm run core` was given no table for them. */
  readonly coreUsers: string | undefined;
};

/** The tables of a stage or of `npm run core`, and how they are reached. */
export interface SessionTables {
  /** A description for people. Each command shows it before it does anything. */
  readonly where: string;
  readonly db: DynamoDbOptions;
  readonly names: NamesInUse;
}

interface OpenTables extends SessionTables {
  close(): Promise<void>;
}

/** The names of the tables of a core that keeps users. @throws CommandFailed if it keeps none */
export function tablesWithUsers({ names, where }: SessionTables): NamesInUse & { readonly coreUsers: string } {
  const { coreUsers } = names;
  if (coreUsers === undefined) throw new CommandFailed(`There are no users in ${where}: set CORE_USERS_TABLE.`);
  return { ...names, coreUsers };
}

/** Where `npm run dev` keeps its data by default. */
const LOCAL_DATA = '.data';
const LOCAL_STAGE = 'dev';

/**
 * Works on the tables that the options name, and closes them. A failure of DynamoDB becomes a message for the operator.
 * @throws UsageError, CommandFailed
 */
export async function withSessionTables<T>(
  wanted: Wanted,
  environment: Environment,
  work: (tables: SessionTables) => Promise<T>,
): Promise<T> {
  const tables = await openSessionTables(wanted, environment);
  try {
    return await work(tables);
  } catch (error) {
    throw explain(error, tables.where);
  } finally {
    await tables.close();
  }
}

/**
 * Opens the tables that the options name. With `core`, they are those of `npm run core`. With a stage or a region, they
 * are the stage's in AWS. With an endpoint, they are those there. Otherwise they are those of `npm run dev`, whether it
 * runs or not.
 * @throws UsageError if what was typed contradicts itself or the environment
 * @throws CommandFailed if there is no local data, or no way to it, or there are no AWS credentials for a stage in AWS
 */
async function openSessionTables(wanted: Wanted, environment: Environment): Promise<OpenTables> {
  if (wanted.core) return openCoreTables(wanted, environment);
  const { stage = LOCAL_STAGE, data } = wanted;
  const endpoint = endpointOf(wanted, environment);
  if (data !== undefined && (wanted.endpoint ?? wanted.region ?? wanted.stage) !== undefined) {
    throw new UsageError('--data is local. Do not combine it with --endpoint, --region or --stage.');
  }
  if (!/^[A-Za-z0-9-]+$/.test(stage)) throw new UsageError(`--stage ${stage} is not the name of a stage.`);
  const names = tableNames(await serviceName(), stage);
  if (data === undefined && endpoint !== undefined) {
    if (!isHttpUrl(endpoint)) throw new UsageError(`The endpoint ${endpoint} is not an http(s) URL.`);
    const address = { endpoint, region: wanted.region ?? environment.AWS_REGION ?? LOCAL_REGION };
    return openRemote(address, `stage ${stage} at ${withoutCredentials(endpoint)}`, names, environment);
  }
  if (wanted.stage === undefined && wanted.region === undefined) return openLocal(data ?? LOCAL_DATA, names);
  const region = wanted.region ?? environment.AWS_REGION ?? (await defaultRegion());
  return openRemote({ endpoint: undefined, region }, `stage ${stage} in ${region}`, names, environment);
}

async function credentialsFor(where: string, { AWS_PROFILE: profile }: Environment): Promise<CredentialProvider> {
  try {
    return await findAwsCredentials();
  } catch (error) {
    if (!(error instanceof NoAwsCredentials)) throw error;
    const named = profile ? ` (AWS_PROFILE is ${profile})` : '';
    throw new CommandFailed(
      `There are no AWS credentials for ${where}${named}: ${error.message}\nThe AWS CLI uses the same credentials. To check them, run aws sts get-caller-identity.`,
    );
  }
}

async function openCoreTables(wanted: Wanted, environment: Environment): Promise<OpenTables> {
  if ((wanted.stage ?? wanted.region ?? wanted.endpoint ?? wanted.data) !== undefined) {
    throw new UsageError(
      'Do not combine --core with --stage, --region, --endpoint or --data. The environment names its tables.',
    );
  }
  const store = coreStoreOf(environment);
  const names = store.tables;
  if (store.kind === 'embedded') {
    const { endpoint, stop } = await serve(store.folder);
    const where = `data of npm run core in ${store.folder}`;
    return { where, db: { region: LOCAL_REGION, endpoint }, names, close: stop };
  }
  const { region, endpoint } = store;
  const place = endpoint === undefined ? `in ${region}` : `at ${withoutCredentials(endpoint)}`;
  const where = `the tables of npm run core (${names.sessions}, …) ${place}`;
  return { where, db: { region, endpoint }, names, close: async () => undefined };
}

/** `--stage prod` means AWS. A variable that was set for something else must not send the command elsewhere. */
function endpointOf(wanted: Wanted, environment: Environment): string | undefined {
  if (wanted.endpoint !== undefined) return wanted.endpoint;
  const endpoint = environment.DYNAMODB_ENDPOINT || undefined;
  if (endpoint !== undefined && (wanted.stage ?? wanted.region) !== undefined) {
    throw new UsageError(
      `DYNAMODB_ENDPOINT is ${withoutCredentials(endpoint)}, but --stage and --region name tables in AWS. Unset DYNAMODB_ENDPOINT. Or pass it as --endpoint, if you mean that DynamoDB.`,
    );
  }
  return endpoint;
}

async function openRemote(
  address: Pick<DynamoDbOptions, 'endpoint' | 'region'>,
  where: string,
  names: TableNames,
  environment: Environment,
): Promise<OpenTables> {
  const db = needsAwsCredentials(address)
    ? { ...address, credentials: await credentialsFor(where, environment) }
    : address;
  return { where, db, names, close: async () => undefined };
}

/** An endpoint may hold an access key id and a secret. */
const withoutCredentials = (endpoint: string): string => endpoint.replace(/\/\/[^/@]*@/, '//');

async function openLocal(folder: string, names: TableNames): Promise<OpenTables> {
  if (!existsSync(join(folder, 'dynamodb'))) {
    throw new CommandFailed(
      `There is no data of npm run dev in ${folder}. For a stage in AWS, name it: --stage ${LOCAL_STAGE}`,
    );
  }
  const { endpoint, stop } = await serve(folder);
  return { where: `local data in ${folder}`, db: { region: LOCAL_REGION, endpoint }, names, close: stop };
}

/** The folder's data, from the process that has it open, or else from this one. */
async function serve(folder: string): Promise<EmbeddedDynamoDb> {
  try {
    return await startEmbeddedDynamoDb({ folder });
  } catch (error) {
    if (error instanceof DataDamaged) throw new CommandFailed(error.message);
    if (!(error instanceof DataFolderInUse)) throw error;
    if (error.endpoint === undefined) throw new CommandFailed(`${error.message} It is starting. Try again.`);
    return { endpoint: error.endpoint, stop: async () => undefined };
  }
}

/** The region in serverless.yml, if AWS_REGION is not set. */
async function defaultRegion(): Promise<string> {
  const region = /^ {4}region: (\S+)/m.exec(await readFile('serverless.yml', 'utf8'))?.[1];
  if (region === undefined) throw new UsageError('serverless.yml has no default region. Set one by --region.');
  return region;
}

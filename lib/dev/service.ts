import { readFile } from 'node:fs/promises';
import { configurationFaults } from '../config/configuration-faults.ts';
import { processEnvironment } from '../config/environment.ts';
import { ConfigurationError } from '../config/service-config.ts';
import { type LocalOptions, startApi } from './api-process.ts';
import { CannotStart } from './cannot-start.ts';
import { isInUse } from './data-folder.ts';
import { startEmbeddedDynamoDb } from './dynamodb.ts';
import { firstFreePort, isFree } from './ports.ts';
import { type SignInProvider, startSignInProvider, usesThirdParty } from './sign-in-provider/sign-in-provider.ts';

export interface LocalService {
  readonly url: string;
  /** Where the local sign-in provider is, if it runs. */
  readonly signInIssuer?: string;
  /** Resolves when the API's process has ended, with its exit code or signal. By itself it should not end. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts the embedded DynamoDB and the API on it, on the loopback interface.
 * @throws CannotStart if the port is taken or the API does not come up
 * @throws DataFolderInUse
 * @throws DataDamaged
 */
export async function startLocalService(options: LocalOptions): Promise<LocalService> {
  const { port, folder, fresh = false } = options;
  checkConfiguration(options);
  await checkPlugin(options);
  if (!(await isFree(port))) throw await portTaken(port, folder);
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const each of stops.reverse()) await each();
  };
  try {
    const database = await startEmbeddedDynamoDb({ fresh, ...(folder !== undefined && { folder }) });
    stops.push(database.stop);
    const provider = await signInProvider(options);
    if (provider !== undefined) stops.push(provider.stop);
    const environment = { ...options.environment, ...provider?.environment };
    const api = await startApi({ ...options, environment }, database.endpoint);
    stops.push(api.stop);
    const signInIssuer = provider?.issuer;
    return { url: `http://localhost:${port}`, ...(signInIssuer && { signInIssuer }), ended: api.ended, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function signInProvider(options: LocalOptions): Promise<SignInProvider | undefined> {
  if (!options.signInProvider || !usesThirdParty(await readFile('lib/app/recipes.ts', 'utf8'))) return undefined;
  return startSignInProvider(options.port, { ...processEnvironment(), ...options.environment });
}

/** The command that the message names works: another npm run dev may have not only the port, but the data too. */
async function portTaken(port: number, folder: string | undefined): Promise<CannotStart> {
  const free = await firstFreePort(port + 10);
  const data = folder !== undefined && (await isInUse(folder)) ? ` --data .data-${free}` : '';
  return new CannotStart(
    `Port ${port} is taken. Stop the process that listens there, or choose another port: npm run dev -- --port ${free}${data}`,
  );
}

/** Names every fault of the configuration at once. Otherwise each function would fail when it starts. */
function checkConfiguration({ environment, websiteDomain }: LocalOptions): void {
  // What serverless.yml says of every function, and of the user function.
  const tables = { PUBLISHED_KEYS_TABLE: 'any', CORE_USERS_TABLE: 'any', USERS_TABLE: 'any' };
  const own = { ...tables, SERVICE_NAME: 'any', STAGE: 'any' };
  const faults = configurationFaults({
    ...processEnvironment(),
    ...environment,
    WEBSITE_DOMAIN: websiteDomain,
    ...own,
  });
  if (faults.length > 0) throw new CannotStart(new ConfigurationError(faults).message);
}

/** A clone that has merged a release may have kept its own list of plugins. The API would then not say that it is ready. */
async function checkPlugin({ serverlessConfig = 'serverless.yml' }: LocalOptions): Promise<void> {
  const plugin = './lib/dev/serverless-like-aws.ts';
  if ((await readFile(serverlessConfig, 'utf8')).includes(plugin)) return;
  throw new CannotStart(`${serverlessConfig} has no plugin ${plugin}. Add it before serverless-esbuild.`);
}

/** The service's name, as serverless.yml has it. @throws CannotStart if it has none */
export async function serviceName(): Promise<string> {
  const name = /^service: *(\S+)/m.exec(await readFile('serverless.yml', 'utf8'))?.[1];
  if (name === undefined) throw new CannotStart('serverless.yml has no line "service: <name>"');
  return name;
}

import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { CloudFormationClient, DescribeStackResourceCommand, GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { readUserSettings } from '../../lib/config/user-settings.ts';
import { readAll } from '../../lib/config/variables.ts';
import { DEFAULT_CORE_CONFIG } from '../../lib/core/index.ts';
import { serviceName } from '../../lib/dev/service.ts';
import { tableNames } from '../../lib/dev/tables.ts';
import { createCall } from '../../lib/dynamodb/call.ts';
import { createDynamoDb } from '../../lib/dynamodb/client.ts';
import { createCoreOn } from '../../lib/server/core-on-tables.ts';
import { inTurn } from '../fixtures/once-per-run.ts';

const REGION = 'us-east-1';
/** Any will do while IAM is not enforced. */
const credentials = { accessKeyId: 'deploys', secretAccessKey: 'deploys' };
export const clientOptions = (endpoint: string) => ({ endpoint, region: REGION, credentials });

export interface Outcome {
  readonly exitCode: number;
  readonly output: string;
}

export interface DeployedFunction {
  /** Such as `handlers/auth.handler`. */
  readonly handler: string;
  readonly role: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The zip that was uploaded. */
  readonly code: Buffer;
}

/** A resource of the deployed template. */
export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template is as deep as CloudFormation is
  readonly Properties: Readonly<Record<string, any>>;
}

/** Runs a command of the Serverless Framework. The endpoint is all that differs from a real account. */
export async function serverless(
  endpoint: string,
  command: string,
  stage: string,
  ...options: string[]
): Promise<Outcome> {
  const workFolder = `.esbuild/deploy-${process.pid}`;
  const environment = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_REGION: REGION,
    WEBSITE_DOMAIN: 'https://app.example.com',
    ESBUILD_WORK_FOLDER: workFolder,
  };
  const words = ['node_modules/serverless/bin/serverless.js', ...command.split(' '), '--stage', stage, ...options];
  try {
    // The Serverless Framework writes into .serverless first, as it does for other tests that package.
    const { stdout, stderr } = await inTurn('packaging', () =>
      promisify(execFile)(process.execPath, words, { env: { ...process.env, ...environment }, timeout: 300_000 }),
    );
    return { exitCode: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: number; stdout?: string; stderr?: string };
    return { exitCode: Number(code ?? 1), output: stdout + stderr };
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}

/** Returns every item of the stage's tables, which need not be in a stack. They fit on one page each. */
export async function readItems(endpoint: string, stage: string): Promise<unknown[]> {
  const call = createCall({ endpoint, region: REGION, credentials: async () => credentials });
  const tables = Object.values(tableNames(await serviceName(), stage));
  const pages = await Promise.all(tables.map((TableName) => call('Scan', { TableName })));
  return pages.flatMap(({ Items }) => Items as unknown[]);
}

/** Makes a token that resets a password, as a mail to the user would contain it. No mail leaves the machine. */
export async function makeResetToken(endpoint: string, stage: string, userId: string, email: string): Promise<string> {
  const db = createDynamoDb({ endpoint, region: REGION, credentials: async () => credentials });
  const tables = tableNames(await serviceName(), stage);
  const userSettings = readAll({}, readUserSettings);
  const core = createCoreOn(db, tables, { settings: DEFAULT_CORE_CONFIG, userSettings });
  const { body } = await core.handle({
    method: 'POST',
    path: '/recipe/user/password/reset/token',
    query: new URLSearchParams(),
    headers: { rid: 'emailpassword' },
    body: JSON.stringify({ userId, email }),
  });
  return String((JSON.parse(body) as { token?: string }).token);
}

/** A stage as CloudFormation has deployed it. */
export interface Stack {
  readonly resources: Readonly<Record<string, Resource>>;
  /** Reads a function with the references of its environment resolved. @param id of the resource */
  readFunction(id: string): Promise<DeployedFunction>;
}

export async function readStack(endpoint: string, stage: string): Promise<Stack> {
  const client = new CloudFormationClient(clientOptions(endpoint));
  const StackName = `${await serviceName()}-${stage}`;
  const { TemplateBody = '{}' } = await client.send(new GetTemplateCommand({ StackName }));
  const bucket = { StackName, LogicalResourceId: 'ServerlessDeploymentBucket' };
  const { StackResourceDetail } = await client.send(new DescribeStackResourceCommand(bucket));
  const { Resources: resources } = JSON.parse(TemplateBody) as { Resources: Record<string, Resource> };
  return {
    resources,
    async readFunction(id) {
      const { FunctionName, Code } = resources[id]?.Properties ?? {};
      const lambda = new LambdaClient(clientOptions(endpoint));
      const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName }));
      const s3 = new S3Client({ ...clientOptions(endpoint), forcePathStyle: true });
      const { Body: zip } = await s3.send(
        new GetObjectCommand({ Bucket: StackResourceDetail?.PhysicalResourceId, Key: Code.S3Key }),
      );
      return {
        handler: String(Configuration?.Handler),
        role: String(Configuration?.Role),
        environment: Configuration?.Environment?.Variables ?? {},
        code: Buffer.from((await zip?.transformToByteArray()) ?? []),
      };
    },
  };
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { unzipSync } from 'fflate';
import { writeTo } from '../bench/cold-install.ts';
import { type BootedFunction, boot } from '../bench/cold-runtime.ts';
import type { Aws } from './moto.ts';
import { clientOptions, type Stack } from './service.ts';

/** Runs deployed functions as Lambda does: from their zips, each in a process of its own, with its role's credentials. */
export interface Lambda {
  /** @param id of the function's resource */
  invoke(id: string, event: object): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
}

/** @param runtimeClient the file of Lambda's runtime client for Node.js */
export async function startLambda(aws: Aws, stack: Stack, runtimeClient: string): Promise<Lambda> {
  const root = await mkdtemp(join(tmpdir(), 'deployed-'));
  const started = new Map<string, Promise<BootedFunction>>();
  const start = async (id: string): Promise<BootedFunction> => {
    // The roles' permissions are for the functions alone, not for this test's own calls.
    await aws.enforceIam(false);
    const { handler, role, environment, code } = await stack.readFunction(id);
    const folder = join(root, id);
    for (const [path, contents] of Object.entries(unzipSync(code))) await writeTo(join(folder, path), contents);
    const credentials = await credentialsOf(aws.endpoint, role);
    await aws.enforceIam(true);
    const inLambda = { ...environment, ...credentials, DYNAMODB_ENDPOINT: aws.endpoint };
    return boot(runtimeClient, { folder, handler, environment: inLambda });
  };
  return {
    async invoke(id, event) {
      const running = started.get(id) ?? start(id);
      started.set(id, running);
      return (await (await running).invoke(event)).answer as Record<string, unknown>;
    },
    async stop() {
      const functions = await Promise.allSettled(started.values());
      for (const { value } of functions.filter((result) => result.status === 'fulfilled')) await value.stop();
      await aws.enforceIam(false);
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** The variables in which Lambda gives a function its role. */
async function credentialsOf(endpoint: string, role: string): Promise<Record<string, string>> {
  const command = new AssumeRoleCommand({ RoleArn: role, RoleSessionName: 'lambda' });
  const { Credentials: given } = await new STSClient(clientOptions(endpoint)).send(command);
  return {
    AWS_ACCESS_KEY_ID: String(given?.AccessKeyId),
    AWS_SECRET_ACCESS_KEY: String(given?.SecretAccessKey),
    AWS_SESSION_TOKEN: String(given?.SessionToken),
  };
}

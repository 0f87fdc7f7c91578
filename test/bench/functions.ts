import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { bundlingOptions } from '../../lib/build/bundling.ts';
import type { TableNames } from '../../lib/dev/tables.ts';
import { sessionEnvironment, verifyEnvironment } from '../fixtures/lambda.ts';
import { type Child, startChild } from './child-process.ts';
import type { FunctionTasks } from './function-process.ts';

/** That of a user function, with hashes of the cost that users of the service get. */
export const userEnvironment = (endpoint: string, tables: TableNames) => ({
  ...sessionEnvironment(endpoint, tables),
  CORE_USERS_TABLE: tables.coreUsers,
});

/** Functions by the names of their handlers' files; those that see no session row have the smaller environment. */
const FUNCTIONS = {
  'session-info': verifyEnvironment,
  'like-comment': verifyEnvironment,
  user: userEnvironment,
  auth: sessionEnvironment,
  'signout-everywhere': sessionEnvironment,
} as const;

export type FunctionName = keyof typeof FUNCTIONS;

export interface Bundles {
  /** Starts a function in a process of its own, as a cold Lambda environment, on that DynamoDB. */
  start(name: FunctionName, endpoint: string, options: { withoutHashing: boolean }): Promise<Child<FunctionTasks>>;
  remove(): void;
}

/** Bundles the functions as serverless-esbuild does, into a folder of their own. */
export async function bundleFunctions(tables: TableNames): Promise<Bundles> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-functions-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  await build({
    ...bundlingOptions(),
    entryPoints: Object.keys(FUNCTIONS).map((name) => `handlers/${name}.ts`),
    outdir: folder,
    outExtension: { '.js': '.cjs' },
  });
  return {
    async start(name, endpoint, { withoutHashing }) {
      const environment = { AWS_REGION: 'us-east-1', ...FUNCTIONS[name](endpoint, tables) };
      const child = startChild<FunctionTasks>('./function-process.ts', { environment });
      await child.ask('load', { bundle: join(folder, `${basename(name)}.cjs`), withoutHashing });
      return child;
    },
    remove,
  };
}

import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Context } from 'aws-lambda';
import { build } from 'esbuild';
import { bundlingOptions } from '../../lib/build/bundling.ts';
import type { Answer } from '../fixtures/lambda.ts';

const FILES = {
  // First: it starts the service with users, which the other functions then share.
  user: 'user',
  auth: 'auth',
  likeComment: 'like-comment',
  revokeSession: 'revoke-session',
  sessionInfo: 'session-info',
  sessions: 'sessions',
  signoutEverywhere: 'signout-everywhere',
} as const;

export type FunctionName = keyof typeof FILES;
export type Functions = Readonly<Record<FunctionName, (event: object, context: Context) => Promise<Answer>>>;

/** Loads the functions, bundled as they are deployed but all in one, into this process and its environment. */
export async function loadFunctions(): Promise<Functions> {
  const folder = await mkdtemp(join(tmpdir(), 'load-functions-'));
  try {
    const outfile = join(folder, 'functions.cjs');
    const contents = Object.entries(FILES).map(
      ([name, file]) => `export { handler as ${name} } from './handlers/${file}.ts';`,
    );
    await build({
      ...bundlingOptions(),
      stdin: { contents: contents.join('\n'), resolveDir: resolve('.'), loader: 'ts' },
      outfile,
    });
    return createRequire(import.meta.url)(outfile) as Functions;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

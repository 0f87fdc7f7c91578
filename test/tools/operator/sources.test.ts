import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundlingOptions } from '../../../lib/build/bundling.ts';
import { verifyEnvironment } from '../../fixtures/lambda.ts';

const HANDLER = 'handlers/signout-everywhere.ts';
let root: string;
let stack: string;

const lineOf = (file: string, text: string): number =>
  readFileSync(file, 'utf8')
    .split('\n')
    .findIndex((line) => line.includes(text)) + 1;

const npmRunStack = (input: string): string =>
  execFileSync(process.execPath, ['lib/tools/operator/stack.ts'], { input, encoding: 'utf8' });

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'sources-test-'));
  const outdir = join(root, 'handlers');
  await build({ ...bundlingOptions(), entryPoints: [HANDLER], outdir, outExtension: { '.js': '.cjs' } });
  // A session function, which does not start without its tables.
  const tables = { publishedKeys: 'published-keys' } as Parameters<typeof verifyEnvironment>[1];
  Object.assign(process.env, verifyEnvironment('http://localhost:1', tables));
  try {
    require(join(outdir, 'signout-everywhere.cjs'));
  } catch (error) {
    stack = String((error as Error).stack);
  }
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

test('npm run stack says where in the sources a function has failed', () => {
  expect(stack).toContain(`${root}/handlers/signout-everywhere.cjs:`);
  const lines = npmRunStack(stack).split('\n');
  const places = lines
    .filter((line) => line.startsWith('    at '))
    .map((line) => /[\w/.-]+:\d+(?=:\d+\)?$)/.exec(line)?.[0]);
  expect(places.slice(0, 3)).toEqual([
    `lib/http/protected-route.ts:${lineOf('lib/http/protected-route.ts', 'throw new Error(')}`,
    `lib/http/protected-route.ts:${lineOf('lib/http/protected-route.ts', '  refuseUnreachableDatabase(started, options);')}`,
    `${HANDLER}:${lineOf(HANDLER, 'protectedRoute(')}`,
  ]);
});

test('it reads lines of the log, too, and leaves alone what it does not know', () => {
  const line = JSON.stringify({ message: 'RequestFailed', error: { stack } });
  expect((JSON.parse(npmRunStack(line)) as { error: { stack: string } }).error.stack).toBe(npmRunStack(stack));
  const unknown = 'at f (/var/task/handlers/gone.cjs:1:1) and (node:internal/x:1:1)\n';
  expect(npmRunStack(unknown)).toBe(unknown);
});

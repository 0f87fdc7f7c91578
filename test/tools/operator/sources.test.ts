import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

const npmRunStack = (input: string, ...options: string[]): string =>
  execFileSync(process.execPath, ['lib/tools/operator/stack.ts', ...options], { input, encoding: 'utf8' });

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

describe('a handler below a folder', () => {
  const FOLDER = '.build/sources-test/admin';
  const bundled = async (isReadable: boolean): Promise<[number, number]> => {
    const { outputFiles } = await build({
      ...bundlingOptions(isReadable),
      entryPoints: [`${FOLDER}/report.v2.ts`],
      write: false,
      sourcemap: false,
    });
    const before = String(outputFiles[0]?.text).split('FOUND')[0]?.split('\n') ?? [];
    return [before.length, (before.at(-1)?.length ?? 0) + 1];
  };
  beforeAll(() => {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(
      `${FOLDER}/report.v2.ts`,
      `const first: number = 1;\n\nexport const handler = async () => [first, 'FOUND'];\n`,
    );
  });
  afterAll(() => rmSync('.build/sources-test', { recursive: true, force: true }));

  test.each([
    ['a Lambda function', false, '/var/task/'],
    ['a Lambda function, as a URL', false, 'file:///var/task/'],
    ['a folder with a blank', false, '/home/me/my project/'],
    ['npm run dev, whose bundles are not minified', true, '/home/me/project/.esbuild/3001/.build/'],
  ])('its places in %s', async (_where, isReadable, root) => {
    const [line, column] = await bundled(isReadable);
    const traced = `    at async handler (${root}${FOLDER}/report.v2.cjs:${line}:${column})\n`;
    expect(npmRunStack(traced)).toMatch(
      /^ {4}at async handler \(\.build\/sources-test\/admin\/report\.v2\.ts:3:4\d\)\n$/,
    );
  });

  test('a module of a package has no place in our sources', () => {
    const trace = `at f (/var/task/node_modules/x/${FOLDER}/report.v2.cjs:1:1)\n`;
    expect(npmRunStack(trace)).toBe(trace);
  });
});

test('npm run stack reads a file', () => {
  writeFileSync(join(root, 'trace.txt'), stack);
  expect(npmRunStack('', join(root, 'trace.txt'))).toBe(npmRunStack(stack));
});

test.each([
  ['--help', [], 0, /npm run stack -- \[FILE\].*--stage/s, ''],
  ['a file that does not exist', ['gone.txt'], 1, '', /^There is no file gone\.txt\.$/m],
  ['two files', ['a', 'b'], 2, '', /Name one file, not 2/],
  ['a folder', ['lib'], 1, '', /^lib cannot be read: EISDIR\.$/m],
  ['an unknown option', ['--stages'], 2, '', /--stages/],
])('npm run stack with %s', (_what, options, status, output, errors) => {
  const command = ['lib/tools/operator/stack.ts', ...(options.length > 0 ? options : ['--help'])];
  const ended = spawnSync(process.execPath, command, { input: '', encoding: 'utf8' });
  expect(ended.status).toBe(status);
  expect(ended.stdout).toMatch(output);
  expect(ended.stderr).toMatch(errors);
});

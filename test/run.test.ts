import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { fileOfPackage } from '../lib/dev/installed-packages.ts';
import LongestFirst, { LONGEST } from './longest-first.ts';
import Reporter from './reporter.ts';

const SKIP = /\b(?:test|describe)\.skip\b/;

test('npm test -- <pattern> runs the suites that match, and no others', async () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  // npm appends what follows `--` to the end of the script.
  const [, args] = / && jest (.+)$/.exec(scripts.test ?? '') ?? [];
  const jest = fileOfPackage('jest', 'bin/jest.js');
  const { stdout } = await promisify(execFile)(process.execPath, [
    jest,
    ...(args ?? 'no jest').split(' '),
    '--listTests',
    'observability/log',
  ]);
  expect(stdout.trim()).toBe(join(process.cwd(), 'test/observability/log.test.ts'));
});

type Suites = Parameters<Reporter['onRunComplete']>[1]['testResults'];

/** What the reporter prints at the end of a run. */
function summaryOf(testResults: Suites): string[] {
  const printed: string[] = [];
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
  const reporter = new Reporter({ maxWorkers: 1, rootDir: '/project' });
  reporter.onRunComplete(undefined, { numTotalTestSuites: testResults.length, testResults });
  jest.restoreAllMocks();
  return printed;
}

const suite = (name: string, seconds: number) => ({
  testFilePath: `/project/test/${name}.test.ts`,
  perfStats: { runtime: seconds * 1000 },
});

test('the summary names each reason for skipped tests once', () => {
  const skipped = (fullName: string) => ({ fullName, status: 'pending' });
  const passed = { fullName: 'is no reason (skipped: never)', status: 'passed' };
  const first = { ...suite('first', 1), testResults: [skipped('a (skipped: there is no Java)'), passed] };
  const second = {
    ...suite('second', 1),
    testResults: [
      skipped('b (skipped: there is no Java)'),
      skipped('c (skipped: there is no PostgreSQL)'),
      skipped('left out by -t'),
    ],
  };
  expect(summaryOf([first, second])).toEqual(['Skipped: there is no Java\n', 'Skipped: there is no PostgreSQL\n']);
});

test('the summary of many suites names the five that took longest', () => {
  const suites = Array.from({ length: 12 }, (_, index) => ({ ...suite(`of ${index} s`, index), testResults: [] }));
  expect(summaryOf(suites).join('').split('\n')).toEqual([
    'The suites took 66 s, one after the other. The longest:',
    '  11.0 s  test/of 11 s.test.ts',
    '  10.0 s  test/of 10 s.test.ts',
    '  9.0 s  test/of 9 s.test.ts',
    '  8.0 s  test/of 8 s.test.ts',
    '  7.0 s  test/of 7 s.test.ts',
    '',
  ]);
});

test('each file that skips tests gives a reason', () => {
  const files = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const silent = files.filter((file) => {
    const text = readFileSync(join('test', file), 'utf8');
    return SKIP.test(text) && !/\(skipped: /.test(text);
  });
  expect(silent).toEqual([]);
});

test('a run starts with the suites that take longest', () => {
  expect(LONGEST.filter((suite) => !existsSync(suite))).toEqual([]);
  const [first = '', second = ''] = LONGEST;
  const context = { config: { cacheDirectory: tmpdir(), id: 'none' }, hasteFS: { getSize: () => 1 } };
  const tests = ['test/short.test.ts', second, first].map((suite) => ({
    path: join(process.cwd(), suite),
    context,
    duration: 1,
  }));
  const sorted = new LongestFirst({ contexts: [], globalConfig: {} } as never).sort(tests as never);
  expect(sorted.map(({ path }) => relative(process.cwd(), path))).toEqual([first, second, 'test/short.test.ts']);
});

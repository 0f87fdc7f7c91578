import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fileOfPackage } from '../lib/dev/installed-packages.ts';
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

test('the summary names each reason for skipped tests once', () => {
  const printed: string[] = [];
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
  const skipped = (fullName: string) => ({ fullName, status: 'pending' });
  const passed = { fullName: 'is no reason (skipped: never)', status: 'passed' };
  const first = { testResults: [skipped('a (skipped: there is no Java)'), passed] };
  const second = {
    testResults: [
      skipped('b (skipped: there is no Java)'),
      skipped('c (skipped: there is no PostgreSQL)'),
      skipped('left out by -t'),
    ],
  };
  new Reporter({ maxWorkers: 1 }).onRunComplete(undefined, { numTotalTestSuites: 2, testResults: [first, second] });
  jest.restoreAllMocks();
  expect(printed).toEqual(['Skipped: there is no Java\n', 'Skipped: there is no PostgreSQL\n']);
});

test('each file that skips tests gives a reason', () => {
  const files = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const silent = files.filter((file) => {
    const text = readFileSync(join('test', file), 'utf8');
    return SKIP.test(text) && !/\(skipped: /.test(text);
  });
  expect(silent).toEqual([]);
});

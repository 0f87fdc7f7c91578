import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileOfPackage } from '../../lib/dev/installed-packages.ts';

/** Suites that see what the merge brought together: the user's tests, the stack, and setup. */
const SUITES = ['test/app', 'test/openapi', 'test/build/bundle.test', 'test/dev/stack-tables', 'test/upgrade/release'];

const project = process.cwd();
let root: string;
let upstream: string;
let clone: string;

const run = (folder: string, command: string, ...args: string[]): string => {
  const { NODE_OPTIONS: _options, JEST_WORKER_ID: _worker, ...environment } = process.env;
  return execFileSync(command, args, { cwd: folder, env: environment, encoding: 'utf8', stdio: 'pipe' });
};
const git = (folder: string, ...args: string[]): string =>
  run(folder, 'git', '-c', 'user.name=Test', '-c', 'user.email=test@example.com', ...args);
const node = (folder: string, ...args: string[]): string => run(folder, process.execPath, ...args);
const commitAll = (folder: string, message: string): void => {
  git(folder, 'add', '--all');
  git(folder, 'commit', '--quiet', '--no-verify', '-m', message);
};

function edit(file: string, change: (text: string) => string): void {
  const before = readFileSync(file, 'utf8');
  const after = change(before);
  if (after === before) throw new Error(`The change of ${file} changes nothing`);
  writeFileSync(file, after);
}

/** A later release: a line in every file of the engine's folders, the engine's part of serverless.yml, and package.json. */
function release(folder: string): void {
  for (const name of readdirSync(join(folder, 'lib')).filter((entry) => entry !== 'app'))
    touch(join(folder, 'lib', name));
  edit(join(folder, 'serverless.yml'), (text) => text.replace(/^ {2}memorySize: 512$/m, '  memorySize: 640'));
  edit(join(folder, 'package.json'), (text) => text.replace(/"version": "[^"]+"/, '"version": "99.0.0"'));
  edit(join(folder, 'package.json'), (text) =>
    text.replace('    "lint": ', '    "of-the-release": "true",\n    "lint": '),
  );
  edit(join(folder, 'CHANGELOG.md'), (text) =>
    text.replace(/^## \[/m, '## [99.0.0] - 2099-01-01\n\n### Upgrading\n\n## ['),
  );
  edit(join(folder, 'docs/openapi.yaml'), (text) => text.replace(/^ {2}version: .+$/m, '  version: 99.0.0'));
}

function touch(path: string): void {
  const files = statSync(path).isFile()
    ? [path]
    : readdirSync(path, { recursive: true }).map((name) => join(path, String(name)));
  for (const file of files) {
    if (file.endsWith('.ts') && !file.endsWith('.d.ts'))
      edit(file, (text) => `${text}// A line of the later release.\n`);
    if (file.endsWith('.yml')) edit(file, (text) => `# A line of the later release.\n${text}`);
  }
}

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'upgrade-'));
  [upstream, clone] = [join(root, 'upstream'), join(root, 'clone')];
  const files = git(project, 'ls-files', '--cached', '--others', '--exclude-standard', '-z').split('\0');
  for (const file of files.filter((name) => name !== '')) cpSync(join(project, file), join(upstream, file));
  git(upstream, 'init', '--quiet');
  commitAll(upstream, 'A release');
  git(root, 'clone', '--quiet', upstream, clone);
  symlinkSync(join(fileOfPackage('serverless', 'package.json'), '../..'), join(clone, 'node_modules'));
  // .gitignore names the folder, not a link.
  writeFileSync(join(clone, '.git/info/exclude'), 'node_modules\n');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('a clone of its own merges a later release without a conflict, and its tests pass', () => {
  const identity = ['--name', 'shop-api', '--app-name', 'Shop', '--region', 'eu-central-1'];
  const domains = ['--website', 'https://app.shop.example', '--api', 'https://api.shop.example'];
  node(clone, 'lib/tools/setup/setup.ts', ...identity, ...domains, '--without-examples', '--yes');
  node(clone, 'lib/tools/new/new.ts', 'route', 'merged-notes', '--table', 'merged-notes');
  node(clone, 'lib/tools/new/new.ts', 'route', 'merged-report', '--method', 'POST', '--role', 'admin');
  commitAll(clone, 'My service');
  release(upstream);
  commitAll(upstream, 'A later release');

  git(clone, 'fetch', '--quiet', 'origin');
  git(clone, 'merge', '--quiet', '--no-edit', 'FETCH_HEAD');

  expect(JSON.parse(readFileSync(join(clone, 'package.json'), 'utf8'))).toMatchObject({
    name: 'shop-api',
    version: '99.0.0',
    scripts: { 'of-the-release': 'true' },
  });
  const stack = readFileSync(join(clone, 'serverless.yml'), 'utf8');
  expect(stack).toContain('service: shop-api');
  expect(stack).toContain('  memorySize: 640');
  expect(stack).toContain('handler: handlers/merged-notes.handler');
  node(clone, 'node_modules/typescript/bin/tsc');
  node(clone, 'node_modules/jest/bin/jest.js', '--config', 'test/jest.fast.config.js', ...SUITES);
}, 600_000);

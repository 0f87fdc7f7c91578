import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileOfPackage } from '../../lib/dev/installed-packages.ts';

test('a file of an installed package', () => {
  expect(existsSync(fileOfPackage('serverless', 'bin/serverless.js'))).toBe(true);
  // The package exports no such path.
  expect(fileOfPackage('serverless-offline', 'package.json')).toMatch(/serverless-offline\/package\.json$/);
});

test('a package that is not installed is named, with the command that installs it', () => {
  expect(() => fileOfPackage('not-installed', 'bin')).toThrow(
    'The package not-installed is not installed. Run: npm ci --include=dev',
  );
});

test('in a workspace, npm has put packages into a folder above the project', () => {
  const workspace = mkdtempSync(join(tmpdir(), 'workspace-'));
  try {
    const project = join(workspace, 'packages/api');
    mkdirSync(project, { recursive: true });
    cpSync('lib/dev', join(project, 'lib/dev'), { recursive: true });
    cpSync('package.json', join(project, 'package.json'));
    symlinkSync(join(fileOfPackage('serverless', 'package.json'), '../..'), join(workspace, 'node_modules'));
    const module = join(project, 'lib/dev/installed-packages.ts');
    const program = `import { serverlessCommand } from ${JSON.stringify(module)}; console.log(serverlessCommand());`;
    const found = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
    expect(found.trim()).toBe(join(workspace, 'node_modules/serverless/bin/serverless.js'));
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
});

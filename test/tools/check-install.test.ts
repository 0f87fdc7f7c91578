import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PACKAGES = ['node', 'serverless', 'dynalite', 'esbuild', 'jest', 'typescript'];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'check-install-'));
  mkdirSync(join(folder, 'lib'));
  copyFileSync('lib/tools/check-install.mjs', join(folder, 'lib/check-install.mjs'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function install(...names: readonly string[]): void {
  for (const name of names) {
    mkdirSync(join(folder, 'node_modules', name), { recursive: true });
    writeFileSync(join(folder, 'node_modules', name, 'package.json'), '{}');
  }
}

const check = (...flags: readonly string[]) => {
  const command = [...flags, join(folder, 'lib/check-install.mjs')];
  const { status, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
  return [status, stderr];
};

test('an installation that is complete says nothing', () => {
  install(...PACKAGES);
  expect(check()).toEqual([0, '']);
});

test('an installation for production is named, with the command that completes it', () => {
  install('jest');
  expect(check()).toEqual([
    1,
    'Packages are missing: node, serverless, dynalite, esbuild, typescript. Run: npm ci --include=dev\n',
  ]);
});

test('a Node.js that cannot run TypeScript is named, with the one to use', () => {
  install(...PACKAGES);
  const [status, message] = check('--no-experimental-strip-types');
  expect(status).toBe(1);
  expect(message).toBe(
    `This is Node.js ${process.versions.node}. The project runs on the Node.js 24 that is installed with it. ` +
      `Run the command by npm, or let your editor use ${join(folder, 'node_modules/node/bin/node')}\n`,
  );
});

test('what a command has compiled is kept for its next start', () => {
  install(...PACKAGES);
  const command = join(folder, 'command.ts');
  writeFileSync(command, 'const started: boolean = true;\nprocess.stdout.write(String(started));\n');
  const { NODE_COMPILE_CACHE: _, ...env } = process.env;
  const args = ['--import', join(folder, 'lib/check-install.mjs'), command];
  expect(spawnSync(process.execPath, args, { encoding: 'utf8', env }).stdout).toBe('true');
  expect(readdirSync(join(folder, 'node_modules/.cache/node-compile-cache'))).toHaveLength(1);
});

test('every command of package.json that users run checks the installation first', () => {
  const { scripts } = jest.requireActual<{ scripts: Record<string, string> }>('../../package.json');
  const unchecked = Object.entries(scripts)
    .filter(
      ([name]) =>
        !/^(test:(crash|deploy|load|migrate|mutation|browser)|bench:.*|conformance|licenses|sbom|audit|format)$/.test(
          name,
        ),
    )
    .filter(([, command]) => !/^(exec )?node (--import )?\S*lib\/tools\/check-install\.mjs /.test(command));
  expect(unchecked).toEqual([]);
});

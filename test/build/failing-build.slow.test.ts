import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { inTurn } from '../fixtures/once-per-run.ts';

// Not in handlers, which other suites list.
const HANDLER = '.build/failing-build/broken.ts';
const CONFIG = 'serverless.failing-build-test.yml';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'failing-build-'));
  mkdirSync(dirname(HANDLER), { recursive: true });
  writeFileSync(HANDLER, `import missing from 'a-package-that-is-not-installed';\nexport const handler = missing;\n`);
  const functions = `functions:\n  - failing: { handler: ${HANDLER.replace('.ts', '.handler')}, role: VerifyRole }\n`;
  writeFileSync(CONFIG, readFileSync('serverless.yml', 'utf8').replace(/^functions:\n/m, functions));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(dirname(HANDLER), { recursive: true, force: true });
  rmSync(CONFIG, { force: true });
});

test('packaging a handler that cannot be bundled ends with exit code 1 and names the import', async () => {
  const [code, output] = await inTurn('packaging', async () => {
    const serverless = [
      'node_modules/serverless/bin/serverless.js',
      'package',
      '--config',
      CONFIG,
      '--package',
      folder,
    ];
    const child = spawn(process.execPath, serverless, {
      env: { ...process.env, ESBUILD_WORK_FOLDER: '.esbuild/failing-build-test' },
    });
    const outputs = Promise.all([text(child.stdout), text(child.stderr)]);
    const [exitCode] = await once(child, 'exit');
    return [exitCode, (await outputs).join('')] as const;
  });
  rmSync('.esbuild/failing-build-test', { recursive: true, force: true });
  expect(output).toContain(`${HANDLER}:1:20: ERROR: Could not resolve "a-package-that-is-not-installed"`);
  expect(code).toBe(1);
}, 300_000);

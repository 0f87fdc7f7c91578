import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { runPackaging } from '../fixtures/packaging.ts';

// Not in handlers, which other suites list.
const FOLDER = '.build/failing-build';
const SOURCES = {
  import: `import missing from 'a-package-that-is-not-installed';\nexport const handler = missing;\n`,
  syntax: 'export const handler = async () => {\n  return {;\n};\n',
  await: `import { json } from '../../lib/index.ts';\nconst ready = await Promise.resolve(200);\nexport const handler = async () => json(ready, {});\n`,
};

beforeAll(() => {
  mkdirSync(FOLDER, { recursive: true });
  for (const [name, source] of Object.entries(SOURCES)) writeFileSync(`${FOLDER}/${name}.ts`, source);
});
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

test('packaging handlers that cannot be bundled ends with exit code 1, and names the place of each fault', async () => {
  const functions = Object.keys(SOURCES).map(
    (name) => `  - ${name}Fault: { handler: ${FOLDER}/${name}.handler, role: VerifyRole }\n`,
  );
  const configuration = readFileSync('serverless.yml', 'utf8').replace(
    /^functions:\n/m,
    (line) => line + functions.join(''),
  );
  const { exitCode, output, packaged } = await runPackaging({ configuration });
  expect(output).toContain(`${FOLDER}/import.ts:1:20: Could not resolve "a-package-that-is-not-installed"`);
  expect(output).toContain(`${FOLDER}/syntax.ts:2:10: Expected identifier but found ";"`);
  expect(output).toContain(`${FOLDER}/await.ts:2:14: Top-level await is not possible`);
  expect([exitCode, packaged]).toEqual([1, []]);
}, 300_000);

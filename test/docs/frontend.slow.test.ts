import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fileOfPackage } from '../../lib/dev/installed-packages.ts';
import { DOCUMENTS, isOfWebsite, snippetsOf } from '../fixtures/markdown.ts';

const FOLDER = join(process.cwd(), `.build/frontend-${process.pid}`);
const SNIPPETS = DOCUMENTS.flatMap(snippetsOf).filter(({ language, text }) => language === 'ts' && isOfWebsite(text));

beforeAll(async () => {
  await mkdir(FOLDER, { recursive: true });
  await Promise.all(SNIPPETS.map(({ text }, index) => writeFile(join(FOLDER, `snippet-${index}.ts`), text)));
  const config = { extends: '../../web/tsconfig.json', include: ['*.ts'], exclude: [] };
  await writeFile(join(FOLDER, 'tsconfig.json'), JSON.stringify(config));
});
afterAll(() => rm(FOLDER, { recursive: true, force: true }));

test("every snippet for a website has the right types, with a browser's types alone", async () => {
  expect(SNIPPETS.map(({ file }) => file)).toContain('README.md');
  const command = [fileOfPackage('typescript', 'bin/tsc'), '-p', FOLDER, '--noEmit'];
  const checked = promisify(execFile)(process.execPath, command);
  await expect(checked.catch(({ stdout }: { stdout: string }) => stdout)).resolves.toMatchObject({ stdout: '' });
});

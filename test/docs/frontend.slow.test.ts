import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fileOfPackage } from '../../lib/dev/installed-packages.ts';
import { DOCUMENTS, isOfWebsite, snippetsOf } from '../fixtures/markdown.ts';
import { isOwnService } from '../fixtures/own-service.ts';

const FOLDER = join(process.cwd(), `.build/frontend-${process.pid}`);

const SNIPPETS = DOCUMENTS.flatMap(snippetsOf).filter(
  ({ language, text }) => ['ts', 'tsx'].includes(language) && isOfWebsite(text),
);

beforeAll(async () => {
  await mkdir(FOLDER, { recursive: true });
  await Promise.all(
    SNIPPETS.map(({ text, language }, index) => writeFile(join(FOLDER, `snippet-${index}.${language}`), text)),
  );
  const config = { extends: '../../web/tsconfig.json', include: ['*.ts', '*.tsx'], exclude: [] };
  await writeFile(join(FOLDER, 'tsconfig.json'), JSON.stringify(config));
});
afterAll(() => rm(FOLDER, { recursive: true, force: true }));

test("every snippet for a website has the right types, with a browser's types alone", async () => {
  expect(SNIPPETS.map(({ file }) => file)).toContain(isOwnService ? 'docs/frontend.md' : 'README.md');
  const command = [fileOfPackage('typescript', 'bin/tsc'), '-p', FOLDER, '--noEmit'];
  const checked = promisify(execFile)(process.execPath, command);
  await expect(checked.catch(({ stdout }: { stdout: string }) => stdout)).resolves.toMatchObject({ stdout: '' });
});

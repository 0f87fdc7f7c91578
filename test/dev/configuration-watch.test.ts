import { mkdtempSync, renameSync, rmSync, unwatchFile, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watchConfiguration } from '../../lib/dev/configuration-watch.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'configuration-'));
  file = join(folder, 'serverless.yml');
  writeFileSync(file, 'service: shop-api\n');
});
afterEach(() => {
  unwatchFile(file);
  rmSync(folder, { recursive: true });
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Watches the file, and returns what is printed once the watching has begun: a change before that is not seen. */
async function watched(): Promise<string[]> {
  const printed: string[] = [];
  watchConfiguration((text) => void printed.push(text), file, 10);
  for (let change = 0; printed.length === 0; change++) {
    writeFileSync(file, `service: shop-api\n# ${change}\n`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return printed;
}

test('a change of serverless.yml is printed, also if an editor replaces the file', async () => {
  const printed = await watched();
  const before = printed.length;
  writeFileSync(`${file}~`, 'service: shop-api\nfunctions: []\n');
  renameSync(`${file}~`, file);
  await until(() => printed.length > before);
  expect(new Set(printed)).toEqual(new Set([`${file} has changed. Restart npm run dev to use it.`]));
});

test('a file that is written again with the text that the API has read is no change', async () => {
  const printed = await watched();
  const before = printed.length;
  writeFileSync(file, 'service: shop-api\n');
  await new Promise((resolve) => setTimeout(resolve, 100));
  writeFileSync(file, 'service: another\n');
  await until(() => printed.length > before);
  expect(printed).toHaveLength(before + 1);
});

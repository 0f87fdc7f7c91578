import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTypeCheck } from '../../lib/dev/type-check.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'type-check-'));
  writeFileSync(join(folder, 'tsconfig.json'), '{"compilerOptions":{"strict":true,"types":[]},"include":["*.ts"]}');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (text: string): void => writeFileSync(join(folder, 'handler.ts'), text);

test('type errors are printed with their places, and so is that they are gone', async () => {
  const printed: string[] = [];
  const types = createTypeCheck((text) => printed.push(text), join(folder, 'tsconfig.json'));
  write('export const right: number = 1;');
  types.start();
  await types.ended();
  expect(printed).toEqual([]);
  // What the next checks need not check again.
  expect(existsSync(join(folder, '.build/types.tsbuildinfo'))).toBe(true);

  write(`export const wrong: number = 'text';\nexport const missing = missingName;`);
  types.start();
  await types.ended();
  expect(printed).toEqual([expect.stringMatching(/^Type errors: 2\. The functions still run\.\n/)]);
  expect(printed[0]).toMatch(/handler\.ts\(1,14\): error TS2322: .*\n.*handler\.ts\(2,24\): error TS2304: /);

  write('export const right: number = 1;');
  types.start();
  await types.ended();
  expect(printed[1]).toBe('No type errors any more.');
});

test('a change during a check is checked afterwards', async () => {
  const printed: string[] = [];
  const types = createTypeCheck((text) => printed.push(text), join(folder, 'tsconfig.json'));
  write('export const right: number = 1;');
  types.start();
  write(`export const wrong: number = 'text';`);
  types.start();
  types.start();
  await types.ended();
  expect(printed.at(-1)).toMatch('Type errors: 1.');
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { strFromU8, unzipSync } from 'fflate';
import { ZipFile } from 'yazl';
import { compressPackages } from '../../lib/build/package-compression.ts';
import type { ServerlessFunction, ServerlessService } from '../../lib/build/serverless-service.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'compression-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const SCRIPT = '#!/bin/sh\n'.repeat(1000);

/** Writes a package as fast as possible, with a program and a text. @returns its path */
async function packageFast(name: string): Promise<string> {
  const zip = new ZipFile();
  const options = { mtime: new Date(), forceDosTimestamp: true, compressionLevel: 1 };
  zip.addBuffer(Buffer.from(SCRIPT), 'bin/tool', { ...options, mode: 0o100755 });
  zip.addBuffer(Buffer.from('text'), 'handlers/a.cjs', { ...options, mode: 0o100644 });
  zip.end();
  const file = join(folder, name);
  writeFileSync(file, await buffer(zip.outputStream));
  return file;
}

const compress = (functions: Record<string, ServerlessFunction>) =>
  compressPackages({ functions, provider: { runtime: 'nodejs24.x' } as ServerlessService['provider'] });

/** How an entry of a zip file's directory begins (APPNOTE.TXT, section 4.3.12). */
const ENTRY = Buffer.from('PK\x01\x02');

/** Returns the permissions of the zip file's first file. */
const modeIn = (zip: Buffer): string => (zip.readUInt16LE(zip.indexOf(ENTRY) + 40) & 0o777).toString(8);

test('a package keeps its files, whose programs the function may run, and becomes smaller', async () => {
  const artifact = await packageFast('a.zip');
  const before = readFileSync(artifact);
  await compress({ a: { name: 'a', package: { artifact } } });
  const after = readFileSync(artifact);
  expect(after.length).toBeLessThan(before.length);
  expect(modeIn(after)).toBe('755');
  const files = Object.entries(unzipSync(after)).map(([path, contents]) => [path, strFromU8(contents)]);
  expect(files).toEqual([
    ['bin/tool', SCRIPT],
    ['handlers/a.cjs', 'text'],
  ]);
});

test.each([
  ['in another language', { runtime: 'provided.al2023' }],
  ['that brings its own package', { skipEsbuild: true }],
])('the package of a function %s stays as it is', async (_which, settings) => {
  const artifact = await packageFast('own.zip');
  const before = readFileSync(artifact);
  await compress({ own: { name: 'own', package: { artifact }, ...settings } });
  expect(Buffer.compare(readFileSync(artifact), before)).toBe(0);
});

test('a function that is not packaged, and one in S3, are left alone', async () => {
  const functions = {
    unpackaged: { name: 'unpackaged' },
    elsewhere: { name: 'elsewhere', skipEsbuild: true, package: { artifact: 's3://bucket/key.zip' } },
  };
  await expect(compress(functions)).resolves.toBeUndefined();
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';
import { compressPackages } from '../../lib/build/package-compression.ts';
import { readZip } from '../../lib/build/read-zip.ts';
import type { ServerlessFunction, ServerlessService } from '../../lib/build/serverless-service.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'compression-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const SCRIPT = '#!/bin/sh\n'.repeat(1000);

/** A package as fast as possible: with a program, which may be run, and a text. @returns its path */
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

test('a package keeps its files and their permissions, and becomes smaller', async () => {
  const artifact = await packageFast('a.zip');
  const before = readFileSync(artifact);
  await compress({ a: { name: 'a', package: { artifact } } });
  const after = readFileSync(artifact);
  expect(after.length).toBeLessThan(before.length);
  const files = [...readZip(after)].map(({ path, contents, mode }) => [path, contents.toString(), mode.toString(8)]);
  expect(files).toEqual([
    ['bin/tool', SCRIPT, '100755'],
    ['handlers/a.cjs', 'text', '100644'],
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

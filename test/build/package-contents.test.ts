import { basename } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { strFromU8, type Unzipped, unzipSync } from 'fflate';
import { packageTemplate, type Template } from '../fixtures/packaged-template.ts';

let zips: Template['zips'];
beforeAll(async () => {
  ({ zips } = await packageTemplate());
}, 300_000);

const namesIn = (zip: string): string[] => Object.keys(unzipSync(zips.get(zip) ?? new Uint8Array()));

/** The files that no other file of the package names. */
const unnamed = (files: Unzipped): string[] =>
  Object.keys(files).filter((file) =>
    Object.entries(files).every(([other, text]) => other === file || !strFromU8(text).includes(basename(file))),
  );

test('a package has its bundle, and otherwise only files that the bundle loads', () => {
  expect(zips.size).toBeGreaterThan(10);
  for (const [zip, contents] of zips) {
    expect([zip, unnamed(unzipSync(contents))]).toEqual([zip, [expect.stringMatching(/^handlers\/[\w-]+\.cjs$/)]]);
  }
});

test('only functions that need the public suffix list carry it', () => {
  const suffixes = expect.stringMatching(/public-suffixes/);
  expect(namesIn('sessionInfo.zip')).toContainEqual(suffixes);
  for (const zip of ['notFound.zip', 'page.zip', 'health.zip', 'rotateKeys.zip']) {
    expect(namesIn(zip)).not.toContainEqual(suffixes);
  }
  // The example's, which npm run setup -- --without-examples removes.
  if (zips.has('authorized.zip')) expect(namesIn('authorized.zip')).not.toContainEqual(suffixes);
});

test('packages are compressed as far as zlib can, within 2 %', () => {
  for (const [zip, contents] of zips) {
    const parts = Object.values(unzipSync(contents)).map((file) => deflateRawSync(file, { level: 9 }).length);
    const smallest = parts.reduce((sum, part) => sum + part, 0);
    expect([zip, contents.length / smallest < 1.02]).toEqual([zip, true]);
  }
});

test('a package does not name the folder in which it was made, so that each machine makes the same', () => {
  for (const [zip, contents] of zips) {
    const naming = Object.entries(unzipSync(contents)).filter(([, text]) => strFromU8(text).includes(process.cwd()));
    expect([zip, naming.map(([file]) => file)]).toEqual([zip, []]);
  }
});

test('a package does not record when it was made, so that an unchanged function is not deployed again', () => {
  for (const [zip, contents] of zips) {
    // The time and the date of the first file, as MS-DOS writes them (APPNOTE.TXT, section 4.4.6): 1980-01-01, 12:00.
    expect([zip, Buffer.from(contents).readUInt32LE(10)]).toEqual([zip, 0x0021_6000]);
  }
});

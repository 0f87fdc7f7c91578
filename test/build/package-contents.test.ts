import { basename } from 'node:path';
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

test('a package has its bundle, and beside it only files that the bundle loads', () => {
  expect(zips.size).toBeGreaterThan(10);
  for (const [zip, contents] of zips) {
    expect([zip, unnamed(unzipSync(contents))]).toEqual([zip, [expect.stringMatching(/^handlers\/[\w-]+\.cjs$/)]]);
  }
});

test('only functions that need the public suffix list carry it', () => {
  const suffixes = expect.stringMatching(/public-suffixes/);
  expect(namesIn('sessionInfo.zip')).toContainEqual(suffixes);
  for (const zip of ['notFound.zip', 'page.zip', 'authorized.zip', 'health.zip', 'rotateKeys.zip']) {
    expect(namesIn(zip)).not.toContainEqual(suffixes);
  }
});

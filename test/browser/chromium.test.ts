import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findChromium } from './chromium.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chromium-'));
  await writeFile(join(folder, 'google-chrome'), '#!/bin/sh\n');
  await chmod(join(folder, 'google-chrome'), 0o755);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a Chromium is found by a usual name, or where CHROMIUM says', () => {
  expect(findChromium({ PATH: `/nowhere:${folder}` })).toBe(join(folder, 'google-chrome'));
  expect(findChromium({ PATH: folder, CHROMIUM: process.execPath })).toBe(process.execPath);
});

test('if there is none, the message says what to do', () => {
  const advice = /Install one \(on Debian: apt-get install chromium\), or set CHROMIUM to its path/;
  expect(() => findChromium({ PATH: folder, CHROMIUM: '/nowhere' })).toThrow('CHROMIUM=/nowhere is no program');
  expect(() => findChromium({ PATH: '/nowhere' })).toThrow(advice);
});

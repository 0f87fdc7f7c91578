import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir, uptime } from 'node:os';
import { join } from 'node:path';
import { DataFolderInUse, isInUse, lock } from '../../lib/dev/data-folder.ts';

const ENDPOINT = 'http://key@127.0.0.1:4567';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'data-folder-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The lock that a process with this id has left, or holds. */
const lockOf = (pid: number): void => writeFileSync(join(folder, 'lock'), `${pid} some-id ${ENDPOINT}`);

test('a folder that another process has open is in use, and the error has its endpoint', async () => {
  lockOf(process.ppid);
  await expect(lock(folder)).rejects.toMatchObject({ name: 'DataFolderInUse', endpoint: ENDPOINT });
  expect(await isInUse(folder)).toBe(true);
});

test('a folder that this process has open is in use until it is unlocked', async () => {
  const held = await lock(folder);
  await expect(lock(folder)).rejects.toThrow(DataFolderInUse);
  await held.tell(ENDPOINT);
  await expect(lock(folder)).rejects.toMatchObject({ endpoint: ENDPOINT });
  await held.unlock();
  await (await lock(folder)).unlock();
  expect(await isInUse(folder)).toBe(false);
});

describe('the lock of a killed process does not count', () => {
  test('if this process has got its id, as in a container that is started again', async () => {
    lockOf(process.pid);
    expect(await isInUse(folder)).toBe(false);
    await (await lock(folder)).unlock();
  });

  test('if another process has got its id since the machine was started', async () => {
    lockOf(process.ppid);
    const beforeBoot = Date.now() / 1000 - uptime() - 3600;
    utimesSync(join(folder, 'lock'), beforeBoot, beforeBoot);
    expect(await isInUse(folder)).toBe(false);
    await (await lock(folder)).unlock();
  });
});

test('only its owner can read a lock', async () => {
  const held = await lock(folder);
  await held.tell(ENDPOINT);
  expect(statSync(join(folder, 'lock')).mode & 0o777).toBe(0o600);
  await held.unlock();
});

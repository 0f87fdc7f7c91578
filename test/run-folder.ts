import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Before all tests, by jest: a folder for what suites share. Their processes inherit the variable. */
export async function makeRunFolder(): Promise<void> {
  process.env.TEST_RUN_FOLDER = await mkdtemp(join(tmpdir(), 'test-run-'));
}

/** After all tests, by jest. */
export async function removeRunFolder(): Promise<void> {
  const { TEST_RUN_FOLDER: folder } = process.env;
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}

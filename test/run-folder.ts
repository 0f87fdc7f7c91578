import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made = globalThis as { runFolder?: string };

/**
 * Makes a folder for what the suites of a run share, before all tests. Their processes inherit `TEST_RUN_FOLDER`. If the
 * variable is set already, several runs share that folder, as in `.ci/run`.
 */
export async function makeRunFolder(): Promise<void> {
  if (process.env.TEST_RUN_FOLDER !== undefined) return;
  made.runFolder = await mkdtemp(join(tmpdir(), 'test-run-'));
  process.env.TEST_RUN_FOLDER = made.runFolder;
}

/** Removes the folder after all tests, unless other runs share it. */
export async function removeRunFolder(): Promise<void> {
  if (made.runFolder !== undefined) await rm(made.runFolder, { recursive: true, force: true });
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made = globalThis as { runFolder?: string };

/**
 * Makes a folder for what the suites of a run share, before all tests. Their processes inherit `TEST_RUN_FOLDER`. If the
 * variable is set already, several runs share that folder, as in `.ci/run`.
 */
export async function makeRunFolder(): Promise<void> {
  process.env.TEST_RUN_FOLDER ??= made.runFolder = await mkdtemp(join(tmpdir(), 'test-run-'));
  // Tests start hundreds of processes, most of them with the same modules. Node.js compiles each module once a run.
  process.env.NODE_COMPILE_CACHE ??= join(process.env.TEST_RUN_FOLDER, 'compile-cache');
}

/** Removes the folder after all tests, unless other runs share it. */
export async function removeRunFolder(): Promise<void> {
  if (made.runFolder !== undefined) await rm(made.runFolder, { recursive: true, force: true });
}

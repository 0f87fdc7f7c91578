import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CoreActivity, type CoreShares, coreSharesOf, type Period } from './core-activities.ts';
import { type OperationName, startLoad } from './core-load.ts';
import { startDatabase } from './database.ts';
import { startOwnCoreOn } from './own-core.ts';
import type { CpuProfile } from './profile-shares.ts';
import type { Progress } from './progress.ts';

/** What the main thread of the core does during an operation, each as a share of the time in which it does not wait. */
export interface CoreProfile {
  readonly operation: OperationName;
  readonly shares: Readonly<Record<CoreActivity, number>>;
}

const CONNECTIONS = 64;
const PROFILED = ['create', 'refresh', 'verify'] as const;
const WARM_UP_MS = 500;

/** V8's profiler in `npm run core`, whose DynamoDB is another process. */
export async function profileCore(version: string, durationMs: number, progress: Progress): Promise<CoreProfile[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-profile-'));
  try {
    const periods = await runProfiled(folder, version, durationMs, progress);
    const [file = ''] = (await readdir(folder)).filter((name) => name.endsWith('.cpuprofile'));
    const profile = JSON.parse(await readFile(join(folder, file), 'utf8')) as CpuProfile;
    return PROFILED.map((operation, index) => {
      const period = periods[index] ?? { from: 0, to: 0 };
      return { operation, shares: asShares(coreSharesOf(profile, period)) };
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns when each operation was under way. The core has written its profile then */
async function runProfiled(folder: string, version: string, durationMs: number, progress: Progress): Promise<Period[]> {
  const database = await startDatabase();
  const core = await startOwnCoreOn(database, {
    NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder}`,
  });
  try {
    const load = await startLoad({ name: 'ours', url: core.url, apiKey: undefined, version, handles: [] }, CONNECTIONS);
    const periods: Period[] = [];
    for (const operation of PROFILED) {
      progress.step(`profile: ${operation}, ${CONNECTIONS} connections`);
      await load.run(operation, WARM_UP_MS);
      const from = microseconds();
      await load.run(operation, durationMs);
      periods.push({ from, to: microseconds() });
    }
    load.close();
    return periods;
  } finally {
    await core.stop();
    await database.stop();
  }
}

/** All processes of the machine have this clock, and V8's profiler too. */
const microseconds = (): number => Number(process.hrtime.bigint() / 1000n);

function asShares(times: CoreShares): CoreShares {
  const all = Object.values(times).reduce((total, time) => total + time, 0);
  return Object.fromEntries(Object.entries(times).map(([activity, time]) => [activity, time / all])) as CoreShares;
}

import { type Load, type OperationName, someUserId, startLoad, type Target } from './core-load.ts';
import { type BenchDatabase, startDatabase } from './database.ts';
import { startOwnCoreOn } from './own-core.ts';
import type { Progress } from './progress.ts';
import { type ThreadTimes, threadTimes } from './thread-times.ts';

/** Where the CPU time of an operation goes, ms per request. */
export interface CpuResult {
  readonly operation: OperationName;
  readonly connections: number;
  /** Of the user whose sessions are listed. */
  readonly sessions: number;
  readonly count: number;
  readonly p50Ms: number;
  /** The benchmark's own process. */
  readonly client: number;
  readonly core: ThreadTimes;
  readonly database: number;
}

const CONNECTIONS = 64;
const LISTED = 10_000;
const WARM_UP_MS = 500;
/** A list takes so long that Linux's hundredths of a second would show in the result. */
const LIST_TIMES = 5;

interface Stage {
  readonly database: BenchDatabase;
  readonly corePid: number;
  readonly target: Target;
  readonly durationMs: number;
}

/**
 * The operations on a client, a core and a DynamoDB that are each a process of their own.
 * @returns nothing where the system does not tell the times of threads
 */
export async function measureCpu(version: string, durationMs: number, progress: Progress): Promise<CpuResult[]> {
  if (process.platform !== 'linux') return [];
  const database = await startDatabase();
  const core = await startOwnCoreOn(database);
  const target = { name: 'ours', url: core.url, apiKey: undefined, version, handles: [] };
  try {
    return await measureOperations({ database, corePid: core.pid, target, durationMs }, progress);
  } finally {
    await core.stop();
    await database.stop();
  }
}

async function measureOperations(stage: Stage, progress: Progress): Promise<CpuResult[]> {
  const results: CpuResult[] = [];
  const many = await startLoad(stage.target, CONNECTIONS);
  for (const operation of ['create', 'refresh', 'verify'] as const) {
    progress.step(`CPU time: ${operation}, ${CONNECTIONS} connections`);
    results.push({ connections: CONNECTIONS, sessions: 1, ...(await measureOne(stage, many, operation)) });
  }
  many.close();
  progress.step(`CPU time: list of ${LISTED} sessions`);
  const userId = someUserId();
  await stage.database.seed(LISTED - 1, userId);
  const one = await startLoad(stage.target, 1, userId);
  const longer = { ...stage, durationMs: LIST_TIMES * stage.durationMs };
  results.push({ connections: 1, sessions: LISTED, ...(await measureOne(longer, one, 'list')) });
  one.close();
  return results;
}

async function measureOne({ database, corePid, durationMs }: Stage, load: Load, operation: OperationName) {
  await load.run(operation, WARM_UP_MS);
  load.take(operation);
  const timesSoFar = async () => ({
    client: threadsOf(await threadTimes(process.pid)),
    core: await threadTimes(corePid),
    database: threadsOf(await threadTimes(database.pid)),
  });
  const before = await timesSoFar();
  await load.run(operation, durationMs);
  const after = await timesSoFar();
  const { count, p50Ms } = load.take(operation) ?? { count: Number.NaN, p50Ms: Number.NaN };
  const each = (end: number, start: number): number => (end - start) / count;
  return {
    operation,
    count,
    p50Ms,
    client: each(after.client, before.client),
    core: {
      main: each(after.core.main, before.core.main),
      pool: each(after.core.pool, before.core.pool),
      engine: each(after.core.engine, before.core.engine),
    },
    database: each(after.database, before.database),
  };
}

const threadsOf = ({ main, pool, engine }: ThreadTimes): number => main + pool + engine;

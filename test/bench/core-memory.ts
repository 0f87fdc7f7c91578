import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Load, type OperationName, startLoad } from './core-load.ts';
import { type BenchDatabase, startDatabase } from './database.ts';
import { startOwnCoreOn } from './own-core.ts';
import type { Progress } from './progress.ts';

/** How much memory the core had taken at most, after the requests so far. */
export interface MemoryResult {
  /** The first start compiles the core, and keeps the result for later ones. */
  readonly start: 'first' | 'later';
  readonly operation: OperationName;
  /** Of this and all earlier operations. */
  readonly requests: number;
  /** Resident set size, MB. */
  readonly peakMb: number;
}

const CONNECTIONS = 64;
const REQUESTS: readonly (readonly [OperationName, number])[] = [
  ['create', 1500],
  ['refresh', 1500],
  ['verify', 3000],
];
/** After which the requests are counted, ms. */
const BIT = 200;

/** `npm run core` under load, on a DynamoDB in another process. @returns nothing where the system does not tell the peak */
export async function measureMemory(version: string, progress: Progress): Promise<MemoryResult[]> {
  if (process.platform !== 'linux') return [];
  const database = await startDatabase();
  const compileCache = await mkdtemp(join(tmpdir(), 'bench-compile-cache-'));
  try {
    const results: MemoryResult[] = [];
    for (const start of ['first', 'later'] as const) {
      results.push(...(await measureStart(start, { database, compileCache, version, progress })));
    }
    return results;
  } finally {
    await rm(compileCache, { recursive: true });
    await database.stop();
  }
}

interface StartParts {
  readonly database: BenchDatabase;
  readonly compileCache: string;
  readonly version: string;
  readonly progress: Progress;
}

async function measureStart(
  start: MemoryResult['start'],
  { database, compileCache, version, progress }: StartParts,
): Promise<MemoryResult[]> {
  const core = await startOwnCoreOn(database, {
    NODE_COMPILE_CACHE: compileCache,
  });
  try {
    const load = await startLoad({ name: 'ours', url: core.url, apiKey: undefined, version, handles: [] }, CONNECTIONS);
    const results: MemoryResult[] = [];
    let requests = 0;
    for (const [operation, count] of REQUESTS) {
      progress.step(`memory: ${start} start, ${operation}, ${CONNECTIONS} connections`);
      requests += await runAtLeast(load, operation, count);
      results.push({ start, operation, requests, peakMb: await peakOf(core.pid) });
    }
    load.close();
    return results;
  } finally {
    await core.stop();
  }
}

/** @returns how many requests there were */
async function runAtLeast(load: Load, operation: OperationName, count: number): Promise<number> {
  let done = 0;
  while (done < count) {
    await load.run(operation, BIT);
    done += load.take(operation)?.count ?? 0;
  }
  return done;
}

/** Linux has the peak in KiB. */
async function peakOf(pid: number): Promise<number> {
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (Number(kib) * 1024) / 1e6;
}

import { readFile } from 'node:fs/promises';
import { type OperationName, startLoad } from './core-load.ts';
import { startDatabase } from './database.ts';
import { startOwnCore } from './own-core.ts';
import type { Progress } from './progress.ts';

/** How much memory the core had taken at most, after the requests so far. */
export interface MemoryResult {
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
  const { endpoint, tables, stop } = await startDatabase();
  const core = await startOwnCore({
    DYNAMODB_ENDPOINT: endpoint,
    SESSIONS_TABLE: tables.sessions,
    KEYS_TABLE: tables.keys,
    PUBLISHED_KEYS_TABLE: tables.publishedKeys,
    CORE_USERS_TABLE: tables.coreUsers,
  });
  try {
    const load = await startLoad({ name: 'ours', url: core.url, apiKey: undefined, version, handles: [] }, CONNECTIONS);
    const results: MemoryResult[] = [];
    let requests = 0;
    for (const [operation, count] of REQUESTS) {
      progress.step(`memory: ${operation}, ${CONNECTIONS} connections`);
      for (let done = 0; done < count; ) {
        await load.run(operation, BIT);
        const { count: more = 0 } = load.take(operation) ?? {};
        done += more;
        requests += more;
      }
      results.push({ operation, requests, peakMb: await peakOf(core.pid) });
    }
    load.close();
    return results;
  } finally {
    await core.stop();
    await stop();
  }
}

/** Linux has the peak in KiB. */
async function peakOf(pid: number): Promise<number> {
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (Number(kib) * 1024) / 1e6;
}

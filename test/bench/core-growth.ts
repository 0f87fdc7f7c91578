import { createCoreClient } from './core-client.ts';
import { type Load, OPERATIONS, type OperationName, someUserId, startLoad, type Target } from './core-load.ts';
import { startDatabase } from './database.ts';
import { startOwnCore } from './own-core.ts';
import type { Progress } from './progress.ts';
import { type Latencies, ratio } from './statistics.ts';

/** One operation at one size, on one connection. */
export interface GrowthResult extends Latencies {
  readonly size: number;
  readonly operation: OperationName;
}

export interface GrowthOptions {
  readonly sizes: readonly number[];
  readonly userSizes: readonly number[];
  /** Of each operation at each size, ms. */
  readonly durationMs: number;
  readonly version: string;
  readonly progress: Progress;
}

export interface Growth {
  /** By the number of stored sessions. */
  readonly stored: readonly GrowthResult[];
  /** By the number of one user's sessions. */
  readonly ofOneUser: readonly GrowthResult[];
  /** Refresh p50 at the largest number of stored sessions, to that at the smallest. */
  readonly refreshRatio: number;
  readonly refreshRatioOfOneUser: number;
}

/** More bits than elsewhere: sizes are compared with each other, so that what the machine does falls on all alike. */
const BITS = 5;

const WARM_UP_MS = 300;

/** Our core on databases of several sizes, each seeded through the store. */
export async function measureGrowth(options: GrowthOptions): Promise<Growth> {
  const stored = await measureStored(options);
  const ofOneUser = await measureUsers(options);
  return {
    stored,
    ofOneUser,
    refreshRatio: refreshRatioOf(stored),
    refreshRatioOfOneUser: refreshRatioOf(ofOneUser),
  };
}

function refreshRatioOf(results: readonly GrowthResult[]): number {
  const refreshes = results.filter(({ operation }) => operation === 'refresh').toSorted((a, b) => a.size - b.size);
  return ratio(refreshes.at(-1)?.p50Ms ?? 0, refreshes[0]?.p50Ms ?? 0);
}

/** All sizes are there at once, each with a core and a database of its own, so that they can be measured in turn. */
async function measureStored(options: GrowthOptions): Promise<GrowthResult[]> {
  const stages: Stage[] = [];
  const loads: { size: number; load: Load }[] = [];
  try {
    for (const size of options.sizes) {
      options.progress.step(`growth: storing ${size} sessions`);
      const stage = await startStage(options.version);
      stages.push(stage);
      await seedInParts(stage, size, options.progress);
      loads.push({ size, load: await startLoad(stage.target, 1) });
    }
    return await measureInTurn(loads, OPERATIONS, options);
  } finally {
    for (const { load } of loads) load.close();
    for (const stage of stages) await stage.stop();
  }
}

const PART = 100_000;

async function seedInParts(stage: Stage, size: number, progress: Progress): Promise<void> {
  for (let stored = 0; stored < size; stored += PART) {
    if (stored > 0) progress.within(`growth: ${stored} of ${size} are stored`);
    await stage.seed(Math.min(PART, size - stored));
  }
}

/** A list has every handle at once, and the core gives each request 10 s. */
const MOST_LISTED = 10_000;

async function measureUsers(options: GrowthOptions): Promise<GrowthResult[]> {
  const stage = await startStage(options.version);
  const loads: { size: number; load: Load }[] = [];
  try {
    for (const size of options.userSizes) {
      options.progress.step(`growth: storing ${size} sessions of one user`);
      const userId = someUserId();
      // One of them is the connection's own, whose tokens are known.
      await stage.seed(size - 1, userId);
      // Each user's new sessions are those that are revoked.
      const load = await startLoad({ ...stage.target, handles: [] }, 1, userId);
      loads.push({ size, load });
      if (size <= MOST_LISTED) await checkCount(stage.target, userId, size);
    }
    const listed = loads.filter(({ size }) => size <= MOST_LISTED);
    return [
      ...(await measureInTurn(loads, ['refresh', 'verify'], options)),
      // Before creations change the sizes.
      ...(await measureInTurn(listed, ['list'], options)),
      ...(await measureInTurn(loads, ['create', 'revoke'], options)),
    ];
  } finally {
    for (const { load } of loads) load.close();
    await stage.stop();
  }
}

/** What was stored past the core is only of worth if the core finds it. */
async function checkCount(target: Target, userId: string, expected: number): Promise<void> {
  const client = createCoreClient(target, 1);
  const { sessionHandles } = await client.ask('GET', `/recipe/session/user?userId=${userId}`);
  client.close();
  const { length } = sessionHandles as readonly string[];
  if (length !== expected) throw new Error(`The core lists ${length} sessions instead of ${expected}`);
}

async function measureInTurn(
  loads: readonly { readonly size: number; readonly load: Load }[],
  operations: readonly OperationName[],
  { durationMs, progress }: GrowthOptions,
): Promise<GrowthResult[]> {
  const results: GrowthResult[] = [];
  for (const operation of operations) {
    progress.step(`growth: ${operation} at ${loads.map(({ size }) => size).join(', ')} sessions`);
    for (const { load } of loads) await load.run(operation, WARM_UP_MS);
    // What was for warming up does not count.
    for (const { load } of loads) load.take(operation);
    for (let bit = 0; bit < BITS; bit++) {
      for (const { load } of bit % 2 === 0 ? loads : loads.toReversed()) await load.run(operation, durationMs / BITS);
    }
    for (const { size, load } of loads) {
      const latencies = load.take(operation);
      if (latencies !== undefined) results.push({ size, operation, ...latencies });
    }
  }
  return results;
}

interface Stage {
  readonly target: Target;
  seed(count: number, userId?: string): Promise<void>;
  stop(): Promise<void>;
}

/** `npm run core` on a database that can be filled past it. */
async function startStage(version: string): Promise<Stage> {
  const database = await startDatabase('on disk');
  const { endpoint, tables } = database;
  try {
    const core = await startOwnCore({
      DYNAMODB_ENDPOINT: endpoint,
      SESSIONS_TABLE: tables.sessions,
      KEYS_TABLE: tables.keys,
      PUBLISHED_KEYS_TABLE: tables.publishedKeys,
    });
    return {
      target: { name: 'ours', url: core.url, apiKey: undefined, version, handles: [] },
      seed: database.seed,
      async stop() {
        await core.stop();
        await database.stop();
      },
    };
  } catch (error) {
    await database.stop();
    throw error;
  }
}

import { createHash } from 'node:crypto';
import type { Millis } from '../../lib/core/types.ts';
import { createPasswordHashing } from '../../lib/passwords/password-hashing.ts';
import { DEFAULT_PASSWORD_SETTINGS } from '../../lib/passwords/password-settings.ts';
import { systemRandom } from '../fixtures/core.ts';
import { seededRandom } from '../fixtures/seeded-random.ts';
import { type CoreClient, createCoreClient } from './core-client.ts';
import { type BenchDatabase, startDatabase } from './database.ts';
import type { SeededUser } from './database-process.ts';
import { startOwnCoreOn } from './own-core.ts';
import type { Progress } from './progress.ts';
import { type Latencies, summarise } from './statistics.ts';

/** The least that Argon2 takes: a usual hash takes longer than all else, and would hide what grows. */
const CHEAP_HASH = { memory: 8, iterations: 1, parallelism: 1 };
const PASSWORD = 'correct horse 1';

/** The users have joined evenly over two years, so that the list has some 25 partitions. */
const NEWEST: Millis = Date.UTC(2026, 10, 23);
const PERIOD: Millis = 2 * 365 * 86_400_000;

const PAGE = 100;

export const USER_OPERATIONS = ['sign-in', 'find by email', 'newest page', 'page from the middle', 'count'] as const;
export type UserOperationName = (typeof USER_OPERATIONS)[number];

export interface UserGrowthResult {
  readonly size: number;
  readonly operation: UserOperationName;
  /** Absent if the core did not answer in its time. */
  readonly latencies: Latencies | undefined;
}

export interface UserGrowthOptions {
  readonly sizes: readonly number[];
  /** Of each operation at each size, ms. */
  readonly durationMs: number;
  readonly progress: Progress;
}

/** A core with so many users. */
interface Stage {
  readonly size: number;
  readonly client: CoreClient;
  stop(): Promise<void>;
}

/** Our core on databases of several sizes, each seeded through the store. */
export async function measureUserGrowth(options: UserGrowthOptions): Promise<UserGrowthResult[]> {
  const stages: Stage[] = [];
  try {
    for (const size of options.sizes) {
      options.progress.step(`storing ${size} users`);
      stages.push(await startStage(size, options.progress));
    }
    return await measureInTurn(stages, options);
  } finally {
    for (const { stop } of stages) await stop();
  }
}

/** More turns than one: sizes are compared, so what the machine does falls on all alike. */
const TURNS = 5;

async function measureInTurn(stages: readonly Stage[], { durationMs, progress }: UserGrowthOptions) {
  const results: UserGrowthResult[] = [];
  for (const operation of USER_OPERATIONS) {
    progress.step(operation);
    const latencies = new Map(stages.map((stage) => [stage, [] as number[]]));
    const answering: Stage[] = [];
    for (const stage of stages) if (await isAnswered(stage, operation)) answering.push(stage);
    for (let turn = 0; turn < TURNS; turn++) {
      for (const stage of turn % 2 === 0 ? answering : answering.toReversed()) {
        latencies.get(stage)?.push(...(await run(stage, operation, durationMs / TURNS)));
      }
    }
    for (const [{ size }, measured] of latencies) {
      const total = measured.reduce((sum, latency) => sum + latency, 0);
      results.push({ size, operation, latencies: measured.length > 0 ? summarise(measured, total) : undefined });
    }
  }
  return results;
}

/** Does it once before it is measured. @returns whether the core had the time; 503 says that it had not */
const isAnswered = (stage: Stage, operation: UserOperationName): Promise<boolean> =>
  DO[operation](stage, 0).then(
    () => true,
    (error: unknown) => {
      if (/\b503\b/.test(String(error))) return false;
      throw error;
    },
  );

const random = seededRandom(20261123);

/** Again and again, at least once. @returns how long each took, ms */
async function run(stage: Stage, operation: UserOperationName, durationMs: number): Promise<number[]> {
  const [latencies, start] = [[] as number[], performance.now()];
  do {
    const number = random.between(0, stage.size - 1);
    const before = performance.now();
    await DO[operation](stage, number);
    latencies.push(performance.now() - before);
  } while (performance.now() - start < durationMs);
  return latencies;
}

/** Does it once, with the user of that number. @throws Error if the answer is not what was stored */
const DO: Readonly<Record<UserOperationName, (stage: Stage, number: number) => Promise<void>>> = {
  async 'sign-in'({ client, size }, number) {
    const { email } = userOf(number, size);
    await client.ask('POST', '/recipe/signin', { email, password: PASSWORD });
  },
  async 'find by email'({ client, size }, number) {
    const { email } = userOf(number, size);
    const { users } = await client.ask('GET', `/users/by-accountinfo?doUnionOfAccountInfo=true&email=${email}`);
    checkCount(users, 1);
  },
  async 'newest page'({ client, size }) {
    const { users } = await client.ask('GET', `/users?timeJoinedOrder=DESC&limit=${PAGE}`);
    checkCount(users, Math.min(PAGE, size));
  },
  async 'page from the middle'({ client, size }) {
    const token = Buffer.from(`00000000-0000-4000-8000-000000000000;${NEWEST - PERIOD / 2}`).toString('base64');
    const query = new URLSearchParams({ limit: String(PAGE), paginationToken: token });
    checkCount((await client.ask('GET', `/users?${query}`)).users, Math.min(PAGE, Math.floor(size / 2)));
  },
  async count({ client, size }) {
    const { count } = await client.ask('GET', '/users/count');
    if (count !== size) throw new Error(`The core counts ${count} users instead of ${size}`);
  },
};

function checkCount(users: unknown, expected: number): void {
  const { length } = users as readonly unknown[];
  if (length !== expected) throw new Error(`The core lists ${length} users instead of ${expected}`);
}

/** The emails of users who join one after the other have nothing in common. */
function userOf(number: number, size: number): SeededUser {
  const hash = createHash('sha256').update(String(number)).digest('hex').slice(0, 12);
  return { email: `${hash}-${number}@example.com`, timeJoined: NEWEST - Math.floor((PERIOD * number) / size) };
}

const PART = 20_000;

async function seed(database: BenchDatabase, size: number, progress: Progress): Promise<void> {
  const hashing = createPasswordHashing({ ...DEFAULT_PASSWORD_SETTINGS, argon2: CHEAP_HASH }, systemRandom);
  const passwordHash = await hashing.hash(PASSWORD);
  for (let stored = 0; stored < size; stored += PART) {
    if (stored > 0 && stored % (5 * PART) === 0) progress.within(`${stored} of ${size} are stored`);
    const numbers = Array.from({ length: Math.min(PART, size - stored) }, (_, index) => stored + index);
    const users = numbers.map((number) => userOf(number, size));
    await database.seedUsers(users, passwordHash);
  }
}

/** `npm run core` on a database that was filled past it. */
async function startStage(size: number, progress: Progress): Promise<Stage> {
  const database = await startDatabase('on disk');
  try {
    await seed(database, size, progress);
    const core = await startOwnCoreOn(database, {
      ARGON2_MEMORY_KB: String(CHEAP_HASH.memory),
      ARGON2_ITERATIONS: String(CHEAP_HASH.iterations),
      ARGON2_PARALLELISM: String(CHEAP_HASH.parallelism),
    });
    const client = createCoreClient({ url: core.url, apiKey: undefined, version: '5.4' }, 1);
    return {
      size,
      client,
      async stop() {
        client.close();
        await core.stop();
        await database.stop();
      },
    };
  } catch (error) {
    await database.stop();
    throw error;
  }
}

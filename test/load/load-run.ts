import { startDatabase } from '../bench/database.ts';
import { ratio, summarise } from '../bench/statistics.ts';
import { type Answer, userEnvironment } from '../fixtures/lambda.ts';
import { seededRandom } from '../fixtures/seeded-random.ts';
import { type FunctionLink, type LogCounts, startFunctions } from './function-link.ts';
import { type HeapSample, slopeOf } from './memory.ts';
import { type Ask, eventOf, type Kind, UnexpectedAnswer } from './request.ts';
import { createUser, type User } from './user.ts';

export interface LoadOptions {
  readonly seed: number;
  readonly operations: number;
  readonly users: number;
  /** Hears {@link SAMPLES} times how many operations are done. */
  readonly onSample: (done: number) => void;
}

export interface LoadReport extends Figures {
  readonly operations: number;
  readonly logged: LogCounts;
  /** What no honest client may be answered; at most ten of them. */
  readonly unexpected: readonly string[];
  /** Of the functions' process. */
  readonly heap: readonly HeapSample[];
  /** Over the second half, in bytes for each operation. */
  readonly heapSlope: number;
}

interface Figures {
  readonly elapsedMs: number;
  readonly perSecond: number;
  readonly kinds: readonly KindFigures[];
}

interface KindFigures {
  readonly kind: Kind;
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** An hour in a hundred thousand requests, ms. */
export const TIME_PER_OPERATION = 36;
/** Access tokens expire so often in the time that passes: every five minutes of an hour. */
const LIFETIMES = 12;
/** Users that visit at once. */
const CONCURRENCY = 8;
export const SAMPLES = 40;
const MAX_UNEXPECTED = 10;

/** An hour of a website: users sign up, come again, open two tabs, lose answers and log out. */
export async function runLoad(options: LoadOptions): Promise<LoadReport> {
  const database = await startDatabase();
  try {
    const lifetime = Math.ceil((options.operations * TIME_PER_OPERATION) / LIFETIMES / 1000);
    const environment = {
      AWS_REGION: 'us-east-1',
      ...userEnvironment(database.endpoint, database.tables),
      ACCESS_TOKEN_VALIDITY: String(lifetime),
    };
    const start = Date.now();
    const functions = await startFunctions(environment, start);
    try {
      const tally = createTally(functions, start);
      const heap = await visitAll(options, functions, tally);
      const { log } = await functions.sample();
      const heapSlope = slopeOf(heap.slice(heap.length / 2));
      const { unexpected } = tally;
      return { operations: tally.done(), ...tally.figures(), logged: log, unexpected, heap, heapSlope };
    } finally {
      await functions.stop();
    }
  } finally {
    await database.stop();
  }
}

/** @returns the heap at equal distances; no user visits while it is measured */
async function visitAll(options: LoadOptions, functions: FunctionLink, tally: Tally): Promise<HeapSample[]> {
  const { seed, operations, users, onSample } = options;
  const random = seededRandom(seed);
  const idle: User[] = Array.from({ length: users }, (_, id) =>
    createUser({ id, ask: tally.ask, random, now: tally.now }),
  );
  let newcomers = users;
  const work = async (until: number): Promise<void> => {
    while (tally.done() < until && tally.unexpected.length < MAX_UNEXPECTED) {
      // First every user comes once, then users come at random.
      const [user] = idle.splice(newcomers-- > 0 ? 0 : random.between(0, idle.length - 1), 1);
      if (user === undefined) return;
      await user.visit().catch(tally.note);
      idle.push(user);
    }
  };
  const samples: HeapSample[] = [];
  for (let sample = 1; sample <= SAMPLES; sample++) {
    const until = (operations * sample) / SAMPLES;
    await Promise.all(Array.from({ length: CONCURRENCY }, () => work(until)));
    samples.push({ operations: tally.done(), heapBytes: (await functions.sample()).heapBytes });
    onSample(tally.done());
  }
  return samples;
}

/** SuperTokens' own routes refuse a form with 200. The body's `status` says so. */
const isRefusal = ({ body = '' }: Answer): boolean => /"status":"\w*ERROR"/.test(body);

interface Tally {
  readonly ask: Ask;
  /** Of the users and the functions, ms since the epoch. */
  now(): number;
  readonly unexpected: string[];
  /** @throws the error itself if it is no {@link UnexpectedAnswer} */
  note(error: unknown): void;
  done(): number;
  figures(): Figures;
}

function createTally(functions: FunctionLink, start: number): Tally {
  const latencies = new Map<Kind, number[]>();
  const unexpected: string[] = [];
  const begun = performance.now();
  let done = 0;
  const now = () => start + done * TIME_PER_OPERATION;
  return {
    unexpected,
    now,
    async ask(kind, request) {
      const { answer, latencyMs } = await functions.invoke(request.function, eventOf(request), now());
      const ofKind = latencies.get(kind) ?? [];
      latencies.set(kind, ofKind);
      ofKind.push(latencyMs);
      done++;
      if (answer.statusCode === request.expected && !isRefusal(answer)) return answer;
      const { method, path } = request;
      throw new UnexpectedAnswer(`${kind}: ${method} ${path} answered ${answer.statusCode} ${answer.body}`);
    },
    note(error) {
      if (!(error instanceof UnexpectedAnswer)) throw error;
      if (unexpected.length < MAX_UNEXPECTED) unexpected.push(error.message);
    },
    done: () => done,
    figures() {
      const elapsedMs = performance.now() - begun;
      const kinds = [...latencies].map(([kind, ofKind]) => ({ kind, ...summarise(ofKind, elapsedMs) }));
      return { elapsedMs, perSecond: ratio(done * 1000, elapsedMs), kinds };
    },
  };
}

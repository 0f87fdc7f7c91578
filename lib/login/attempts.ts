import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Millis } from '../core/types.ts';
import type { DynamoDb } from '../dynamodb/client.ts';
import { type Counter, type CounterGroup, type Counters, createCounters } from './counters.ts';
import { sourceNetworks } from './source-network.ts';

/** How many attempts pass in one window. An IPv6 /56 has twice, a /48 four times the attempts of a source. */
export const ATTEMPT_LIMITS = { emailAndSource: 10, source: 100, email: 100, codes: 10 } as const;

export const ATTEMPT_WINDOW: Millis = 15 * 60 * 1000;

/** Over a limit; `retryAfter` is in whole seconds, as the `Retry-After` header is (RFC 9110, section 10.2.3). */
export interface TooManyAttempts {
  readonly status: 'TOO_MANY_ATTEMPTS';
  readonly retryAfter: number;
}

/** An attempt whose password or code may be checked. Call one of the two then. Both throw `DynamoDbError`. */
export interface LogInAttempt {
  readonly status: 'OK';
  /** The password was right: the attempt does not count against its source, which may also get this e-mail's wrong again. */
  succeeded(): Promise<void>;
  /** The password was wrong. */
  failed(): Promise<void>;
}

/** E-mails are in their normal form; addresses are counted by `sourceNetworks`. Every method throws `DynamoDbError`. */
export interface Attempts {
  /** Counts an attempt to log in, before its password is checked. */
  beginLogIn(email: string, sourceAddress: string): Promise<LogInAttempt | TooManyAttempts>;
  /** Counts an attempt that names no e-mail, such as one with a provider's code. A successful one does not count. */
  beginSignIn(sourceAddress: string): Promise<LogInAttempt | TooManyAttempts>;
  /** Counts a code before it is sent to an e-mail or phone number, from any client. */
  countCode(address: string): Promise<{ readonly status: 'OK' } | TooManyAttempts>;
  /** Counts an attempt to sign up, which also costs a hash, and reveals whether an e-mail is taken. */
  countSignUp(sourceAddress: string): Promise<{ readonly status: 'OK' } | TooManyAttempts>;
}

export interface AttemptsOptions {
  readonly db: DynamoDb;
  readonly table: string;
  readonly clock: Clock;
  /** The limit of one IPv4 address or IPv6 /64; {@link ATTEMPT_LIMITS} has the usual one. */
  readonly perSource?: number;
  /** How often an attempt waits for others of its source that are under way. */
  readonly waits?: number;
}

/** Some hashes take as long, ms. */
const WAIT = 200;
const WAITS = 15;

/**
 * Counts attempts in fixed windows of 15 minutes, which begin at :00, :15, :30 and :45 UTC. So twice the limit can pass
 * around the end of a window, but never more in one.
 *
 * The counter of an e-mail and a network comes first, and what it rejects does not reach the others. So
 * - a client that hammers at one e-mail takes 10 of its network's 100 attempts. The other users there can still log in.
 * - one address can take no more than 10 of an e-mail's 100 attempts, and one IPv6 /48 no more than 40. Locking the
 *   owner out takes several networks and lasts until the window ends. The owner's sessions stay. That is the price of a
 *   limit on guesses from botnets.
 * - a right password does not count against its source, so any number of users can log in behind one proxy. Attempts
 *   count while they are under way, or else parallel guesses would pass. An attempt that meets the limit for that
 *   reason waits.
 * - a success forgives only guesses from its own networks at its own e-mail, so an attacker gains no guesses at another
 *   e-mail. The e-mail's own counter limits clients that share a network with the e-mail's owner.
 *
 * The counters of the networks and of the e-mail come second, and together. An attempt that one of them rejects is
 * given back to the others. It may hold theirs for that moment, so a network that is full is asked alone from then on.
 *
 * A function that ends before it has called `succeeded` or `failed` leaves the attempt counted until the window ends.
 */
export function createAttempts(options: AttemptsOptions): Attempts {
  const { perSource = ATTEMPT_LIMITS.source } = options;
  const open = createWindows(options);
  return {
    async beginLogIn(email, sourceAddress) {
      const window = open();
      const { counters, refusal } = window;
      const narrow = byEmailAndSource(email, sourceAddress);
      if (!(await counters.takeGroup(narrow))) return refusal;
      const sources = bySource(sourceAddress, perSource);
      if (!(await takeSourcesAndEmail(window, sources, byEmail(email)))) return refusal;
      return {
        status: 'OK',
        succeeded: async () =>
          void (await Promise.all([counters.clearGroup(narrow), forEach(sources, counters.giveBack)])),
        failed: () => forEach(sources, counters.settle),
      };
    },
    async beginSignIn(sourceAddress) {
      const window = open();
      const sources = bySource(sourceAddress, perSource);
      if (!(await takeSources(window, sources))) return window.refusal;
      return {
        status: 'OK',
        succeeded: () => forEach(sources, window.counters.giveBack),
        failed: () => forEach(sources, window.counters.settle),
      };
    },
    async countCode(address) {
      const { counters, refusal } = open();
      const counter = { name: `code#${digest(address)}`, max: ATTEMPT_LIMITS.codes };
      return (await counters.take(counter)) ? { status: 'OK' } : refusal;
    },
    async countSignUp(sourceAddress) {
      const window = open();
      const isTaken = await takeSources(window, bySource(sourceAddress, perSource), 'final');
      return isTaken ? { status: 'OK' } : window.refusal;
    },
  };
}

/** The counters of the window in which an attempt was made. */
interface Window {
  readonly counters: Counters;
  readonly waits: number;
  /** The names of counters that have rejected an attempt. */
  readonly full: Set<string>;
  /** What an attempt over a limit gets. */
  readonly refusal: TooManyAttempts;
}

/** Returns what begins an attempt, in the window of that moment. */
function createWindows({ db, table, clock, waits = WAITS }: AttemptsOptions): () => Window {
  const fullIn = createFullCounters();
  return () => {
    const now = clock();
    const end = (Math.floor(now / ATTEMPT_WINDOW) + 1) * ATTEMPT_WINDOW;
    const retryAfter = Math.ceil((end - now) / 1000);
    const refusal: TooManyAttempts = { status: 'TOO_MANY_ATTEMPTS', retryAfter };
    return { counters: createCounters(db, table, end), waits, full: fullIn(end), refusal };
  };
}

/** Takes an attempt of each network and of the e-mail, or of none. */
async function takeSourcesAndEmail(window: Window, sources: readonly Counter[], email: Counter): Promise<boolean> {
  const { take, giveBack } = window.counters;
  const [fromSources, fromEmail] = await Promise.all([takeSources(window, sources), take(email)]);
  if (fromSources && fromEmail) return true;
  await forEach([...(fromSources ? sources : []), ...(fromEmail ? [email] : [])], (counter) => giveBack(counter));
  return false;
}

/** Takes an attempt of each network, or of none. Waits while only attempts that are under way stand in its way. */
async function takeSources(window: Window, sources: readonly Counter[], use?: 'final'): Promise<boolean> {
  for (let waited = 0; ; waited++) {
    const rejecting = await takeAll(window, sources, use);
    if (rejecting === undefined) return true;
    if (waited === window.waits || (await window.counters.isUsedUp(rejecting))) return false;
    await sleep(WAIT);
  }
}

/** Takes an attempt of each counter, or of none. @returns a counter that has none left */
async function takeAll(
  { counters, full }: Window,
  all: readonly Counter[],
  use?: 'final',
): Promise<Counter | undefined> {
  const taken: Counter[] = [];
  const isRejected = async (counter: Counter): Promise<boolean> => {
    const isTaken = await counters.take(counter, use);
    if (isTaken) taken.push(counter);
    return !isTaken;
  };
  let rejecting: Counter | undefined;
  // In turn, and before the others: what a full network rejects must not hold an attempt of the wider networks.
  for (const suspect of all.filter(({ name }) => full.has(name))) {
    if (rejecting === undefined && (await isRejected(suspect))) rejecting = suspect;
  }
  if (rejecting === undefined) {
    const others = all.filter(({ name }) => !full.has(name));
    const rejected = await Promise.all(others.map(isRejected));
    rejecting = others.find((_, index) => rejected[index]);
  }
  if (rejecting === undefined) return undefined;
  full.add(rejecting.name);
  await forEach(taken, (counter) => counters.giveBack(counter, use));
  return rejecting;
}

/** As many networks are remembered as full. */
const MOST_FULL = 1000;

/** @returns the names of the counters that have rejected attempts of a window in this process. Older windows are forgotten */
function createFullCounters(): (windowEnd: Millis) => Set<string> {
  let last: Millis = 0;
  const names = new Set<string>();
  return (windowEnd) => {
    if (windowEnd !== last || names.size >= MOST_FULL) names.clear();
    last = windowEnd;
    return names;
  };
}

const forEach = async (counters: readonly Counter[], work: (counter: Counter) => Promise<void>): Promise<void> =>
  void (await Promise.all(counters.map((counter) => work(counter))));

/** The networks of one address are counted in one item. An IPv6 /48 has at most 40 attempts, so the item stays small. */
function byEmailAndSource(email: string, sourceAddress: string): CounterGroup {
  const networks = sourceNetworks(sourceAddress);
  return {
    name: `email+source#${digest(email)}#${networks.at(-1)?.name}`,
    counters: networks.map(({ name, share }) => ({ name, max: ATTEMPT_LIMITS.emailAndSource * share })),
  };
}

const bySource = (sourceAddress: string, limit: number): Counter[] =>
  sourceNetworks(sourceAddress).map(({ name, share }) => ({
    name: `source#${name}`,
    max: limit * share,
  }));

const byEmail = (email: string): Counter => ({ name: `email#${digest(email)}`, max: ATTEMPT_LIMITS.email });

/** Keeps keys short, and keeps out of the table the e-mails of those who never signed up. */
const digest = (email: string): string => createHash('sha256').update(email).digest('base64url');

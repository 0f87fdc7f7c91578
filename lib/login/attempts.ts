import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Millis } from '../core/types.ts';
import type { DynamoDb } from '../dynamodb/client.ts';
import { type Counter, type Counters, createCounters } from './counters.ts';
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
 * Counts attempts in fixed windows of 15 minutes, which begin for everybody at :00, :15, :30 and :45 UTC. So twice the
 * limit can pass around the end of a window, but never more in one.
 *
 * The narrowest counter comes first, and what one refuses does not reach the next. So
 * - a client that hammers at one e-mail takes 10 of its network's 100 attempts, and the other users there can still log in;
 * - one address can take no more than 10 of an e-mail's 100 attempts, and one IPv6 /48 no more than 40. Locking the owner out
 *   takes several networks, lasts until the window ends, and leaves the owner's sessions alone. That is the price of a limit
 *   on guesses from botnets;
 * - a right password does not count against its source, so any number of users can log in behind one proxy. While they are
 *   under way they are counted, or else parallel guesses would pass; an attempt that meets the limit for that reason waits;
 * - a success forgives only guesses from its own networks at its own e-mail: an attacker gains no guesses at another e-mail,
 *   and clients that share a network with an e-mail's owner are held by the e-mail's own counter.
 *
 * A function that ends before it has called `succeeded` or `failed` leaves the attempt counted until the window ends.
 */
export function createAttempts({
  db,
  table,
  clock,
  perSource = ATTEMPT_LIMITS.source,
  waits = WAITS,
}: AttemptsOptions): Attempts {
  const open = () => {
    const now = clock();
    const windowEnd = (Math.floor(now / ATTEMPT_WINDOW) + 1) * ATTEMPT_WINDOW;
    const refusal: TooManyAttempts = {
      status: 'TOO_MANY_ATTEMPTS',
      retryAfter: Math.ceil((windowEnd - now) / 1000),
    };
    return { counters: createCounters(db, table, windowEnd), refusal };
  };
  return {
    async beginLogIn(email, sourceAddress) {
      const { counters, refusal } = open();
      const narrow = byEmailAndSource(email, sourceAddress);
      const sources = bySource(sourceAddress, perSource);
      const giveBack = () => forEach(sources, counters.giveBack);
      if ((await refusing(narrow, counters.take)) !== undefined) return refusal;
      if (!(await takeSources(sources, counters, waits))) return refusal;
      if (!(await counters.take(byEmail(email)))) {
        await giveBack();
        return refusal;
      }
      return {
        status: 'OK',
        succeeded: async () => void (await Promise.all([forEach(narrow, counters.clear), giveBack()])),
        failed: () => forEach(sources, counters.settle),
      };
    },
    async beginSignIn(sourceAddress) {
      const { counters, refusal } = open();
      const sources = bySource(sourceAddress, perSource);
      if (!(await takeSources(sources, counters, waits))) return refusal;
      return {
        status: 'OK',
        succeeded: () => forEach(sources, counters.giveBack),
        failed: () => forEach(sources, counters.settle),
      };
    },
    async countCode(address) {
      const { counters, refusal } = open();
      const counter = { name: `code#${digest(address)}`, max: ATTEMPT_LIMITS.codes };
      return (await counters.take(counter)) ? { status: 'OK' } : refusal;
    },
    async countSignUp(sourceAddress) {
      const { counters, refusal } = open();
      const sources = bySource(sourceAddress, perSource);
      if (!(await takeSources(sources, counters, waits))) return refusal;
      await forEach(sources, counters.settle);
      return { status: 'OK' };
    },
  };
}

/** Takes an attempt of each network, or of none. Waits while only attempts that are under way stand in its way. */
async function takeSources(sources: readonly Counter[], counters: Counters, waits: number): Promise<boolean> {
  for (let waited = 0; ; waited++) {
    const full = await refusing(sources, counters.take);
    if (full === undefined) return true;
    await forEach(sources.slice(0, sources.indexOf(full)), counters.giveBack);
    if (waited === waits || (await counters.isUsedUp(full))) return false;
    await sleep(WAIT);
  }
}

/** Takes an attempt of each counter in turn. @returns the first counter that has none left; later ones are not asked */
async function refusing(
  counters: readonly Counter[],
  take: (counter: Counter) => Promise<boolean>,
): Promise<Counter | undefined> {
  for (const counter of counters) if (!(await take(counter))) return counter;
  return undefined;
}

const forEach = async (counters: readonly Counter[], work: (counter: Counter) => Promise<void>): Promise<void> =>
  void (await Promise.all(counters.map(work)));

const byEmailAndSource = (email: string, sourceAddress: string): Counter[] =>
  sourceNetworks(sourceAddress).map(({ name, share }) => ({
    name: `email+source#${digest(email)}#${name}`,
    max: ATTEMPT_LIMITS.emailAndSource * share,
  }));

const bySource = (sourceAddress: string, limit: number): Counter[] =>
  sourceNetworks(sourceAddress).map(({ name, share }) => ({
    name: `source#${name}`,
    max: limit * share,
  }));

const byEmail = (email: string): Counter => ({ name: `email#${digest(email)}`, max: ATTEMPT_LIMITS.email });

/** Keeps keys short, and keeps out of the table the e-mails of those who never signed up. */
const digest = (email: string): string => createHash('sha256').update(email).digest('base64url');

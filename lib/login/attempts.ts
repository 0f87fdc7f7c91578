import { createHash } from 'node:crypto';
import type { Clock, Millis } from '../core/types.ts';
import type { DynamoDb } from '../dynamodb/client.ts';
import { sourceNetwork } from './source-network.ts';

/** How many attempts pass in one window. */
export const ATTEMPT_LIMITS = { emailAndSource: 10, source: 100, email: 100 } as const;

export const ATTEMPT_WINDOW: Millis = 15 * 60 * 1000;

/** Over a limit; `retryAfter` is in whole seconds, as the `Retry-After` header is (RFC 9110, section 10.2.3). */
export interface TooManyAttempts {
  readonly status: 'TOO_MANY_ATTEMPTS';
  readonly retryAfter: number;
}

export type AttemptVerdict = { readonly status: 'OK' } | TooManyAttempts;

/** E-mails are in their normal form; addresses are counted by `sourceNetwork`. Every method throws `DynamoDbError`. */
export interface Attempts {
  /** Counts an attempt to log in, before its password is looked at. */
  countLogIn(email: string, sourceAddress: string): Promise<AttemptVerdict>;
  /** Counts an attempt to sign up, which costs a hash, too, and tells whether an e-mail is taken. */
  countSignUp(sourceAddress: string): Promise<AttemptVerdict>;
  /** After a success: this source may get this e-mail's password wrong again. */
  forgive(email: string, sourceAddress: string): Promise<void>;
}

export interface AttemptsOptions {
  readonly db: DynamoDb;
  readonly table: string;
  readonly clock: Clock;
}

/**
 * Counts attempts in fixed windows of 15 minutes, which begin for everybody at :00, :15, :30 and :45 UTC. So twice the
 * limit can pass around the end of a window, but never more in one.
 *
 * Each counter is one item, and each attempt one conditional write on it: of parallel guesses no more pass than of
 * guesses one after the other. (A write that is sent again because its answer was lost counts twice: never too few.)
 *
 * The narrowest counter comes first, and what one refuses does not reach the next. So
 * - whoever hammers at one e-mail takes 10 of their network's 100 attempts, and its other users can still log in;
 * - one network can take no more than 10 of an e-mail's 100 attempts: locking its owner out takes ten networks, lasts
 *   until the window ends, and leaves the owner's sessions alone. That is the price of a limit on guesses from botnets;
 * - a success forgives only guesses from its own network at its own e-mail: nobody gains guesses at another's e-mail,
 *   and those who share a network with an e-mail's owner are held by the e-mail's own counter.
 */
export function createAttempts({ db, table, clock }: AttemptsOptions): Attempts {
  const countAll = async (counters: readonly Counter[]): Promise<AttemptVerdict> => {
    const now = clock();
    const windowEnd = windowEndAfter(now);
    for (const { name, max } of counters) {
      const isWithin = await db.update(table, counterKey(name, windowEnd), {
        add: { n: 1 },
        set: { ttl: windowEnd / 1000 },
        condition: {
          expression: 'attribute_not_exists(#n) OR #n < :max',
          names: { '#n': 'n' },
          values: { ':max': max },
        },
      });
      if (!isWithin) return { status: 'TOO_MANY_ATTEMPTS', retryAfter: Math.ceil((windowEnd - now) / 1000) };
    }
    return { status: 'OK' };
  };

  return {
    countLogIn: (email, sourceAddress) =>
      countAll([byEmailAndSource(email, sourceAddress), bySource(sourceAddress), byEmail(email)]),
    countSignUp: (sourceAddress) => countAll([bySource(sourceAddress)]),
    async forgive(email, sourceAddress) {
      await db.delete(table, counterKey(byEmailAndSource(email, sourceAddress).name, windowEndAfter(clock())));
    },
  };
}

interface Counter {
  readonly name: string;
  readonly max: number;
}

const byEmailAndSource = (email: string, sourceAddress: string): Counter => ({
  name: `email+source#${digest(email)}#${sourceNetwork(sourceAddress)}`,
  max: ATTEMPT_LIMITS.emailAndSource,
});

const bySource = (sourceAddress: string): Counter => ({
  name: `source#${sourceNetwork(sourceAddress)}`,
  max: ATTEMPT_LIMITS.source,
});

const byEmail = (email: string): Counter => ({ name: `email#${digest(email)}`, max: ATTEMPT_LIMITS.email });

/** Keeps keys short, and keeps out of the table the e-mails of those who never signed up. */
const digest = (email: string): string => createHash('sha256').update(email).digest('base64url');

const windowEndAfter = (now: Millis): Millis => (Math.floor(now / ATTEMPT_WINDOW) + 1) * ATTEMPT_WINDOW;

/** Each window has items of its own: a new one begins at 0 even if DynamoDB's TTL has not deleted the old. */
const counterKey = (name: string, windowEnd: Millis) => ({ pk: `attempts#${name}#${windowEnd / 1000}` });

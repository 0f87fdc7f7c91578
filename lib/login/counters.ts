import type { Millis } from '../core/types.ts';
import type { DynamoDb } from '../dynamodb/client.ts';
import { isUnavailable } from '../dynamodb/errors.ts';

/** The key that attempts are counted by, and how many one window allows. */
export interface Counter {
  readonly name: string;
  readonly max: number;
}

/** Counters of one window, each of them one item. Every method throws `DynamoDbError`. */
export interface Counters {
  /**
   * Takes one of the counter's attempts, by one conditional write. Of parallel attempts no more pass than of attempts one after
   * the other. @returns `false` if none is left
   */
  take(counter: Counter): Promise<boolean>;
  /** Gives a taken attempt back. It stays taken if DynamoDB is unavailable. */
  giveBack(counter: Counter): Promise<void>;
  /** Notes that a taken attempt is never given back. It stays taken in any case. */
  settle(counter: Counter): Promise<void>;
  /** Whether so many attempts are used that waiting for one to be given back is in vain. */
  isUsedUp(counter: Counter): Promise<boolean>;
  /** Gives all attempts back. */
  clear(counter: Counter): Promise<void>;
}

/** @param windowEnd a whole number of seconds, in ms. Each window has items of its own, which TTL deletes after its end */
export function createCounters(db: DynamoDb, table: string, windowEnd: Millis): Counters {
  const keyOf = ({ name }: Counter) => ({ pk: `attempts#${name}#${windowEnd / 1000}` });

  const change = async (counter: Counter, amounts: Readonly<Record<string, number>>): Promise<void> => {
    const condition = { expression: 'attribute_exists(pk)' };
    try {
      // Sent twice, it would give back two attempts.
      await db.update(table, keyOf(counter), { add: amounts, condition }, 'if-not-done');
    } catch (error) {
      if (!isUnavailable(error)) throw error;
    }
  };

  return {
    async take(counter) {
      // A write that is sent again because its answer was lost counts twice: never too few.
      const taken = await db.update(table, keyOf(counter), {
        add: { n: 1 },
        set: { ttl: windowEnd / 1000 },
        condition: {
          expression: 'attribute_not_exists(#n) OR #n < :max',
          names: { '#n': 'n' },
          values: { ':max': counter.max },
        },
      });
      return taken !== undefined;
    },
    giveBack: (counter) => change(counter, { n: -1 }),
    settle: (counter) => change(counter, { used: 1 }),
    async isUsedUp(counter) {
      const item = await db.get(table, keyOf(counter));
      return Number(item?.used ?? 0) >= counter.max;
    },
    async clear(counter) {
      await db.delete(table, keyOf(counter));
    },
  };
}

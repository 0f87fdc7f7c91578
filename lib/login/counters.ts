import { createHash } from 'node:crypto';
import type { Millis } from '../core/types.ts';
import type { DynamoDb, Update } from '../dynamodb/client.ts';
import { IF_THERE } from '../dynamodb/conditions.ts';
import { isUnavailable } from '../dynamodb/errors.ts';

/** The key that attempts are counted by, and how many one window allows. */
export interface Counter {
  readonly name: string;
  readonly max: number;
}

/** Counters of one item. Each has a name in it. */
export interface CounterGroup {
  readonly name: string;
  readonly counters: readonly Counter[];
}

/** Counters of one window. Every method throws `DynamoDbError`. */
export interface Counters {
  /**
   * Takes one of the counter's attempts, by one conditional write. Of parallel attempts no more pass than of attempts one after
   * the other.
   * @param use `final` if the attempt is never given back, whatever comes of it
   * @returns `false` if none is left
   */
  take(counter: Counter, use?: 'final'): Promise<boolean>;
  /** Gives a taken attempt back. It stays taken if DynamoDB is unavailable. */
  giveBack(counter: Counter, use?: 'final'): Promise<void>;
  /** Notes that a taken attempt is never given back. It stays taken in any case. */
  settle(counter: Counter): Promise<void>;
  /** Whether so many attempts are used that waiting for one to be given back is in vain. */
  isUsedUp(counter: Counter): Promise<boolean>;
  /** Takes an attempt of every counter of the group, or of none, by one conditional write. @returns whether it did */
  takeGroup(group: CounterGroup): Promise<boolean>;
  /** Gives all attempts of the group's counters back. */
  clearGroup(group: CounterGroup): Promise<void>;
}

/** @param windowEnd a whole number of seconds, in ms. Each window has items of its own, which TTL deletes after its end */
export function createCounters(db: DynamoDb, table: string, windowEnd: Millis): Counters {
  const ttl = windowEnd / 1000;
  const keyOf = (name: string) => ({ pk: `attempts#${name}#${ttl}` });

  // A write that is sent again because its answer was lost counts twice: never too few.
  const count = async (name: string, update: Update): Promise<boolean> =>
    (await db.update(table, keyOf(name), { ...update, set: { ttl } })) !== undefined;

  /** What is not given back stays taken. A log-in does not fail for that. */
  const change = async (name: string, update: Update): Promise<void> => {
    try {
      // Sent twice, it would give back two attempts.
      await db.update(table, keyOf(name), { ...update, condition: IF_THERE }, 'if-not-done');
    } catch (error) {
      if (!isUnavailable(error)) throw error;
    }
  };

  return {
    take: ({ name, max }, use) => count(name, { add: taken(use), condition: ifBelow([max], ['n']) }),
    giveBack: ({ name }, use) =>
      change(name, { add: Object.fromEntries(Object.keys(taken(use)).map((each) => [each, -1])) }),
    settle: ({ name }) => change(name, { add: { used: 1 } }),
    async isUsedUp({ name, max }) {
      const item = await db.get(table, keyOf(name));
      return Number(item?.used ?? 0) >= max;
    },
    takeGroup({ name, counters }) {
      const attributes = counters.map(attributeOf);
      const add = Object.fromEntries(attributes.map((attribute) => [attribute, 1]));
      const most = counters.map(({ max }) => max);
      return count(name, { add, condition: ifBelow(most, attributes) });
    },
    clearGroup: ({ name, counters }) => change(name, { remove: counters.map(attributeOf) }),
  };
}

/** Of letters and digits alone, whatever the counter's name has. */
const attributeOf = ({ name }: Counter): string => `n${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;

const taken = (use?: 'final') => (use === 'final' ? { n: 1, used: 1 } : { n: 1 });

const ifBelow = (most: readonly number[], attributes: readonly string[]) => ({
  expression: attributes
    .map((_, index) => `(attribute_not_exists(#below${index}) OR #below${index} < :below${index})`)
    .join(' AND '),
  names: Object.fromEntries(attributes.map((name, index) => [`#below${index}`, name])),
  values: Object.fromEntries(most.map((max, index) => [`:below${index}`, max])),
});

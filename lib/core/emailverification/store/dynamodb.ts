import type { Condition, Item } from '../../../dynamodb/client.ts';
import { ifAbsent, ifEqual, ifPresent } from '../../../dynamodb/conditions.ts';
import type { DynamoDbTable } from '../../../dynamodb/dynamodb-table.ts';
import type { UserId } from '../../types.ts';
import { userKey } from '../../user/store/dynamodb/keys.ts';
import { emailHash, isVerifiedIn, VERIFIED_PREFIX, verifiedAttribute } from '../../user/store/dynamodb/user-item.ts';
import type { EmailVerificationStore } from './emailverification-store.ts';

/**
 * Verified emails are attributes of the item that a user with that id has, or would have. So one read returns a user
 * with them. This store uses no other attribute of the item.
 */
export function createEmailVerificationTable(table: DynamoDbTable): EmailVerificationStore {
  return {
    isVerified: async (userId, email) => isVerifiedIn((await read(table, userId)) ?? {}, email),
    async beginSeries(userId, email, series) {
      const name = seriesAttribute(email);
      for (;;) {
        const live = (await read(table, userId))?.[name];
        if (live !== undefined) return String(live);
        const update = { set: { [name]: series }, condition: ifAbsent(name) };
        if ((await table.update(userKey(userId), update)) !== undefined) return series;
      }
    },
    async verify(userId, email, series, next) {
      const name = seriesAttribute(email);
      const set = { [name]: next, [verifiedAttribute(email)]: email };
      const update = { set, condition: ifEqual(name, series) };
      if ((await table.update(userKey(userId), update)) !== undefined) return true;
      // The condition also fails when our own write happened and only its acknowledgement was lost.
      return (await read(table, userId))?.[name] === next;
    },
    async endSeries(userId, email, next) {
      const name = seriesAttribute(email);
      await table.update(userKey(userId), { set: { [name]: next }, condition: ifPresent(name) });
    },
    async markVerified(userId, email) {
      await table.update(userKey(userId), { set: { [verifiedAttribute(email)]: email } });
    },
    async unverify(userId, email) {
      const name = verifiedAttribute(email);
      await table.update(userKey(userId), { remove: [name], condition: ifPresent(name) });
    },
    move: (from, to) => move(table, from, to),
    isUsedBy: async (userId) => verifiedIn(await read(table, userId)).length > 0,
    removeUser: (userId, isWanted) => removeUser(table, userId, isWanted),
  };
}

const read = (table: DynamoDbTable, userId: UserId): Promise<Item | undefined> => table.get(userKey(userId));

async function move(table: DynamoDbTable, from: UserId, to: UserId): Promise<void> {
  const verified = verifiedIn(await read(table, from));
  for (let start = 0; start < verified.length; start += MOST_AT_ONCE) {
    const some = verified.slice(start, start + MOST_AT_ONCE);
    await table.update(userKey(to), { set: Object.fromEntries(some) });
    await table.update(userKey(from), { remove: some.map(([name]) => name) });
  }
}

async function removeUser(table: DynamoDbTable, userId: UserId, isWanted: () => Promise<boolean>): Promise<void> {
  for (;;) {
    const found = entriesOf(await read(table, userId));
    if (found.length === 0 || !(await isWanted())) return;
    // What else the item has stays: it may be a user's own.
    const remove = found.map(([name]) => name);
    await table.update(userKey(userId), { remove, condition: ifStill(found) });
  }
}

const SERIES = 'verifySeries_';

/** The attribute with the live series of an email's tokens. */
export const seriesAttribute = (email: string): string => `${SERIES}${emailHash(email)}`;

type Entry = readonly [name: string, value: Item[string]];

const verifiedIn = (item: Item = {}): Entry[] =>
  Object.entries(item).filter(([name]) => name.startsWith(VERIFIED_PREFIX));

/**
 * As many entries are changed by one write. DynamoDB's limit for an expression is 4 KB, and DynamoDB Local counts the names
 * that stand behind the aliases too.
 */
const MOST_AT_ONCE = 25;

/** Some of what an item has of this store. */
const entriesOf = (item: Item = {}): Entry[] =>
  Object.entries(item)
    .filter(([name]) => name.startsWith(VERIFIED_PREFIX) || name.startsWith(SERIES))
    .slice(0, MOST_AT_ONCE);

/** The entries are as they were read. */
const ifStill = (entries: readonly Entry[]): Condition => ({
  expression: entries.map((_entry, n) => `#still${n} = :still${n}`).join(' AND '),
  names: Object.fromEntries(entries.map(([name], n) => [`#still${n}`, name])),
  values: Object.fromEntries(entries.map(([, value], n) => [`:still${n}`, value])),
});

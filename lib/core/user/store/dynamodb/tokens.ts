import type { Item, Key, Range } from '../../../../dynamodb/client.ts';
import type { DynamoDbTable } from '../../../../dynamodb/dynamodb-table.ts';
import { concurrently } from '../../../concurrently.ts';
import type { Millis, UserId } from '../../../types.ts';
import type { LinkToken, TokenStore } from '../token-store.ts';
import { endOf, userPartition } from './keys.ts';

export type TokenKind = 'reset' | 'verify';

/** As many tokens as are removed at once. */
const CONCURRENCY = 8;

/** Tokens of one kind in the table of users. Each has an item by its hash, and one by which its user's tokens are found. */
export function createTokenTable(table: DynamoDbTable, kind: TokenKind): TokenStore {
  return {
    async put(token) {
      const [listed, item] = tokenItems(kind, token);
      // In this order: a token that can be used is found by its user.
      await table.put(listed);
      await table.put(item);
    },
    async get(hash) {
      const item = await table.get(keyOf(kind, hash));
      return item === undefined ? undefined : tokenOf(hash, item.userId as UserId, item);
    },
    async delete(hash) {
      await table.delete(keyOf(kind, hash));
    },
    async removeUser(userId, isWanted) {
      const listed = await table.queryRange(tokensOfUser(kind, userId));
      if (listed.length === 0 || !(await isWanted())) return;
      await concurrently(CONCURRENCY, tokensAmong(kind, userId, listed), async ({ hash }) => {
        await table.delete(keyOf(kind, hash));
        await table.delete(listedKeyOf(kind, userId, hash));
      });
    },
  };
}

/** What is stored of a token: the item by which its user's tokens are found, then its own. */
export function tokenItems(
  kind: TokenKind,
  { hash, userId, email, series, expiry }: LinkToken,
): readonly [listed: Item, token: Item] {
  const content = { email, series, expiry, ttl: Math.ceil(expiry / 1000) };
  return [
    { ...listedKeyOf(kind, userId, hash), ...content },
    { ...keyOf(kind, hash), userId, ...content },
  ];
}

/** The tokens of one kind among the items of a user's partition. Their series may have ended. */
export const tokensAmong = (kind: TokenKind, userId: UserId, items: readonly Item[]): LinkToken[] =>
  items
    .filter(({ sk }) => String(sk).startsWith(listedPrefix(kind)))
    .map((item) => tokenOf(String(item.sk).slice(listedPrefix(kind).length), userId, item));

const keyOf = (kind: TokenKind, hash: string): Key => ({ pk: `token#${kind}#${hash}`, sk: 'token' });

const listedKeyOf = (kind: TokenKind, userId: UserId, hash: string): Key => ({
  pk: userPartition(userId),
  sk: `${listedPrefix(kind)}${hash}`,
});

const tokensOfUser = (kind: TokenKind, userId: UserId): Range => ({
  partition: { name: 'pk', value: userPartition(userId) },
  sortKey: 'sk',
  between: [listedPrefix(kind), endOf(listedPrefix(kind))],
});

const listedPrefix = (kind: TokenKind): string => `token#${kind}#`;

const tokenOf = (hash: string, userId: UserId, { email, series, expiry }: Item): LinkToken => ({
  hash,
  userId,
  email: String(email),
  series: String(series),
  expiry: expiry as Millis,
});

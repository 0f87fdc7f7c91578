import type { DynamoDb, Item, Key } from '../../../../dynamodb/client.ts';
import type { Millis, UserId } from '../../../types.ts';
import type { LinkToken, TokenStore } from '../token-store.ts';
import { userPartition } from './keys.ts';

export type TokenKind = 'reset' | 'verify';

/** Tokens of one kind in the table of users. Each has an item by its hash, and one by which its user's tokens are found. */
export function createTokenTable(db: DynamoDb, table: string, kind: TokenKind): TokenStore {
  return {
    async put(token) {
      const [listed, item] = tokenItems(kind, token);
      // In this order: a token that can be used is found by its user.
      await db.put(table, listed);
      await db.put(table, item);
    },
    async get(hash) {
      const item = await db.get(table, keyOf(kind, hash));
      return item === undefined ? undefined : tokenOf(hash, item.userId as UserId, item);
    },
    async delete(hash) {
      await db.delete(table, keyOf(kind, hash));
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
    { pk: userPartition(userId), sk: `${listedPrefix(kind)}${hash}`, ...content },
    { ...keyOf(kind, hash), userId, ...content },
  ];
}

/** The tokens of one kind among the items of a user's partition. Their series may have ended. */
export const tokensAmong = (kind: TokenKind, userId: UserId, items: readonly Item[]): LinkToken[] =>
  items
    .filter(({ sk }) => String(sk).startsWith(listedPrefix(kind)))
    .map((item) => tokenOf(String(item.sk).slice(listedPrefix(kind).length), userId, item));

const keyOf = (kind: TokenKind, hash: string): Key => ({ pk: `token#${kind}#${hash}`, sk: 'token' });

const listedPrefix = (kind: TokenKind): string => `token#${kind}#`;

const tokenOf = (hash: string, userId: UserId, { email, series, expiry }: Item): LinkToken => ({
  hash,
  userId,
  email: String(email),
  series: String(series),
  expiry: expiry as Millis,
});

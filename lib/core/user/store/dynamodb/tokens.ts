import type { DynamoDb, Key } from '../../../../dynamodb/client.ts';
import type { Millis, UserId } from '../../../types.ts';
import type { TokenStore } from '../token-store.ts';

/** Tokens of one kind in the table of users, an item each. */
export function createTokenTable(db: DynamoDb, table: string, kind: 'reset' | 'verify'): TokenStore {
  const keyOf = (hash: string): Key => ({ pk: `token#${kind}#${hash}`, sk: 'token' });
  return {
    async put({ hash, userId, email, series, expiry }) {
      await db.put(table, { ...keyOf(hash), userId, email, series, expiry, ttl: Math.ceil(expiry / 1000) });
    },
    async get(hash) {
      const item = await db.get(table, keyOf(hash));
      if (item === undefined) return undefined;
      return {
        hash,
        userId: item.userId as UserId,
        email: String(item.email),
        series: String(item.series),
        expiry: item.expiry as Millis,
      };
    },
    async delete(hash) {
      await db.delete(table, keyOf(hash));
    },
  };
}

import type { DynamoDb, Key } from '../../../dynamodb/client.ts';
import type { Millis, UserId } from '../../types.ts';
import type { ResetTokenStore } from './emailpassword-store.ts';

/** Reset tokens in the table of users, an item each. */
export const createResetTokenTable = (db: DynamoDb, table: string): ResetTokenStore => ({
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
});

const keyOf = (hash: string): Key => ({ pk: `token#reset#${hash}`, sk: 'token' });

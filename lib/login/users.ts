import type { Millis, UserId } from '../core/types.ts';
import type { DynamoDb } from '../dynamodb/client.ts';

export interface User {
  readonly id: UserId;
  readonly passwordHash: string;
  readonly createdAt: Millis;
}

/** Users by their e-mail, in its normal form. Every method throws `DynamoDbError`. */
export interface Users {
  find(email: string): Promise<User | undefined>;
  /** @returns `false` if the e-mail is another user's */
  add(email: string, user: User): Promise<boolean>;
  /** Replaces the user's hash, unless it has been replaced meanwhile. */
  replaceHash(email: string, oldHash: string, newHash: string): Promise<void>;
}

export function createUsers(db: DynamoDb, table: string): Users {
  const find = async (email: string): Promise<User | undefined> => {
    const item = await db.get(table, keyOf(email));
    return item === undefined
      ? undefined
      : { id: item.userId as UserId, passwordHash: String(item.passwordHash), createdAt: Number(item.createdAt) };
  };
  return {
    find,
    async add(email, { id, passwordHash, createdAt }) {
      const item = { ...keyOf(email), userId: id, passwordHash, createdAt };
      const isNew = await db.put(table, item, { expression: 'attribute_not_exists(pk)' });
      // User ids are random: ours is there if the put's answer was lost and it was sent again.
      return isNew || (await find(email))?.id === id;
    },
    async replaceHash(email, oldHash, newHash) {
      await db.update(table, keyOf(email), {
        set: { passwordHash: newHash },
        condition: { expression: '#hash = :old', names: { '#hash': 'passwordHash' }, values: { ':old': oldHash } },
      });
    },
  };
}

const keyOf = (email: string) => ({ pk: `email#${email}` });

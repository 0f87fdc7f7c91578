import { createHash } from 'node:crypto';
import type { Clock, Millis } from '../core/types.ts';
import type { DynamoDb } from '../dynamodb/client.ts';
import { storedEmail } from './email.ts';

/** Which resets of a password there were, by its user's e-mail. Every method throws `DynamoDbError`. */
export interface ResetMarks {
  /** Names the last reset. `undefined` if there was none in {@link MARK_LIFETIME}. The read is strongly consistent. */
  ofEmail(email: string): Promise<string | undefined>;
  /** The password of an e-mail has been reset. */
  note(email: string): Promise<void>;
}

/** No request to sign in takes as long. */
export const MARK_LIFETIME: Millis = 3_600_000;

/** Another core does not say when a password was changed. */
export function createResetMarks(
  db: DynamoDb,
  table: string,
  { clock, uuid }: { readonly clock: Clock; readonly uuid: () => string },
): ResetMarks {
  return {
    async ofEmail(email) {
      const item = await db.get(table, keyOf(email));
      return item && String(item.name);
    },
    async note(email) {
      const ttl = Math.ceil((clock() + MARK_LIFETIME) / 1000);
      await db.update(table, keyOf(email), { set: { name: uuid(), ttl } });
    },
  };
}

/** No item of the table names an e-mail. */
const keyOf = (email: string) => ({
  pk: `reset#${createHash('sha256').update(storedEmail(email)).digest('base64url')}`,
});

import { createHash } from 'node:crypto';
import type { Clock, Millis } from '../core/types.ts';
import type { DynamoDb } from '../dynamodb/client.ts';
import type { TooManyAttempts } from './attempts.ts';
import { storedEmail } from './email.ts';

/** The least time between two mails of a kind to one address. */
export const MAIL_INTERVAL: Millis = 60_000;

export type MailKind = 'password-reset' | 'email-verification';

/** At most one mail of each kind to an address in {@link MAIL_INTERVAL}. Every method throws `DynamoDbError`. */
export interface MailLimit {
  /** Takes the turn of an address, by one conditional write. Whether it has an account does not matter. */
  take(kind: MailKind, email: string): Promise<{ readonly status: 'OK' } | TooManyAttempts>;
  /** Gives the turn back: the mail was not sent. */
  giveBack(kind: MailKind, email: string): Promise<void>;
}

export function createMailLimit(db: DynamoDb, table: string, clock: Clock): MailLimit {
  return {
    async take(kind, email) {
      const now = clock();
      const taken = await db.update(table, keyOf(kind, email), {
        set: { sentAt: now, ttl: Math.ceil((now + MAIL_INTERVAL) / 1000) },
        condition: {
          expression: 'attribute_not_exists(pk) OR #sentAt <= :latest',
          names: { '#sentAt': 'sentAt' },
          values: { ':latest': now - MAIL_INTERVAL },
        },
      });
      if (taken !== undefined) return { status: 'OK' };
      const sentAt = Number((await db.get(table, keyOf(kind, email)))?.sentAt ?? now);
      return { status: 'TOO_MANY_ATTEMPTS', retryAfter: Math.max(1, Math.ceil((sentAt + MAIL_INTERVAL - now) / 1000)) };
    },
    async giveBack(kind, email) {
      await db.delete(table, keyOf(kind, email));
    },
  };
}

/** Keeps addresses of people who never signed up out of the table. */
const keyOf = (kind: MailKind, email: string) => ({
  pk: `mail#${kind}#${createHash('sha256').update(storedEmail(email)).digest('base64url')}`,
});

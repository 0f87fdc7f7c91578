import { ttlOf } from '../../../core/session/store/dynamodb/row-item.ts';
import type { Millis, SessionHandle } from '../../../core/types.ts';
import type { DynamoDb, Item, Key } from '../../../dynamodb/client.ts';
import type { Bulk } from '../../operator/bulk.ts';
import type { Side } from '../side.ts';
import type { Agreement } from './session.ts';

/**
 * What the stage and one official installation last had in common: an item per session in the sessions' table, which
 * TTL deletes with the session. It distinguishes a session that was revoked from one that has not been moved yet.
 */
export interface Agreements {
  read(handles: readonly SessionHandle[]): Promise<ReadonlyMap<SessionHandle, Agreement>>;
  write(agreements: readonly Agreement[]): Promise<void>;
  forget(handles: readonly SessionHandle[]): Promise<void>;
  /** All of them, page by page. */
  pages(): AsyncIterable<readonly Agreement[]>;
}

/** Whether both sides have had a session that has not expired. */
export async function hasUnexpired(agreements: Pick<Agreements, 'pages'>, now: Millis): Promise<boolean> {
  for await (const page of agreements.pages()) if (page.some(({ expiry }) => expiry > now)) return true;
  return false;
}

const PREFIX = 'moved#';

const fromItem = (item: Item): Agreement => ({
  handle: String(item.pk).slice(PREFIX.length) as SessionHandle,
  fingerprint: item.fingerprint as string | undefined,
  announced:
    item.announced === undefined
      ? undefined
      : {
          to: item.announcedTo as Side,
          fingerprint: String(item.announced),
          ticket: item.ticket as string | undefined,
        },
  expiry: item.expiry as Millis,
});

/** @param installation its name, as the sort key has it */
export function createAgreements(db: DynamoDb, bulk: Bulk, table: string, installation: string): Agreements {
  const keyOf = (handle: SessionHandle): Key => ({ pk: `${PREFIX}${handle}`, sk: installation });
  const toItem = ({ handle, fingerprint, announced, expiry }: Agreement): Item => ({
    ...keyOf(handle),
    ...(fingerprint !== undefined && { fingerprint }),
    ...(announced !== undefined && { announcedTo: announced.to, announced: announced.fingerprint }),
    ...(announced?.ticket !== undefined && { ticket: announced.ticket }),
    expiry,
    ttl: ttlOf(expiry),
  });
  return {
    async read(handles) {
      const items = await db.batchGet(table, handles.map(keyOf));
      return new Map(items.map(fromItem).map((agreement) => [agreement.handle, agreement]));
    },
    write: (agreements) => bulk.write(table, agreements.map(toItem)),
    forget: (handles) => bulk.write(table, [], handles.map(keyOf)),
    async *pages() {
      for await (const items of bulk.scan(table, installation)) yield items.map(fromItem);
    },
  };
}

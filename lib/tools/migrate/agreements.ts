import { ttlOf } from '../../core/session/store/dynamodb/row-item.ts';
import type { Millis, SessionHandle } from '../../core/types.ts';
import type { DynamoDb, Item, Key } from '../../dynamodb/client.ts';
import type { Bulk } from '../operator/bulk.ts';
import type { Agreement } from './session.ts';

/**
 * What we and one official installation have last agreed on: an item per session in the sessions' table, which TTL
 * deletes with the session. Without it nobody could tell a session that was revoked from one that has not come yet.
 */
export interface Agreements {
  read(handles: readonly SessionHandle[]): Promise<ReadonlyMap<SessionHandle, Agreement>>;
  write(agreements: readonly Agreement[]): Promise<void>;
  forget(handles: readonly SessionHandle[]): Promise<void>;
  /** All of them, page by page. */
  pages(): AsyncIterable<readonly Agreement[]>;
}

const PREFIX = 'moved#';

const fromItem = (item: Item): Agreement => ({
  handle: String(item.pk).slice(PREFIX.length) as SessionHandle,
  fingerprint: item.fingerprint as string | undefined,
  expiry: item.expiry as Millis,
});

/** @param installation its name, as the sort key has it */
export function createAgreements(db: DynamoDb, bulk: Bulk, table: string, installation: string): Agreements {
  const keyOf = (handle: SessionHandle): Key => ({ pk: `${PREFIX}${handle}`, sk: installation });
  const toItem = ({ handle, fingerprint, expiry }: Agreement): Item => ({
    ...keyOf(handle),
    ...(fingerprint !== undefined && { fingerprint }),
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

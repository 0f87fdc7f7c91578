import { ITEMS_AT_ONCE } from '../../../../dynamodb/batch-get.ts';
import type { Item, Key, Page, Partition } from '../../../../dynamodb/client.ts';
import type { DynamoDbTable } from '../../../../dynamodb/dynamodb-table.ts';
import type { Millis, SessionHandle, UserId } from '../../../types.ts';
import type { IndexedSession, IndexPage, IndexRequest } from '../session-store.ts';
import { listingKey, ROW_PREFIX, rowKey } from './session-keys.ts';

/** A page of what the index has of a user's sessions. */
export async function listIndexed(
  table: DynamoDbTable,
  userId: UserId,
  { limit, after }: IndexRequest,
): Promise<IndexPage> {
  const start = after === undefined ? undefined : listingKey(userId, after);
  const { items, next } = await table.queryPage(indexOf(userId), { limit, after: start });
  return { sessions: items.map(indexedSession), next: next?.sk as SessionHandle | undefined };
}

const indexedSession = ({ sk, listedUntil, recipeUserId }: Item): IndexedSession => ({
  handle: sk as SessionHandle,
  ...(recipeUserId !== undefined && { recipeUserId: recipeUserId as UserId }),
  listedUntil: listedUntil as Millis,
});

/** A user's index items. */
const indexOf = (userId: UserId): Partition => ({ name: 'pk', value: listingKey(userId, '' as SessionHandle).pk });

/** Reads the index by pages, and the rows of a page while the next page is read. So only handles are kept of what is read. */
export async function listLive(
  table: DynamoDbTable,
  userId: UserId,
  now: Millis,
  wanted?: UserId,
): Promise<SessionHandle[]> {
  const live: SessionHandle[] = [];
  const readPage = (after?: Key) =>
    table.queryPage(indexOf(userId), { limit: ITEMS_AT_ONCE, after, attributes: LISTED_ATTRIBUTES });
  for (let page: Promise<Page> | undefined = readPage(); page !== undefined; ) {
    const { items, next }: Page = await page;
    page = next && readPage(next);
    // If the rows cannot be read, the page is not wanted any more.
    page?.catch(() => undefined);
    const handles = items
      .filter(({ recipeUserId = userId }) => wanted === undefined || recipeUserId === wanted)
      .map(({ sk }) => sk as SessionHandle);
    live.push(...(await withLiveRow(table, handles, now)));
  }
  return live;
}

/**
 * Drops what has no live row. Rows are read eventually consistent first, at half the price. What is found is settled, because
 * a revoked session has left the index. Only what is not found is read again, strongly consistent.
 */
async function withLiveRow(table: DynamoDbTable, handles: readonly SessionHandle[], now: Millis) {
  const found = await liveAmong(table, handles, now, false);
  const missing = handles.filter((handle) => !found.has(handle));
  const foundAfterAll = await liveAmong(table, missing, now, true);
  return handles.filter((handle) => found.has(handle) || foundAfterAll.has(handle));
}

/** Those of the handles that have an unexpired row. */
export async function liveAmong(
  table: DynamoDbTable,
  handles: readonly SessionHandle[],
  now: Millis,
  consistent: boolean,
): Promise<Set<SessionHandle>> {
  const items = await table.batchGet(handles.map(rowKey), consistent, ['pk', 'expiry']);
  const unexpired = items.filter(({ expiry }) => (expiry as Millis) > now);
  return new Set(unexpired.map(({ pk }) => String(pk).slice(ROW_PREFIX.length) as SessionHandle));
}

/** All that a list takes from the index: the handle, and the login method. The rest is most of the item. */
const LISTED_ATTRIBUTES = ['sk', 'recipeUserId'];

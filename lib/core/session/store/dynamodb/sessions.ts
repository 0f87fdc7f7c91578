import { mayBeDone, pauseBeforeRetry } from '../../../../dynamodb/call.ts';
import {
  BATCH_SIZE,
  type Condition,
  type DynamoDb,
  type Item,
  type Key,
  type Page,
  type Partition,
} from '../../../../dynamodb/client.ts';
import { concurrently } from '../../../concurrently.ts';
import { ItemTooLarge } from '../../../errors.ts';
import type { Hash2, JsonObject, Millis, SessionHandle, UserId } from '../../../types.ts';
import type { SessionRow } from '../../rules/row.ts';
import type {
  AnotherRow,
  IndexedSession,
  IndexPage,
  IndexRequest,
  RotationChange,
  SessionStore,
} from '../session-store.ts';
import {
  type ContentName,
  contentAttributes,
  contentBytes,
  fromItem,
  MAX_CONTENT_BYTES,
  packHash,
  packRetired,
  sizeAttribute,
  toItem,
  ttlOf,
} from './row-item.ts';

/**
 * Sessions in one table: an item per session, and an index item per session under its user, written with the session and
 * kept at least as long. So a strongly consistent query finds every session whose creation has returned.
 */
export function createSessionTable(db: DynamoDb, table: string): SessionStore {
  const get = async (handle: SessionHandle): Promise<SessionRow | undefined> => {
    const item = await db.get(table, rowKey(handle));
    return item === undefined ? undefined : fromItem(handle, item);
  };

  const putListing = (row: SessionRow, until: Millis): Promise<boolean> => db.put(table, listingItem(row, until));

  /** @returns whether the session still is listed at least until then */
  const extendListing = async (row: SessionRow, until: Millis): Promise<boolean> => {
    const extended = await db.update(table, listingKey(row.userId, row.handle), {
      set: { listedUntil: until, ttl: ttlOf(until) },
      condition: { expression: 'attribute_exists(pk)' },
    });
    if (extended !== undefined) return true;
    // A session without its index item is revoked, or damaged. A damaged one is repaired.
    return (await get(row.handle)) !== undefined && putListing(row, until);
  };

  const update = async (handle: SessionHandle, set: Item, remove: readonly string[], condition: Condition) => {
    const item = await db.update(table, rowKey(handle), { set, remove, condition });
    return item === undefined ? undefined : fromItem(handle, item);
  };

  /** @returns the row as it was; `undefined` if there was none */
  const remove = async (handle: SessionHandle): Promise<SessionRow | undefined> => {
    const item = await db.delete(table, rowKey(handle));
    if (item === undefined) return undefined;
    const row = fromItem(handle, item);
    await db.delete(table, listingKey(row.userId, handle));
    return row;
  };

  const putRow = (row: SessionRow): Promise<boolean> =>
    db.put(table, { ...rowKey(row.handle), ...toItem(row) }, { expression: 'attribute_not_exists(pk)' }, 'if-not-done');

  /**
   * Writes the row and its index item together, and returns when both are there. A row whose put was not answered may be
   * there, be revoked just now, or come late. If the row were put again under its handle, that revocation could delete its
   * index item, and no list would have it. So another session takes its place.
   * @returns the row that was put
   */
  const putSession = async (row: SessionRow, another?: AnotherRow, repeated = 0): Promise<SessionRow> => {
    const [listed, put] = await Promise.allSettled([putListing(row, row.listedUntil), putRow(row)]);
    const failed = [put, listed].find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
    if (put.status === 'fulfilled' && failed === undefined) {
      // Handles are random, so a row that exists already is our own, and its creation was requested twice.
      if (put.value || (await get(row.handle))?.current === row.current) return row;
      throw new Error(`The session handle ${row.handle} is taken`);
    }
    // No client has its tokens.
    if (put.status === 'fulfilled' ? put.value : mayBeDone(put.reason)) await remove(row.handle);
    const isLast = another === undefined || !mayBeDone(failed?.reason) || repeated >= CREATION_RETRIES;
    if (isLast || !(await pauseBeforeRetry(repeated))) throw failed?.reason;
    return putSession(await another(), another, repeated + 1);
  };

  /**
   * @param expected what must be stored so far; anything if absent
   * @returns the row after the write; `undefined` if no unexpired session with that content was there
   * @throws ItemTooLarge
   */
  const setContent = async (
    handle: SessionHandle,
    name: ContentName,
    content: JsonObject,
    now: Millis,
    expected?: JsonObject,
  ) => {
    const room = MAX_CONTENT_BYTES - contentBytes(content);
    const other = name === 'payload' ? 'data' : 'payload';
    const fits = ifUnexpiredWithin(room, other, now);
    const condition = expected === undefined ? fits : ifStored(fits, name, expected);
    for (;;) {
      const row = await update(handle, contentAttributes(name, content), [], condition);
      if (row !== undefined) return row;
      const found = await get(handle);
      if (found === undefined || found.expiry <= now) return undefined;
      if (expected !== undefined && JSON.stringify(found[name]) !== JSON.stringify(expected)) return undefined;
      if (contentBytes(found[other]) > room) throw new ItemTooLarge();
    }
  };

  return {
    async create(row, another) {
      if (contentBytes(row.payload) + contentBytes(row.data) > MAX_CONTENT_BYTES) throw new ItemTooLarge();
      return putSession(row, another);
    },
    get,
    async rotate(row, change, now) {
      if (change.listedUntil > row.listedUntil && !(await extendListing(row, change.listedUntil))) return undefined;
      const { set, remove } = rotationAttributes(change);
      return update(row.handle, set, remove, ifCurrent(row.current, now));
    },
    async setSigningKey(handle, expected, useStaticKey, now) {
      const set: Item = useStaticKey ? { staticKey: true } : {};
      return (await update(handle, set, useStaticKey ? [] : ['staticKey'], ifCurrent(expected, now))) !== undefined;
    },
    setPayload: (handle, payload, now, expected) => setContent(handle, 'payload', payload, now, expected),
    async setData(handle, data, now) {
      return (await setContent(handle, 'data', data, now)) !== undefined;
    },
    async delete(handle, now) {
      const row = await remove(handle);
      return row !== undefined && row.expiry > now;
    },
    list: (userId, now, recipeUserId) => listLive(db, table, userId, now, recipeUserId),
    listIndexed: (userId, request) => listIndexed(db, table, userId, request),
    findLive: (handles, now) => liveAmong(db, table, handles, now, true),
  };
}

async function listIndexed(
  db: DynamoDb,
  table: string,
  userId: UserId,
  { limit, after }: IndexRequest,
): Promise<IndexPage> {
  const start = after === undefined ? undefined : listingKey(userId, after);
  const { items, next } = await db.queryPage(table, indexOf(userId), { limit, after: start });
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
async function listLive(
  db: DynamoDb,
  table: string,
  userId: UserId,
  now: Millis,
  wanted?: UserId,
): Promise<SessionHandle[]> {
  const live: SessionHandle[] = [];
  const readPage = (after?: Key) => db.queryPage(table, indexOf(userId), { limit: INDEX_PAGE, after });
  for (let page: Promise<Page> | undefined = readPage(); page !== undefined; ) {
    const { items, next }: Page = await page;
    page = next && readPage(next);
    // If the rows cannot be read, the page is not wanted any more.
    page?.catch(() => undefined);
    const handles = items
      .filter(({ recipeUserId = userId }) => wanted === undefined || recipeUserId === wanted)
      .map(({ sk }) => sk as SessionHandle);
    live.push(...(await withLiveRow(db, table, handles, now)));
  }
  return live;
}

/**
 * Drops what has no live row. Rows are read eventually consistent first, at half the price: what is found is settled, for a
 * revoked session has left the index; only what is not found is looked for again.
 */
async function withLiveRow(db: DynamoDb, table: string, handles: readonly SessionHandle[], now: Millis) {
  const found = await liveAmong(db, table, handles, now, false);
  const missing = handles.filter((handle) => !found.has(handle));
  const foundAfterAll = await liveAmong(db, table, missing, now, true);
  return handles.filter((handle) => found.has(handle) || foundAfterAll.has(handle));
}

async function liveAmong(
  db: DynamoDb,
  table: string,
  handles: readonly SessionHandle[],
  now: Millis,
  consistent: boolean,
): Promise<Set<SessionHandle>> {
  const batches = Array.from({ length: Math.ceil(handles.length / BATCH_SIZE) }, (_, index) =>
    handles.slice(index * BATCH_SIZE, (index + 1) * BATCH_SIZE),
  );
  const live = new Set<SessionHandle>();
  await concurrently(READS_AT_ONCE, batches, async (batch) => {
    const items = await db.batchGet(table, batch.map(rowKey), consistent, ['pk', 'expiry']);
    const unexpired = items.filter(({ expiry }) => (expiry as Millis) > now);
    for (const { pk } of unexpired) live.add(String(pk).slice(ROW_PREFIX.length) as SessionHandle);
  });
  return live;
}

/** Ten thousand sessions take a hundred reads. One after the other, they would take a second on AWS. */
const READS_AT_ONCE = 16;

/** As many index items are read at once as one step of those reads needs. */
const INDEX_PAGE = READS_AT_ONCE * BATCH_SIZE;

/** Of a creation whose row was not acknowledged. */
const CREATION_RETRIES = 2;

/** Before the handle, in the key of a session's own item. */
export const ROW_PREFIX = 'session#';
/** The other half of that key. */
export const ROW_SORT_KEY = 'session';
/** Far longer than any handle there is. */
const MAX_HANDLE_LENGTH = 500;

/** What DynamoDB refuses as a key is changed into one that it takes; no session has either. */
export const rowKey = (handle: SessionHandle): Key => ({
  pk: `${ROW_PREFIX}${handle.slice(0, MAX_HANDLE_LENGTH).toWellFormed()}`,
  sk: ROW_SORT_KEY,
});

/** The key of the item that lists a session by its user. */
export const listingKey = (userId: UserId, handle: SessionHandle) => ({ pk: `user#${userId}`, sk: handle });

/** The item that lists a session by its user. */
export const listingItem = (
  { userId, recipeUserId, handle }: Pick<SessionRow, 'userId' | 'recipeUserId' | 'handle'>,
  until: Millis,
): Item => ({
  ...listingKey(userId, handle),
  ...(recipeUserId !== undefined && { recipeUserId }),
  listedUntil: until,
  ttl: ttlOf(until),
});

const ifUnexpiredWithin = (room: number, other: ContentName, now: Millis): Condition => ({
  // Rows from before sizes were kept have none.
  expression: '#ifExpiry > :ifNow AND (attribute_not_exists(#ifBytes) OR #ifBytes <= :ifRoom)',
  names: { '#ifExpiry': 'expiry', '#ifBytes': sizeAttribute(other) },
  values: { ':ifNow': now, ':ifRoom': room },
});

const ifStored = ({ expression, names, values }: Condition, name: ContentName, expected: JsonObject): Condition => ({
  expression: `${expression} AND #ifContent = :ifContent`,
  names: { ...names, '#ifContent': name },
  values: { ...values, ':ifContent': JSON.stringify(expected) },
});

const ifCurrent = (current: Hash2, now: Millis): Condition => ({
  expression: '#ifCurrent = :ifCurrent AND #ifExpiry > :ifNow',
  names: { '#ifCurrent': 'current', '#ifExpiry': 'expiry' },
  values: { ':ifCurrent': packHash(current), ':ifNow': now },
});

function rotationAttributes(change: RotationChange): { set: Item; remove: string[] } {
  const attributes: Record<string, Item[string] | undefined> = {
    current: packHash(change.current),
    prev: change.prev === undefined ? undefined : packHash(change.prev),
    rotatedAt: change.rotatedAt,
    retired: change.retired.length === 0 ? undefined : packRetired(change.retired),
    expiry: change.expiry,
    listedUntil: change.listedUntil,
    staticKey: change.useStaticKey ? true : undefined,
    ttl: ttlOf(change.expiry),
  };
  const isSet = (entry: [string, Item[string] | undefined]): entry is [string, Item[string]] => entry[1] !== undefined;
  const entries = Object.entries(attributes);
  return {
    set: Object.fromEntries(entries.filter(isSet)),
    remove: entries.filter((entry) => !isSet(entry)).map(([name]) => name),
  };
}

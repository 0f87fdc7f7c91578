import { mayBeDone, pauseBeforeRetry } from '../../../../dynamodb/call.ts';
import type { Condition, Item, Update } from '../../../../dynamodb/client.ts';
import { IF_NEW, IF_THERE } from '../../../../dynamodb/conditions.ts';
import type { DynamoDbTable } from '../../../../dynamodb/dynamodb-table.ts';
import { ItemTooLarge } from '../../../errors.ts';
import type { Hash2, Millis, SessionHandle } from '../../../types.ts';
import type { SessionRow } from '../../rules/row.ts';
import type { AnotherRow, RotationChange, SessionStore } from '../session-store.ts';
import { contentBytes, fromItem, MAX_CONTENT_BYTES, packHash, packRetired, toItem, ttlOf } from './row-item.ts';
import { setContent } from './session-content.ts';
import { listingItem, listingKey, rowKey } from './session-keys.ts';
import { listIndexed, listLive, liveAmong } from './session-lists.ts';

/**
 * Sessions in one table: an item per session, and an index item per session under its user. The index item is written with
 * the session and kept at least as long. So a strongly consistent query finds every session whose creation has returned.
 */
export function createSessionTable(table: DynamoDbTable): SessionStore {
  return {
    async create(row, another) {
      if (contentBytes(row.payload) + contentBytes(row.data) > MAX_CONTENT_BYTES) throw new ItemTooLarge();
      return putSession(table, row, another);
    },
    get: (handle) => get(table, handle),
    async rotate(row, change, now) {
      const isLonger = change.listedUntil > row.listedUntil;
      if (isLonger && !(await extendListing(table, row, change.listedUntil))) return undefined;
      return update(table, row.handle, { ...rotationAttributes(change), condition: ifCurrent(row.current, now) });
    },
    async setSigningKey(handle, expected, useStaticKey, now) {
      const change = useStaticKey ? { set: { staticKey: true } } : { remove: ['staticKey'] };
      return (await update(table, handle, { ...change, condition: ifCurrent(expected, now) })) !== undefined;
    },
    setPayload: (handle, content, now, expected) =>
      setContent(table, handle, { name: 'payload', content, expected }, now),
    async setData(handle, content, now) {
      return (await setContent(table, handle, { name: 'data', content }, now)) !== undefined;
    },
    async delete(handle, now) {
      const row = await remove(table, handle);
      return row !== undefined && row.expiry > now;
    },
    list: (userId, now, recipeUserId) => listLive(table, userId, now, recipeUserId),
    listIndexed: (userId, request) => listIndexed(table, userId, request),
    findLive: (handles, now) => liveAmong(table, handles, now, true),
  };
}

async function get(table: DynamoDbTable, handle: SessionHandle): Promise<SessionRow | undefined> {
  const item = await table.get(rowKey(handle));
  return item === undefined ? undefined : fromItem(handle, item);
}

async function update(table: DynamoDbTable, handle: SessionHandle, change: Update): Promise<SessionRow | undefined> {
  const item = await table.update(rowKey(handle), change);
  return item === undefined ? undefined : fromItem(handle, item);
}

/** @returns the row as it was; `undefined` if there was none */
async function remove(table: DynamoDbTable, handle: SessionHandle): Promise<SessionRow | undefined> {
  const item = await table.delete(rowKey(handle));
  if (item === undefined) return undefined;
  const row = fromItem(handle, item);
  await table.delete(listingKey(row.userId, handle));
  return row;
}

/** @returns `false` if there is a row of that handle */
const putRow = (table: DynamoDbTable, row: SessionRow): Promise<boolean> =>
  table.put({ ...rowKey(row.handle), ...toItem(row) }, IF_NEW, 'if-not-done');

const putListing = (table: DynamoDbTable, row: SessionRow, until: Millis): Promise<boolean> =>
  table.put(listingItem(row, until));

/** @returns whether the session still is listed at least until then */
async function extendListing(table: DynamoDbTable, row: SessionRow, until: Millis): Promise<boolean> {
  const set = { listedUntil: until, ttl: ttlOf(until) };
  const key = listingKey(row.userId, row.handle);
  const extended = await table.update(key, { set, condition: IF_THERE });
  if (extended !== undefined) return true;
  // A session without its index item is revoked, or damaged. A damaged one is repaired.
  return (await get(table, row.handle)) !== undefined && putListing(table, row, until);
}

/** Of a creation whose row was not acknowledged. */
const CREATION_RETRIES = 2;

/**
 * Writes the row and its index item together, and returns when both are there. A row whose put was not answered may be
 * there, be revoked just now, or come late. If the row were put again under its handle, that revocation could delete its
 * index item, and no list would have it. So another session takes its place.
 * @returns the row that was put
 */
async function putSession(
  table: DynamoDbTable,
  row: SessionRow,
  another?: AnotherRow,
  repeated = 0,
): Promise<SessionRow> {
  const [listed, put] = await Promise.allSettled([putListing(table, row, row.listedUntil), putRow(table, row)]);
  const failed = [put, listed].find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
  if (put.status === 'fulfilled' && failed === undefined) {
    // Handles are random, so a row that exists already is our own, and its creation was requested twice.
    if (put.value || (await get(table, row.handle))?.current === row.current) return row;
    throw new Error(`The session handle ${row.handle} is taken`);
  }
  // No client has its tokens.
  if (put.status === 'fulfilled' ? put.value : mayBeDone(put.reason)) await remove(table, row.handle);
  const isLast = another === undefined || !mayBeDone(failed?.reason) || repeated >= CREATION_RETRIES;
  if (isLast || !(await pauseBeforeRetry(repeated))) throw failed?.reason;
  return putSession(table, await another(), another, repeated + 1);
}

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

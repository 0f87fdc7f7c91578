import { setTimeout as sleep } from 'node:timers/promises';
import { ItemTooLarge, StoreUnavailable } from '../../lib/core/errors.ts';
import { MAX_RETIRED, type SessionRow } from '../../lib/core/session/rules/row.ts';
import { contentBytes, MAX_CONTENT_BYTES } from '../../lib/core/session/store/dynamodb/row-item.ts';
import type { SessionStore } from '../../lib/core/session/store/session-store.ts';
import { createDynamoDbStore } from '../../lib/core/store/dynamodb/index.ts';
import type { JsonObject, SessionHandle, UserId } from '../../lib/core/types.ts';
import type { DynamoDb } from '../../lib/dynamodb/client.ts';
import { DynamoDbError } from '../../lib/dynamodb/errors.ts';
import { connectTestDatabase } from '../fixtures/core.ts';
import { indexedHandles } from '../fixtures/session-index.ts';
import {
  CREATED_AT,
  DAY,
  someChange,
  someHandle,
  someHash,
  someRetired,
  someRow,
  someUser,
} from '../fixtures/session-row.ts';
import { type DbCall, interceptDb, pausingDb, recordingDb } from '../fixtures/store-wrappers.ts';
import type { Database, Endpoint } from './targets.ts';

const NOW = CREATED_AT + DAY;

/** As much as a session may have, some of it in characters of three bytes. */
function fullContent() {
  const payload = { a: 1 };
  const withText = (text: string) => ({ text });
  const data = withText('€'.repeat(1000));
  const left = MAX_CONTENT_BYTES - contentBytes(payload) - contentBytes(data);
  return { payload, data: withText(data.text + 'x'.repeat(left)) };
}

/** More than the 400 KB that DynamoDB allows an item. */
const TOO_LARGE = { text: 'x'.repeat(400 * 1024) };

/** JSON with everything that a careless store would lose or change. */
const AWKWARD = JSON.parse(`{
  "__proto__": { "polluted": true }, "constructor": { "prototype": null }, "toString": "text",
  "null": null, "nested": [null, [], {}, [{ "deep": [false] }]], "": "", "empty": "",
  "имя": "Ünïcødé 🦄 \\u0000 \\u2028", "loneSurrogate": "\\ud800", "quotes": "\\"'\\\\\\n",
  "numbers": [0, -1, 0.1, 1e21, 9007199254740991, 5e-324]
}`) as JsonObject;

const FULL_ROW = (): SessionRow =>
  someRow({
    userId: `José ‮🦄/#" ${someUser()}` as UserId,
    prev: someHash(),
    rotatedAt: CREATED_AT + 5,
    retired: [someRetired(), { ...someRetired(), antiCsrf: false }, someRetired(), someRetired()],
    payload: AWKWARD,
    data: { ...AWKWARD, theirs: 'data' },
    createdAt: CREATED_AT,
    expiry: CREATED_AT + 1,
    listedUntil: CREATED_AT + 2,
    useStaticKey: true,
  });

/** `put user` for an item of the index, `put session` for a row. */
const nameOf = ({ operation, pk }: DbCall): string => `${operation} ${pk.split('#')[0]}`;

/** What SessionStore promises in lib/core/session/store/session-store.ts. */
export function describeSessionStore(endpoint: Endpoint): void {
  let database: Database;
  let sessions: SessionStore;

  beforeAll(async () => {
    database = await connectTestDatabase(await endpoint());
    sessions = database.store.sessions;
  });

  const sessionsOn = (db: DynamoDb): SessionStore => createDynamoDbStore(db, database.tables).sessions;

  const create = async (members: Partial<SessionRow> = {}): Promise<SessionRow> => {
    const row = someRow(members);
    await sessions.create(row);
    return row;
  };

  /** The calls that an action makes, in order, each with the kind of item that it is about. */
  const callsOf = async (action: (recorded: SessionStore) => Promise<unknown>): Promise<string[]> => {
    const { db, calls } = recordingDb(database.db);
    await action(sessionsOn(db));
    return calls.map(nameOf);
  };

  /** Sessions whose first call of that name waits. */
  const pausingAt = (name: string) => {
    const { db, ...pause } = pausingDb(database.db, (call) => nameOf(call) === name);
    return { ...pause, sessions: sessionsOn(db) };
  };

  const indexKey = ({ userId, handle }: SessionRow) => ({ pk: `user#${userId}`, sk: handle });
  const isIndexed = async (row: SessionRow) => (await indexedHandles(sessions, row.userId)).includes(row.handle);

  /** A session that lost its index item, which only a fault can do. */
  const createDamaged = async (): Promise<SessionRow> => {
    const row = await create();
    await database.db.delete(database.tables.sessions, indexKey(row));
    return row;
  };

  /** An index item without a row: its creation has begun, and never ended. */
  const createHalf = async (): Promise<SessionRow> => {
    const row = someRow();
    const dying = interceptDb(database.db, async (call) => {
      if (nameOf(call) === 'put session') throw new Error('the process died');
    });
    await expect(sessionsOn(dying).create(row)).rejects.toThrow('the process died');
    return row;
  };

  describe('create and get', () => {
    test('a row comes back with every field as it was stored', async () => {
      const row = FULL_ROW();
      await sessions.create(row);
      expect(await sessions.get(row.handle)).toEqual(row);
    });

    test('a row without the optional fields comes back without them', async () => {
      const row = await create();
      expect(await sessions.get(row.handle)).toEqual(row);
    });

    test('a member named __proto__ stays a member, and changes no object', async () => {
      const { handle } = await create({ payload: AWKWARD, data: AWKWARD });
      const row = await sessions.get(handle);
      expect(Object.hasOwn(row?.payload ?? {}, '__proto__')).toBe(true);
      expect(JSON.stringify([row?.payload, row?.data])).toBe(JSON.stringify([AWKWARD, AWKWARD]));
      expect(row?.payload.polluted).toBeUndefined();
    });

    test('an unknown handle has no row', async () => {
      expect(await sessions.get(someHandle())).toBeUndefined();
    });

    test.each([
      ['empty', ''],
      ['longer than a key may be', 'x'.repeat(5000)],
      ['no text that a key may be', '\ud800'],
    ])('a handle that is %s has no row, and nothing to change', async (_what, text) => {
      const handle = text as SessionHandle;
      expect(await sessions.get(handle)).toBeUndefined();
      expect(await sessions.setPayload(handle, {}, NOW)).toBeUndefined();
      expect(await sessions.setData(handle, {}, NOW)).toBe(false);
      expect(await sessions.delete(handle, NOW)).toBe(false);
    });

    test('an expired row is returned as long as it exists', async () => {
      const row = await create({ expiry: CREATED_AT - 1 });
      expect(await sessions.get(row.handle)).toEqual(row);
    });

    test('the index item and the row are written together', async () => {
      const row = someRow();
      const slow = pausingAt('put user');
      const creation = slow.sessions.create(row);
      await slow.reached;
      while ((await sessions.get(row.handle)) === undefined) await sleep(10);
      slow.resume();
      expect(await creation).toEqual(row);
      expect(await callsOf((recorded) => recorded.create(someRow()))).toEqual(['put user', 'put session']);
    });

    test('a creation that dies without its index item returns no session, and leaves a row that no list has', async () => {
      const row = someRow();
      const dying = interceptDb(database.db, async (call) => {
        if (nameOf(call) !== 'put session') throw new Error('the process died');
      });
      await expect(sessionsOn(dying).create(row)).rejects.toThrow('the process died');
      expect(await sessions.get(row.handle)).toEqual(row);
      expect(await isIndexed(row)).toBe(false);
    });

    test.each([
      ['is rejected', new DynamoDbError('Refused', 'PutItem', 'no permission')],
      ['is not answered', new DynamoDbError('Unavailable', 'PutItem', 'no answer')],
    ])('a creation whose index item %s fails, and leaves nothing', async (_what, fault) => {
      const row = someRow();
      const faulty = interceptDb(database.db, async (call) => {
        if (nameOf(call) === 'put user') throw fault;
      });
      await expect(sessionsOn(faulty).create(row)).rejects.toThrow();
      expect(await sessions.get(row.handle)).toBeUndefined();
      expect(await isIndexed(row)).toBe(false);
    });

    test('a creation whose index item is not answered stores another session in its place', async () => {
      const row = someRow();
      const other = someRow({ userId: row.userId });
      const faulty = interceptDb(database.db, async (call) => {
        if (nameOf(call) === 'put user' && failures++ === 0) {
          throw new DynamoDbError('Unavailable', 'PutItem', 'no answer');
        }
      });
      let failures = 0;
      expect(await sessionsOn(faulty).create(row, async () => other)).toEqual(other);
      expect(await sessions.get(row.handle)).toBeUndefined();
      expect(await sessions.list(row.userId, NOW)).toEqual([other.handle]);
    });

    test('a creation that dies before its row leaves a session indexed, but not listed', async () => {
      const row = await createHalf();
      expect(await isIndexed(row)).toBe(true);
      expect(await sessions.list(row.userId, NOW)).toEqual([]);
      expect(await sessions.get(row.handle)).toBeUndefined();
    });

    test('the same creation sent again, after a lost acknowledgement, succeeds', async () => {
      const row = await create();
      await sessions.create(row);
      expect(await sessions.get(row.handle)).toEqual(row);
    });

    /** DynamoDB does the first put of a row, and its answer is lost. */
    const losingOnePut = (): DynamoDb => {
      let isLost = false;
      return {
        ...database.db,
        async put(table, item, ...rest) {
          const isPut = await database.db.put(table, item, ...rest);
          if (isLost || item.sk !== 'session') return isPut;
          isLost = true;
          throw new DynamoDbError('Unavailable', 'PutItem', 'the answer was lost');
        },
      };
    };

    test('a row whose put is not answered is deleted, and another stored in its place', async () => {
      const row = someRow();
      const other = someRow({ userId: row.userId });
      expect(await sessionsOn(losingOnePut()).create(row, async () => other)).toEqual(other);
      expect(await sessions.get(other.handle)).toEqual(other);
      expect(await sessions.get(row.handle)).toBeUndefined();
      expect(await indexedHandles(sessions, row.userId)).toEqual([other.handle]);
    });

    test('without another row, the caller learns that it is unknown whether it was stored', async () => {
      await expect(sessionsOn(losingOnePut()).create(someRow())).rejects.toBeInstanceOf(StoreUnavailable);
    });

    test('a handle that is taken is rejected, and the session that has it stays as it is', async () => {
      const row = await create();
      await expect(sessions.create(someRow({ handle: row.handle }))).rejects.toThrow('is taken');
      expect(await sessions.get(row.handle)).toEqual(row);
    });

    test('a session over 400 KB is rejected as too large', async () => {
      const row = someRow({ data: TOO_LARGE });
      await expect(sessions.create(row)).rejects.toBeInstanceOf(ItemTooLarge);
      expect(await sessions.get(row.handle)).toBeUndefined();
      expect(await sessions.list(row.userId, NOW)).toEqual([]);
    });

    test('a session as large as may be is stored, and can be refreshed whatever that adds', async () => {
      const userId = someUser().padEnd(2000, 'u') as UserId;
      const row = await create({ ...fullContent(), userId });
      expect(await sessions.get(row.handle)).toEqual(row);
      const retired = Array.from({ length: MAX_RETIRED }, someRetired);
      const change = someChange(row, { retired, listedUntil: row.listedUntil + 1, useStaticKey: true });
      expect(await sessions.rotate(row, change, NOW)).toEqual({ ...row, ...change });
    });

    test('a session one byte larger is rejected before anything is written', async () => {
      const { payload, data } = fullContent();
      const row = someRow({ payload: { ...payload, a: 12 }, data });
      await expect(sessions.create(row)).rejects.toBeInstanceOf(ItemTooLarge);
      expect(await isIndexed(row)).toBe(false);
    });
  });

  describe('rotate', () => {
    test('every attribute of the change is stored, and the row after the write returned', async () => {
      const row = await create({ payload: { a: 1 }, data: AWKWARD });
      const change = someChange(row, {
        retired: [someRetired()],
        listedUntil: row.listedUntil + 1,
        useStaticKey: true,
      });
      const rotated = await sessions.rotate(row, change, NOW);
      expect(rotated).toEqual({ ...row, ...change });
      expect(await sessions.get(row.handle)).toEqual(rotated);
    });

    test('what the change does not have is removed from the row', async () => {
      const row = FULL_ROW();
      await sessions.create(row);
      const change = someChange(row, { prev: undefined, rotatedAt: undefined, useStaticKey: false });
      const rotated = await sessions.rotate(row, change, CREATED_AT);
      expect(rotated).toEqual({ ...row, ...change, retired: [] });
      expect(await sessions.get(row.handle)).toEqual(rotated);
    });

    test('claims and data that changed since the row was read are kept, and returned', async () => {
      const row = await create();
      await sessions.setPayload(row.handle, { newer: true }, NOW);
      await sessions.setData(row.handle, { newer: 'too' }, NOW);
      const rotated = await sessions.rotate(row, someChange(row), NOW);
      expect(rotated).toMatchObject({ payload: { newer: true }, data: { newer: 'too' } });
    });

    test('it is rejected if the live token has changed', async () => {
      const row = await create();
      const first = await sessions.rotate(row, someChange(row), NOW);
      expect(await sessions.rotate(row, someChange(row), NOW)).toBeUndefined();
      expect(await sessions.get(row.handle)).toEqual(first);
    });

    test('it is rejected from the moment of expiry on', async () => {
      const row = await create();
      for (const late of [0, 1, DAY]) {
        expect(await sessions.rotate(row, someChange(row), row.expiry + late)).toBeUndefined();
      }
      expect(await sessions.get(row.handle)).toEqual(row);
      expect(await sessions.rotate(row, someChange(row), row.expiry - 1)).toBeDefined();
    });

    test.each([
      ['as it is', 0],
      ['to be extended', 1],
    ])('it is refused for a deleted session, its index item %s, and brings nothing back', async (_what, longer) => {
      const row = await create();
      await sessions.delete(row.handle, NOW);
      const change = someChange(row, { listedUntil: row.listedUntil + longer });
      expect(await sessions.rotate(row, change, NOW)).toBeUndefined();
      expect(await sessions.get(row.handle)).toBeUndefined();
      expect(await isIndexed(row)).toBe(false);
    });

    test('the index item is extended first, by a change that would outlive it', async () => {
      const row = await create();
      const change = someChange(row, { listedUntil: row.listedUntil + 1 });
      const calls = await callsOf((recorded) => recorded.rotate(row, change, NOW));
      expect(calls).toEqual(['update user', 'update session']);
      const item = await database.db.get(database.tables.sessions, indexKey(row));
      expect(item).toMatchObject({ listedUntil: change.listedUntil, ttl: Math.ceil(change.listedUntil / 1000) });
    });

    test('the index item is left alone by a change that does not outlive it', async () => {
      const row = await create();
      expect(await callsOf((recorded) => recorded.rotate(row, someChange(row), NOW))).toEqual(['update session']);
    });

    test('a session without its index item is listed again once that is extended', async () => {
      const row = await createDamaged();
      expect(await sessions.list(row.userId, NOW)).toEqual([]);
      const change = someChange(row, { listedUntil: row.listedUntil + 1 });
      expect(await sessions.rotate(row, change, NOW)).toBeDefined();
      expect(await sessions.list(row.userId, NOW)).toEqual([row.handle]);
    });

    test('a session revoked between the extension of its index item and its own write stays away', async () => {
      const row = await create();
      const slow = pausingAt('update session');
      const rotation = slow.sessions.rotate(row, someChange(row, { listedUntil: row.listedUntil + 1 }), NOW);
      await slow.reached;
      expect(await sessions.delete(row.handle, NOW)).toBe(true);
      slow.resume();
      expect(await rotation).toBeUndefined();
      expect(await sessions.get(row.handle)).toBeUndefined();
      expect(await isIndexed(row)).toBe(false);
    });

    test('a damaged session that is revoked during its repair stays revoked, and is not listed', async () => {
      const row = await createDamaged();
      const slow = pausingAt('put user');
      const rotation = slow.sessions.rotate(row, someChange(row, { listedUntil: row.listedUntil + 1 }), NOW);
      await slow.reached;
      expect(await sessions.delete(row.handle, NOW)).toBe(true);
      slow.resume();
      expect(await rotation).toBeUndefined();
      expect(await sessions.get(row.handle)).toBeUndefined();
      expect(await sessions.list(row.userId, NOW)).toEqual([]);
    });

    test('a row that no longer fits into an item is rejected as too large', async () => {
      const row = await create(fullContent());
      const change = someChange(row, { retired: Array.from({ length: 100 }, someRetired) });
      await expect(sessions.rotate(row, change, NOW)).rejects.toBeInstanceOf(ItemTooLarge);
      expect(await sessions.get(row.handle)).toEqual(row);
    });
  });

  describe('setSigningKey', () => {
    test.each([
      ['static', true],
      ['dynamic', false],
    ])('the %s key is stored, and nothing else changes', async (_kind, useStaticKey) => {
      const row = await create({ ...FULL_ROW(), expiry: CREATED_AT + DAY, useStaticKey: !useStaticKey });
      expect(await sessions.setSigningKey(row.handle, row.current, useStaticKey, CREATED_AT)).toBe(true);
      expect(await sessions.get(row.handle)).toEqual({ ...row, useStaticKey });
    });

    test('a choice that the row already has is stored again', async () => {
      const row = await create({ useStaticKey: false });
      expect(await sessions.setSigningKey(row.handle, row.current, false, NOW)).toBe(true);
      expect(await sessions.get(row.handle)).toEqual(row);
    });

    test('it is rejected if another token is the live one', async () => {
      const row = await create();
      expect(await sessions.setSigningKey(row.handle, someHash(), true, NOW)).toBe(false);
      expect(await sessions.get(row.handle)).toEqual(row);
    });

    test('it is rejected from the moment of expiry on', async () => {
      const row = await create();
      expect(await sessions.setSigningKey(row.handle, row.current, true, row.expiry)).toBe(false);
      expect(await sessions.setSigningKey(row.handle, row.current, true, row.expiry - 1)).toBe(true);
    });

    test('it is rejected for a deleted session, and restores nothing', async () => {
      const row = await create();
      await sessions.delete(row.handle, NOW);
      expect(await sessions.setSigningKey(row.handle, row.current, true, NOW)).toBe(false);
      expect(await sessions.get(row.handle)).toBeUndefined();
    });
  });

  describe('setPayload and setData', () => {
    test('new claims are stored, nothing else changes, and the row after the write is returned', async () => {
      const row = await create({ ...FULL_ROW(), expiry: CREATED_AT + DAY, payload: {} });
      const written = await sessions.setPayload(row.handle, AWKWARD, CREATED_AT);
      expect(written).toEqual({ ...row, payload: AWKWARD });
      expect(await sessions.get(row.handle)).toEqual(written);
    });

    test('new data are stored, and nothing else changes', async () => {
      const row = await create({ ...FULL_ROW(), expiry: CREATED_AT + DAY, data: {} });
      expect(await sessions.setData(row.handle, AWKWARD, CREATED_AT)).toBe(true);
      expect(await sessions.get(row.handle)).toEqual({ ...row, data: AWKWARD });
    });

    test('claims that another request has changed are not replaced by one that expects them as they were', async () => {
      const row = await create({ payload: AWKWARD });
      expect(await sessions.setPayload(row.handle, { a: 1 }, NOW, AWKWARD)).toEqual({ ...row, payload: { a: 1 } });
      expect(await sessions.setPayload(row.handle, { a: 2 }, NOW, AWKWARD)).toBeUndefined();
      expect(await sessions.setPayload(someHandle(), { a: 2 }, NOW, AWKWARD)).toBeUndefined();
      expect(await sessions.get(row.handle)).toEqual({ ...row, payload: { a: 1 } });
      await expect(sessions.setPayload(row.handle, TOO_LARGE, NOW, { a: 1 })).rejects.toBeInstanceOf(ItemTooLarge);
    });

    test('both are rejected from the moment of expiry on', async () => {
      const row = await create();
      expect(await sessions.setPayload(row.handle, { late: true }, row.expiry)).toBeUndefined();
      expect(await sessions.setData(row.handle, { late: true }, row.expiry)).toBe(false);
      expect(await sessions.get(row.handle)).toEqual(row);
      expect(await sessions.setPayload(row.handle, {}, row.expiry - 1)).toBeDefined();
      expect(await sessions.setData(row.handle, {}, row.expiry - 1)).toBe(true);
    });

    test('both are rejected for a session that is not there, and make none', async () => {
      const handle = someHandle();
      expect(await sessions.setPayload(handle, {}, NOW)).toBeUndefined();
      expect(await sessions.setData(handle, {}, NOW)).toBe(false);
      expect(await sessions.get(handle)).toBeUndefined();
    });

    test('a session may grow to what can be refreshed, in bytes of UTF-8, and not a byte further', async () => {
      const { payload, data } = fullContent();
      const row = await create({ payload });
      expect(await sessions.setData(row.handle, data, NOW)).toBe(true);
      const larger = { ...payload, a: 12 };
      await expect(sessions.setPayload(row.handle, larger, NOW)).rejects.toBeInstanceOf(ItemTooLarge);
      await expect(sessions.setData(row.handle, { ...data, b: 34 }, NOW)).rejects.toBeInstanceOf(ItemTooLarge);
      expect(await sessions.get(row.handle)).toEqual({ ...row, data });
      expect(await sessions.setData(row.handle, {}, NOW)).toBe(true);
      expect(await sessions.setPayload(row.handle, larger, NOW)).toMatchObject({ payload: larger, data: {} });
    });

    test('what makes a session larger than 400 KB is rejected as too large, and changes nothing', async () => {
      const row = await create();
      await expect(sessions.setPayload(row.handle, TOO_LARGE, NOW)).rejects.toBeInstanceOf(ItemTooLarge);
      await expect(sessions.setData(row.handle, TOO_LARGE, NOW)).rejects.toBeInstanceOf(ItemTooLarge);
      expect(await sessions.get(row.handle)).toEqual(row);
    });
  });

  describe('delete', () => {
    test('a session is gone, and no longer indexed', async () => {
      const row = await create();
      expect(await sessions.delete(row.handle, NOW)).toBe(true);
      expect(await sessions.get(row.handle)).toBeUndefined();
      expect(await isIndexed(row)).toBe(false);
    });

    test('the row is deleted first, then its index item', async () => {
      const { handle } = await create();
      expect(await callsOf((recorded) => recorded.delete(handle, NOW))).toEqual(['delete session', 'delete user']);
    });

    test('of a session that is not there nothing is deleted', async () => {
      expect(await sessions.delete(someHandle(), NOW)).toBe(false);
      expect(await callsOf((recorded) => recorded.delete(someHandle(), NOW))).toEqual(['delete session']);
    });

    test('a session that has expired is deleted, but was not there to be revoked', async () => {
      const row = await create();
      expect(await sessions.delete(row.handle, row.expiry)).toBe(false);
      expect(await sessions.get(row.handle)).toBeUndefined();
      expect(await isIndexed(row)).toBe(false);
    });

    test('of two deletions one after the other, the first has deleted it', async () => {
      const { handle } = await create();
      expect(await sessions.delete(handle, NOW)).toBe(true);
      expect(await sessions.delete(handle, NOW)).toBe(false);
    });

    test('of many deletions at once, one has deleted it', async () => {
      const row = await create();
      const deletions = await Promise.all(Array.from({ length: 10 }, () => sessions.delete(row.handle, NOW)));
      // DynamoDB Local sometimes returns the old item to several callers. DynamoDB itself does not.
      expect(deletions).toContain(true);
      expect(await sessions.get(row.handle)).toBeUndefined();
      expect(await isIndexed(row)).toBe(false);
    });

    test("a user's other sessions stay", async () => {
      const row = await create();
      const other = await create({ userId: row.userId });
      await sessions.delete(row.handle, NOW);
      expect(await sessions.list(row.userId, NOW)).toEqual([other.handle]);
      expect(await sessions.get(other.handle)).toEqual(other);
    });

    test('a session that is just being created stays indexed, and the next deletion finds it', async () => {
      const row = someRow();
      const slow = pausingAt('put session');
      const creation = slow.sessions.create(row);
      await slow.reached;
      while (!(await isIndexed(row))) await sleep(10);
      expect(await sessions.delete(row.handle, NOW)).toBe(false);
      slow.resume();
      await creation;
      expect(await sessions.list(row.userId, NOW)).toEqual([row.handle]);
      expect(await sessions.delete(row.handle, NOW)).toBe(true);
      expect(await indexedHandles(sessions, row.userId)).toEqual([]);
    });
  });

  describe('list, listIndexed and findLive', () => {
    const sorted = (handles: readonly SessionHandle[]) => [...handles].sort();

    test('a user without sessions has none listed', async () => {
      const nobody = someUser();
      expect(await sessions.list(nobody, NOW)).toEqual([]);
      expect(await indexedHandles(sessions, nobody)).toEqual([]);
    });

    test("all of a user's sessions are listed, and no one else's", async () => {
      const [mine, theirs] = [someUser(), someUser()];
      const handles = [await create({ userId: mine }), await create({ userId: mine })].map(({ handle }) => handle);
      await create({ userId: theirs });
      expect(sorted(await sessions.list(mine, NOW))).toEqual(sorted(handles));
      expect(sorted(await indexedHandles(sessions, mine))).toEqual(sorted(handles));
    });

    test('sessions of one login method of a user are listed apart, and the index names the login method', async () => {
      const [primary, linked] = [someUser(), someUser()];
      const own = await create({ userId: primary });
      const other = await create({ userId: primary, recipeUserId: linked });
      expect(await sessions.get(other.handle)).toEqual(other);
      expect(sorted(await sessions.list(primary, NOW))).toEqual(sorted([own.handle, other.handle]));
      expect(await sessions.list(primary, NOW, primary)).toEqual([own.handle]);
      expect(await sessions.list(primary, NOW, linked)).toEqual([other.handle]);
      const { sessions: indexed } = await sessions.listIndexed(primary, { limit: 9 });
      const methods = new Map(indexed.map(({ handle, recipeUserId }) => [handle, recipeUserId]));
      expect(methods).toEqual(
        new Map([
          [own.handle, undefined],
          [other.handle, linked],
        ]),
      );
    });

    test('user ids that only resemble each other are kept apart', async () => {
      const base = someUser();
      const alike = ['', '#', '#a', ' ', 'A', 'a', 'é', 'e\u0301', '\u0000', '%61', '\ufffd'];
      const users = alike.map((ending) => `${base}${ending}` as UserId);
      const rows = await Promise.all(users.map((userId) => create({ userId })));
      const listed = await Promise.all(users.map((userId) => sessions.list(userId, NOW)));
      expect(listed).toEqual(rows.map(({ handle }) => [handle]));
    });

    test('an expired session is not listed, from the moment of expiry on, but is indexed', async () => {
      const { userId, handle, expiry } = await create();
      expect(await sessions.list(userId, expiry - 1)).toEqual([handle]);
      expect(await sessions.list(userId, expiry)).toEqual([]);
      expect(await indexedHandles(sessions, userId)).toEqual([handle]);
    });

    test('an index item without a row is not listed, but is indexed', async () => {
      const { userId, handle } = await createHalf();
      const { handle: whole } = await create({ userId });
      expect(await sessions.list(userId, NOW)).toEqual([whole]);
      expect(sorted(await indexedHandles(sessions, userId))).toEqual(sorted([handle, whole]));
    });

    test('pages of the index have each session once, in the order of their handles, and when it is listed until', async () => {
      const userId = someUser();
      const rows = [await create({ userId }), await create({ userId }), await create({ userId })];
      const inOrder = rows.toSorted((a, b) => (a.handle < b.handle ? -1 : 1));
      const listed = inOrder.map(({ handle, listedUntil }) => ({ handle, listedUntil }));
      const first = await sessions.listIndexed(userId, { limit: 2 });
      expect(first).toEqual({ sessions: listed.slice(0, 2), next: inOrder[1]?.handle });
      const last = await sessions.listIndexed(userId, { limit: 9, after: first.next });
      expect(last).toEqual({ sessions: listed.slice(2), next: undefined });
    });

    test('of named handles those are live that have an unexpired row', async () => {
      const [row, half] = [await create(), await createHalf()];
      const handles = [row.handle, half.handle, someHandle()];
      expect(await sessions.findLive(handles, row.expiry - 1)).toEqual(new Set([row.handle]));
      expect(await sessions.findLive(handles, row.expiry)).toEqual(new Set());
      expect(await sessions.findLive([], NOW)).toEqual(new Set());
    });

    test('a session that an eventually consistent read does not see yet is listed', async () => {
      const { userId, handle } = await create();
      const blind: DynamoDb = {
        ...database.db,
        batchGet: async (table, keys, consistent, attributes) =>
          consistent ? database.db.batchGet(table, keys, true, attributes) : [],
      };
      expect(await sessionsOn(blind).list(userId, NOW)).toEqual([handle]);
    });

    test('a session whose index item is past its own time is listed as long as the session lives', async () => {
      const { userId, handle } = await create({ listedUntil: CREATED_AT });
      expect(await sessions.list(userId, NOW)).toEqual([handle]);
    });
  });
}

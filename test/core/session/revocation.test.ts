import { setTimeout as sleep } from 'node:timers/promises';
import { createDynamoDbStore } from '../../../lib/core/store/dynamodb/index.ts';
import type { SessionHandle, UserId } from '../../../lib/core/types.ts';
import type { DynamoDb, Item } from '../../../lib/dynamodb/client.ts';
import {
  createSession,
  hash2,
  IN_PROCESS,
  infoOf,
  OVER_HTTP,
  refresh,
  refreshed,
  revoke,
  revokeAllOf,
  sessionsOf,
} from '../../fixtures/cdi-session.ts';
import { makeTestCore, startTestDatabase, type TestCore, type TestDatabase } from '../../fixtures/core.ts';
import { indexedHandles } from '../../fixtures/session-index.ts';
import { type DbCall, pausingDb, recordingDb } from '../../fixtures/store-wrappers.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const DAY = 86_400_000;
const VALIDITY = 100 * DAY;
const LONG_LIVED = { ...IN_PROCESS, refreshTokenValidity: VALIDITY };

const makeCore = (): TestCore => makeTestCore(database.store, LONG_LIVED);

/** Another process of the same installation, on a DynamoDB that a test has a hand in. */
const coreOn = (db: DynamoDb, { clock }: TestCore): TestCore =>
  makeTestCore(createDynamoDbStore(db, database.tables), LONG_LIVED, clock);

const rowKey = (handle: SessionHandle) => ({ pk: `session#${handle}`, sk: 'session' });
const listingKey = (userId: string, handle: SessionHandle) => ({ pk: `user#${userId}`, sk: handle });

const rowItem = (handle: SessionHandle): Promise<Item | undefined> =>
  database.db.get(database.tables.sessions, rowKey(handle));
const listingItem = (userId: string, handle: SessionHandle): Promise<Item | undefined> =>
  database.db.get(database.tables.sessions, listingKey(userId, handle));

const onRow = (operation: DbCall['operation']) => (call: DbCall) =>
  call.operation === operation && call.pk.startsWith('session#');
const onListing = (operation: DbCall['operation']) => (call: DbCall) =>
  call.operation === operation && call.pk.startsWith('user#');

/** Waits for the index item of a user's only session, which is just being created. */
async function untilListed(userId: string): Promise<void> {
  while ((await indexedHandles(database.store.sessions, userId as UserId)).length === 0) await sleep(10);
}

/** Of the session table: a key that is due may be made in the background. */
const writesAmong = (calls: readonly DbCall[]): string[] =>
  calls
    .filter(({ operation, pk }) => ['put', 'update', 'delete'].includes(operation) && pk.includes('#'))
    .map(({ operation, pk }) => `${operation} ${pk.split('#')[0]}`);

describe('rule 8: revoking', () => {
  test('deletes the row first, then its index item', async () => {
    const core = makeCore();
    const session = await createSession(core, { userId: 'order' });
    const { db, calls } = recordingDb(database.db);
    await revoke(coreOn(db, core), session.handle);
    expect(writesAmong(calls)).toEqual(['delete session', 'delete user']);
    expect(await rowItem(session.handle)).toBeUndefined();
    expect(await listingItem('order', session.handle)).toBeUndefined();
  });

  test('deletes no index item if there was no row', async () => {
    const core = makeCore();
    const { db, calls } = recordingDb(database.db);
    await revoke(coreOn(db, core), '7a4d6f0e-0000-4000-8000-000000000000');
    expect(writesAmong(calls)).toEqual(['delete session']);
  });

  test('a second time revokes nothing', async () => {
    const core = makeCore();
    const session = await createSession(core);
    expect(await revoke(core, session.handle)).toMatchObject({ sessionHandlesRevoked: [session.handle] });
    expect(await revoke(core, session.handle)).toMatchObject({ sessionHandlesRevoked: [] });
  });

  test('between the two deletions the session is not listed', async () => {
    const core = makeCore();
    const session = await createSession(core, { userId: 'between' });
    const { db, reached, resume } = pausingDb(database.db, onListing('delete'));
    const pending = revoke(coreOn(db, core), session.handle);
    await reached;
    expect(await sessionsOf(core, 'between')).toEqual([]);
    resume();
    await pending;
  });

  test('every session whose creation was acknowledged before is gone once "revoke all" returns', async () => {
    const core = makeCore();
    const sessions = await Promise.all(Array.from({ length: 40 }, () => createSession(core, { userId: 'many' })));
    const other = await createSession(core, { userId: 'another' });
    const { sessionHandlesRevoked } = await revokeAllOf(core, 'many');
    expect([...(sessionHandlesRevoked as string[])].sort()).toEqual(sessions.map(({ handle }) => handle).sort());
    for (const { handle, refreshToken } of sessions.slice(0, 5)) {
      expect(await infoOf(core, handle)).toMatchObject({ status: 'UNAUTHORISED' });
      expect(await refresh(core, refreshToken)).toMatchObject({ status: 'UNAUTHORISED' });
    }
    expect(await sessionsOf(core, 'many')).toEqual([]);
    expect(await infoOf(core, other.handle)).toMatchObject({ status: 'OK' });
  });
});

describe('rule 8: creating against revoking all', () => {
  test.each([
    ['index item', onListing('put')],
    ['session', onRow('put')],
  ])('a creation returns no tokens before the %s is written', async (_what, part) => {
    const core = makeCore();
    const { db, reached, resume } = pausingDb(database.db, part);
    const pending = createSession(coreOn(db, core));
    await reached;
    expect(await Promise.race([pending, sleep(200, 'it waits')])).toBe('it waits');
    resume();
    const { userId, handle } = await pending;
    expect(await sessionsOf(core, userId)).toContain(handle);
  });

  test('a session being created meanwhile stays listed, and a second "revoke all" finds it', async () => {
    const core = makeCore();
    await createSession(core, { userId: 'racing-1' });
    const { db, reached, resume } = pausingDb(database.db, onRow('put'));
    const pending = createSession(coreOn(db, core), { userId: 'racing-1' });
    await reached;
    await revokeAllOf(core, 'racing-1');
    resume();
    const { handle, refreshToken } = await pending;
    expect(await sessionsOf(core, 'racing-1')).toEqual([handle]);
    expect(await revokeAllOf(core, 'racing-1')).toMatchObject({ sessionHandlesRevoked: [handle] });
    expect(await refresh(core, refreshToken)).toMatchObject({ status: 'UNAUTHORISED' });
    expect(await sessionsOf(core, 'racing-1')).toEqual([]);
  });

  test('one whose row is written only after "revoke all" has read the index is revoked by it', async () => {
    const core = makeCore();
    const creating = pausingDb(database.db, onRow('put'));
    const revoking = pausingDb(database.db, onRow('delete'));
    const creation = createSession(coreOn(creating.db, core), { userId: 'racing-4' });
    await creating.reached;
    await untilListed('racing-4');
    const revocation = revokeAllOf(coreOn(revoking.db, core), 'racing-4');
    await revoking.reached;
    creating.resume();
    const { handle } = await creation;
    revoking.resume();
    expect(await revocation).toMatchObject({ sessionHandlesRevoked: [handle] });
    expect(await sessionsOf(core, 'racing-4')).toEqual([]);
  });

  test('so does one whose index item was not even written', async () => {
    const core = makeCore();
    const { db, reached, resume } = pausingDb(database.db, onListing('put'));
    const pending = createSession(coreOn(db, core), { userId: 'racing-2' });
    await reached;
    await revokeAllOf(core, 'racing-2');
    resume();
    const { handle } = await pending;
    expect(await revokeAllOf(core, 'racing-2')).toMatchObject({ sessionHandlesRevoked: [handle] });
  });

  test('while its row is not written yet it is not listed', async () => {
    const core = makeCore();
    const { db, reached, resume } = pausingDb(database.db, onRow('put'));
    const pending = createSession(coreOn(db, core), { userId: 'racing-3' });
    await reached;
    expect(await sessionsOf(core, 'racing-3')).toEqual([]);
    resume();
    await pending;
  });
});

describe('rule 8: a row rolled back', () => {
  /** An attacker who can write the table puts another user into the row of a session whose token is known. */
  async function rolledBack(change: Item) {
    const core = makeCore();
    const session = await createSession(core, { userId: 'eve' });
    await database.db.update(database.tables.sessions, rowKey(session.handle), { set: change });
    return { core, session };
  }

  test("to another user's shows by the user id in the token: the live token does not refresh it", async () => {
    const { core, session } = await rolledBack({ userId: 'admin' });
    expect(await refresh(core, session.refreshToken)).toMatchObject({ status: 'UNAUTHORISED' });
    const row = await database.store.sessions.get(session.handle);
    expect(row).toMatchObject({ current: hash2(session.refreshToken), userId: 'admin' });
  });

  test("to another user's shows over HTTP, too, in every version", async () => {
    const { core, session } = await rolledBack({ userId: 'admin' });
    const overHttp = makeTestCore(database.store, OVER_HTTP, core.clock);
    for (const version of ['5.4', '5.6']) {
      expect(await refresh(overHttp, session.refreshToken, { version })).toMatchObject({ status: 'UNAUTHORISED' });
    }
  });

  test("to another user's: a retired token does not get the live one", async () => {
    const core = makeCore();
    const session = await createSession(core, { userId: 'eve' });
    await refreshed(core, session.refreshToken);
    await database.db.update(database.tables.sessions, rowKey(session.handle), { set: { userId: 'admin' } });
    expect(await refresh(core, session.refreshToken)).toMatchObject({ status: 'UNAUTHORISED' });
  });

  test("to another user's: a stale token does not end the other user's session", async () => {
    const core = makeCore();
    const session = await createSession(core, { userId: 'eve' });
    await refreshed(core, session.refreshToken);
    await database.db.update(database.tables.sessions, rowKey(session.handle), { set: { userId: 'admin' } });
    core.clock.advance(DAY);
    expect(await refresh(core, session.refreshToken)).toMatchObject({ status: 'UNAUTHORISED' });
    expect(await rowItem(session.handle)).toBeDefined();
  });
});

describe('rule 7: the lease of the index item', () => {
  const leaseOf = async (userId: string, handle: SessionHandle): Promise<number> =>
    Number((await listingItem(userId, handle))?.listedUntil);

  test('has a tenth of the validity to spare at creation', async () => {
    const core = makeCore();
    const { handle } = await createSession(core, { userId: 'lease-1' });
    expect(await leaseOf('lease-1', handle)).toBe(core.clock.time + VALIDITY + VALIDITY / 10);
  });

  test('is not touched by a refresh that would not pass it: one write', async () => {
    const core = makeCore();
    const { refreshToken } = await createSession(core);
    core.clock.advance(VALIDITY / 10);
    const { db, calls } = recordingDb(database.db);
    await refreshed(coreOn(db, core), refreshToken);
    expect(writesAmong(calls)).toEqual(['update session']);
  });

  test("is extended before the session's own write by a refresh that would pass it", async () => {
    const core = makeCore();
    const { refreshToken, handle } = await createSession(core, { userId: 'lease-2' });
    core.clock.advance(VALIDITY / 10 + 1);
    const { db, calls } = recordingDb(database.db);
    await refreshed(coreOn(db, core), refreshToken);
    expect(writesAmong(calls)).toEqual(['update user', 'update session']);
    expect(await leaseOf('lease-2', handle)).toBe(core.clock.time + VALIDITY + VALIDITY / 10);
  });

  test('never ends before its session, over a year of refreshes, and is extended at most once in a tenth of the validity', async () => {
    const core = makeCore();
    const first = await createSession(core, { userId: 'lease-3' });
    const { db, calls } = recordingDb(database.db);
    const recording = coreOn(db, core);
    let { refreshToken } = first;
    for (let day = 0; day < 365; day += 5) {
      core.clock.advance(5 * DAY);
      const issued = await refreshed(recording, refreshToken);
      refreshToken = issued.refreshToken;
      expect(await leaseOf('lease-3', first.handle)).toBeGreaterThanOrEqual(issued.refreshExpiry);
    }
    const extensions = writesAmong(calls).filter((write) => write === 'update user').length;
    expect(extensions).toBeLessThanOrEqual(365 / 10);
    expect(await sessionsOf(core, 'lease-3')).toEqual([first.handle]);
  });

  test("neither item has a TTL before the session's expiry", async () => {
    const core = makeCore();
    const { handle, refreshToken } = await createSession(core, { userId: 'lease-4' });
    core.clock.advance(VALIDITY / 10 + 1);
    const { refreshExpiry } = await refreshed(core, refreshToken);
    for (const item of [await rowItem(handle), await listingItem('lease-4', handle)]) {
      expect(Number(item?.ttl) * 1000).toBeGreaterThanOrEqual(refreshExpiry);
    }
  });

  test.each([
    ['extension', onListing('update')],
    ["session's own write", onRow('update')],
  ])('no item is brought back when others revoke before the %s', async (_what, place) => {
    const core = makeCore();
    const userId = `lease-5-${_what}`;
    const { handle, refreshToken } = await createSession(core, { userId });
    core.clock.advance(VALIDITY / 10 + 1);
    const { db, reached, resume } = pausingDb(database.db, place);
    const pending = refresh(coreOn(db, core), refreshToken);
    await reached;
    await revoke(core, handle);
    resume();
    expect(await pending).toMatchObject({ status: 'UNAUTHORISED' });
    expect(await rowItem(handle)).toBeUndefined();
    expect(await listingItem(userId, handle)).toBeUndefined();
  });

  test('a refresh held up between the two deletions of a revocation brings nothing back', async () => {
    const core = makeCore();
    const { handle, refreshToken } = await createSession(core, { userId: 'lease-6' });
    core.clock.advance(VALIDITY / 10 + 1);
    const revoking = pausingDb(database.db, onListing('delete'));
    const refreshing = pausingDb(database.db, onListing('update'));
    const refreshPending = refresh(coreOn(refreshing.db, core), refreshToken);
    await refreshing.reached;
    const revokePending = revoke(coreOn(revoking.db, core), handle);
    await revoking.reached;
    refreshing.resume();
    expect(await refreshPending).toMatchObject({ status: 'UNAUTHORISED' });
    revoking.resume();
    await revokePending;
    expect(await indexedHandles(database.store.sessions, 'lease-6' as UserId)).toEqual([]);
  });

  test('an index item that was lost is written again when the lease is due', async () => {
    const core = makeCore();
    const { handle, refreshToken } = await createSession(core, { userId: 'lease-7' });
    await database.db.delete(database.tables.sessions, listingKey('lease-7', handle));
    core.clock.advance(VALIDITY / 10 + 1);
    await refreshed(core, refreshToken);
    expect(await sessionsOf(core, 'lease-7')).toEqual([handle]);
  });
});

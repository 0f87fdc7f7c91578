import { StoreUnavailable } from '../../../lib/core/errors.ts';
import { createDynamoDbStore } from '../../../lib/core/store/dynamodb/index.ts';
import type { SessionHandle, UserId } from '../../../lib/core/types.ts';
import type { DynamoDb } from '../../../lib/dynamodb/client.ts';
import { DynamoDbError } from '../../../lib/dynamodb/errors.ts';
import { IN_PROCESS, revoke, sessionsOf } from '../../fixtures/cdi-session.ts';
import { makeTestCore, startTestDatabase, type TestCore, type TestDatabase } from '../../fixtures/core.ts';
import { seedUser } from '../../fixtures/seeded-user.ts';
import { interceptDb, recordingDb } from '../../fixtures/store-wrappers.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const VALIDITY = 100 * 86_400_000;
const CONFIG = { ...IN_PROCESS, refreshTokenValidity: VALIDITY };

const makeCore = (): TestCore => makeTestCore(database.store, CONFIG);

/** Another process of the same installation, on a DynamoDB that a test has a hand in. */
const coreOn = (db: DynamoDb, { clock }: TestCore): TestCore =>
  makeTestCore(createDynamoDbStore(db, database.tables), CONFIG, clock);

const sessionsOn = (db: DynamoDb, core: TestCore) => coreOn(db, core).core.sessions;

/** Of a session that was created just now. */
const timesAt = ({ clock: { time } }: TestCore) => ({
  createdAt: time,
  expiry: time + VALIDITY,
  listedUntil: time + VALIDITY + VALIDITY / 10,
});

const failingToDelete = (handle: string): DynamoDb =>
  interceptDb(database.db, async ({ operation, pk }) => {
    if (operation === 'delete' && pk === `session#${handle}`) throw new DynamoDbError('Unavailable', 'DeleteItem', '');
  });

describe('revoking a user with many sessions', () => {
  test('goes page by page, reads each page of the index once, and reaches the last one', async () => {
    const core = makeCore();
    await seedUser(database, 'paged', 250, timesAt(core));
    const { db, calls } = recordingDb(database.db);
    const { revoked, isComplete } = await sessionsOn(db, core).revokeAll('paged' as UserId);
    expect([new Set(revoked).size, isComplete]).toEqual([250, true]);
    expect(calls.filter(({ operation }) => operation === 'queryPage')).toHaveLength(3);
    expect(calls.filter(({ operation }) => operation === 'query')).toEqual([]);
    expect(await sessionsOf(core, 'paged')).toEqual([]);
  });

  test('stops after a page when it must, says so, and continues when it is called again', async () => {
    const core = makeCore();
    await seedUser(database, 'in-parts', 250, timesAt(core));
    const sessions = sessionsOn(database.db, core);
    const once = await sessions.revokeAll('in-parts' as UserId, { mayGoOn: () => false });
    expect([once.revoked.length, once.isComplete]).toEqual([100, false]);
    const again = await sessions.revokeAll('in-parts' as UserId);
    expect([again.revoked.length, again.isComplete]).toEqual([150, true]);
  });

  test('leaves the session that is to stay, wherever it is in the order', async () => {
    const core = makeCore();
    const rows = await seedUser(database, 'all-but-one', 120, timesAt(core));
    const handles = rows.map(({ handle }) => handle).sort();
    for (const except of [handles[110], handles[0]] as SessionHandle[]) {
      const { isComplete } = await sessionsOn(database.db, core).revokeAll('all-but-one' as UserId, { except });
      expect([await sessionsOf(core, 'all-but-one'), isComplete]).toEqual([[except], true]);
      await seedUser(database, 'all-but-one', 1, { ...timesAt(core), handle: handles[0] as SessionHandle });
      await revoke(core, except);
    }
  });

  test('a session that cannot be deleted does not keep the others, of its page and of the next; the failure is thrown', async () => {
    const core = makeCore();
    const rows = await seedUser(database, 'stubborn', 120, timesAt(core));
    const [first = ''] = rows.map(({ handle }) => handle).sort();
    const failing = failingToDelete(first);
    const revoked: string[] = [];
    const onRevoked = (handle: string) => revoked.push(handle);
    const failure = sessionsOn(failing, core).revokeAll('stubborn' as UserId, { onRevoked });
    await expect(failure).rejects.toBeInstanceOf(StoreUnavailable);
    expect(revoked).toHaveLength(119);
    expect(await sessionsOf(core, 'stubborn')).toEqual([first]);
  });

  test('over HTTP, a request that fails is 503, has revoked the others, and can be repeated', async () => {
    const core = makeCore();
    const rows = await seedUser(database, 'over-http', 120, timesAt(core));
    const [first = ''] = rows.map(({ handle }) => handle).sort();
    const failing = failingToDelete(first);
    const body = { userId: 'over-http' };
    expect((await coreOn(failing, core).ask('/recipe/session/remove', body)).status).toBe(503);
    expect((await coreOn(database.db, core).ask('/recipe/session/remove', body)).json).toEqual({
      status: 'OK',
      sessionHandlesRevoked: [first],
    });
  });

  test('index items whose rows have expired cost no deletion, so that they cannot use up the time of the live ones', async () => {
    const core = makeCore();
    const expired = { expiry: core.clock.time - 1, listedUntil: core.clock.time + VALIDITY / 10 };
    for (const { handle } of await seedUser(database, 'long-gone', 120, { ...timesAt(core), ...expired })) {
      await database.db.delete(database.tables.sessions, { pk: `session#${handle}`, sk: 'session' });
    }
    const [live] = await seedUser(database, 'long-gone', 1, { ...timesAt(core), listedUntil: expired.listedUntil });
    const { db, calls } = recordingDb(database.db);
    const { revoked, isComplete } = await sessionsOn(db, core).revokeAll('long-gone' as UserId);
    expect([revoked, isComplete]).toEqual([[live?.handle], true]);
    const deleted = calls.filter(({ operation }) => operation === 'delete').map(({ pk }) => pk);
    expect(deleted).toEqual([`session#${live?.handle}`, 'user#long-gone']);
  });
});

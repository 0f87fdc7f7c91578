import { randomUUID } from 'node:crypto';
import { LOCAL_REGION } from '../../lib/dev/dynamodb.ts';
import { createDynamoDb } from '../../lib/dynamodb/client.ts';
import { DynamoDbError } from '../../lib/dynamodb/errors.ts';
import { createAgreements } from '../../lib/tools/migrate/sessions/agreements.ts';
import { createDynamoDbSessions } from '../../lib/tools/migrate/sessions/dynamodb-sessions.ts';
import { agreementOn, type Session } from '../../lib/tools/migrate/sessions/session.ts';
import { type Bulk, createBulk } from '../../lib/tools/operator/bulk.ts';
import { connectTestDatabase } from '../fixtures/core.ts';
import { CREATED_AT, DAY, someChange, someHash, someRow } from '../fixtures/session-row.ts';
import type { Database, Endpoint } from './targets.ts';

const NOW = CREATED_AT + DAY;

/** A session as it is moved, of a user of its own. */
const someSession = (): Session => {
  const { retired: _retired, listedUntil: _listedUntil, ...session } = someRow();
  return session;
};

/** What `npm run migrate` does with our tables. */
export function describeMigration(endpoint: Endpoint): void {
  let database: Database;
  let bulk: Bulk;
  beforeAll(async () => {
    database = await connectTestDatabase(await endpoint());
    bulk = createBulk({ endpoint: database.endpoint, region: LOCAL_REGION });
  });

  const dynamoDbSessions = (db = database.db, itsBulk = bulk) =>
    createDynamoDbSessions({
      db,
      bulk: itsBulk,
      sessions: database.store.sessions,
      table: database.tables.sessions,
      clock: () => NOW,
      refreshTokenValidity: 100 * DAY,
    });

  describe('the sessions of our tables', () => {
    const created = async (): Promise<Session> => {
      const session = someSession();
      expect(await dynamoDbSessions().write([{ session, replaces: undefined }])).toEqual(new Set());
      return session;
    };
    const heldOf = async ({ handle }: Session) => {
      const stored = (await dynamoDbSessions().read([handle])).get(handle);
      if (stored === undefined) throw new Error('It is not there');
      return stored;
    };

    test('a written session is one that the core finds and lists', async () => {
      const session = await created();
      const { sessions } = database.store;
      expect(await sessions.get(session.handle)).toEqual({
        ...session,
        retired: [],
        listedUntil: session.expiry + 10 * DAY,
      });
      expect(await sessions.list(session.userId, NOW)).toEqual([session.handle]);
      expect((await heldOf(session)).session).toEqual(session);
    });

    test('a new session of up to 1 KB takes three write units, with what is agreed on it', async () => {
      let units = 0;
      const options = {
        endpoint: database.endpoint,
        region: LOCAL_REGION,
        onConsumed: (_operation: string, consumed: number) => {
          units += consumed;
        },
      };
      const [db, counted] = [createDynamoDb(options), createBulk(options)];
      const table = database.tables.sessions;
      const session = someSession();
      await dynamoDbSessions(db, counted).write([{ session, replaces: undefined }]);
      await createAgreements(db, counted, table, 'an installation').write([agreementOn(session)]);
      expect(units).toBe(3);
    });

    test('a session that is there already is not created again', async () => {
      const session = await created();
      const changed = { ...session, payload: { a: 1 } };
      expect(await dynamoDbSessions().write([{ session: changed, replaces: undefined }])).toEqual(
        new Set([session.handle]),
      );
      expect((await heldOf(session)).session).toEqual(session);
    });

    test.each<[string, (session: Session) => Promise<unknown>]>([
      [
        'refreshed',
        async ({ handle }) => {
          const row = await database.store.sessions.get(handle);
          return row && database.store.sessions.rotate(row, someChange(row), NOW);
        },
      ],
      ['given other claims', ({ handle }) => database.store.sessions.setPayload(handle, { b: 2 }, NOW)],
      ['given other data', ({ handle }) => database.store.sessions.setData(handle, { b: 2 }, NOW)],
      [
        'given another kind of key',
        ({ handle, current }) => database.store.sessions.setSigningKey(handle, current, true, NOW),
      ],
      ['revoked', ({ handle }) => database.store.sessions.delete(handle, NOW)],
    ])('a session that was %s since it was read is not replaced', async (_what, change) => {
      const session = await created();
      const { version } = await heldOf(session);
      await change(session);
      const before = await database.store.sessions.get(session.handle);
      const newer = { ...session, current: someHash(), expiry: session.expiry + DAY };
      expect(await dynamoDbSessions().write([{ session: newer, replaces: version }])).toEqual(
        new Set([session.handle]),
      );
      expect(await database.store.sessions.get(session.handle)).toEqual(before);
    });

    test('replacing a session never shortens its place in the list', async () => {
      const session = await created();
      const row = await database.store.sessions.get(session.handle);
      if (row === undefined) throw new Error('It is not there');
      const listedUntil = row.listedUntil + 50 * DAY;
      await database.store.sessions.rotate(row, someChange(row, { listedUntil }), NOW);
      const { version } = await heldOf(session);
      await dynamoDbSessions().write([{ session: { ...session, payload: { a: 1 } }, replaces: version }]);
      const [listing] = await database.db.query(database.tables.sessions, {
        name: 'pk',
        value: `user#${session.userId}`,
      });
      expect(listing).toMatchObject({ listedUntil });
      expect(await database.store.sessions.get(session.handle)).toMatchObject({ listedUntil, payload: { a: 1 } });
    });
  });

  describe('many items at once', () => {
    const found = async (sk: string) => {
      const items = [];
      for await (const page of bulk.scan(database.tables.sessions, sk)) items.push(...page);
      return items;
    };

    test('are put, found again page by page, and deleted', async () => {
      const table = database.tables.sessions;
      const sk = randomUUID();
      // More than the 1 MB of one page.
      const items = Array.from({ length: 120 }, (_, index) => ({ pk: `bulk ${index}`, sk, text: 'x'.repeat(20_000) }));
      await bulk.write(table, items);
      expect(await found(sk)).toHaveLength(120);
      expect(await found(sk)).toEqual(expect.arrayContaining(items));
      await bulk.write(
        table,
        [],
        items.slice(1).map(({ pk }) => ({ pk, sk })),
      );
      expect(await found(sk)).toEqual(items.slice(0, 1));
    });

    test('are rejected where there is no table', async () => {
      await expect(bulk.write('no-such-table', [{ pk: 'a', sk: 'b' }])).rejects.toThrow(DynamoDbError);
    });
  });
}

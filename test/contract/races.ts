import { randomBytes } from 'node:crypto';
import type { CoreConfig } from '../../lib/core/index.ts';
import { createDynamoDbStore } from '../../lib/core/store/dynamodb/index.ts';
import type { Json, JsonObject, SessionHandle, UserId } from '../../lib/core/types.ts';
import type { DynamoDb } from '../../lib/dynamodb/client.ts';
import {
  createSession,
  hash2,
  IN_PROCESS,
  type Issued,
  issuedIn,
  OVER_HTTP,
  refresh,
  refreshed,
  revoke,
  revokeAllOf,
  sessionsOf,
  setData,
  setPayload,
  verify,
} from '../fixtures/cdi-session.ts';
import { connectTestDatabase, ManualClock, makeTestCore, type TestCore } from '../fixtures/core.ts';
import { seedSessions } from '../fixtures/seed-sessions.ts';
import { indexedHandles } from '../fixtures/session-index.ts';
import { DAY, someRow, someUser } from '../fixtures/session-row.ts';
import { interceptDb } from '../fixtures/store-wrappers.ts';
import type { Database, Endpoint } from './targets.ts';

/** Runs each race so many times, all of them at once. */
const rounds = <T>(run: () => Promise<T>): Promise<T>[] => Array.from({ length: 12 }, run);

/** What the rules promise when several processes make requests at once, on the real store. */
export function describeRaces(endpoint: Endpoint): void {
  let database: Database;
  let clock: ManualClock;

  beforeAll(async () => {
    database = await connectTestDatabase(await endpoint());
  });
  beforeEach(() => {
    clock = new ManualClock();
  });

  /** Two processes of one installation. */
  const makeCores = (config: Partial<CoreConfig>, store = database.store): [TestCore, TestCore] => [
    makeTestCore(store, config, clock),
    makeTestCore(store, config, clock),
  ];
  const makeErraticCores = (): [TestCore, TestCore] =>
    makeCores(IN_PROCESS, createDynamoDbStore(atRandomMoments(database.db), database.tables));

  const rowOf = (handle: SessionHandle) => database.store.sessions.get(handle);
  const indexOf = (userId: string) => indexedHandles(database.store.sessions, userId as UserId);

  /** The same token, 50 times at once, from two processes. */
  const refresh50Times = (cores: [TestCore, TestCore], token: string, version: string): Promise<JsonObject[]> =>
    Promise.all(Array.from({ length: 50 }, (_, index) => refresh(cores[index % 2 === 0 ? 0 : 1], token, { version })));

  describe('50 refreshes of one token at once', () => {
    test('in process all get the same successor, which is the live one', async () => {
      const cores = makeCores(IN_PROCESS);
      const { handle, refreshToken } = await createSession(cores[0]);
      const answers = (await refresh50Times(cores, refreshToken, '5.4')).map(issuedIn);
      const successors = [...new Set(answers.map((answer) => answer.refreshToken))];
      expect(successors).toHaveLength(1);
      const row = await rowOf(handle);
      expect(successors.map(hash2)).toEqual([row?.current]);
      expect(row?.retired).toHaveLength(1);
    });

    test('over HTTP, by the rules of CDI 5.6, all succeed, and exactly one is the live one', async () => {
      const cores = makeCores(OVER_HTTP);
      const { handle, refreshToken } = await createSession(cores[0], { version: '5.6' });
      const answers = (await refresh50Times(cores, refreshToken, '5.6')).map(issuedIn);
      const successors = answers.map((answer) => answer.refreshToken);
      expect(new Set(successors).size).toBe(50);
      const row = await rowOf(handle);
      expect(successors.map(hash2).filter((hash) => hash === row?.current)).toHaveLength(1);
      expect(row?.prev).toBe(hash2(refreshToken));
    });
  });

  describe('a refresh against a revocation', () => {
    /** Nothing is left of the session that counts, whichever request came first. */
    const expectGone = async (core: TestCore, { handle, userId, refreshToken }: Issued): Promise<void> => {
      expect(await rowOf(handle)).toBeUndefined();
      expect(await sessionsOf(core, userId)).toEqual([]);
      expect((await refresh(core, refreshToken)).status).toBe('UNAUTHORISED');
    };

    test.each([
      ['as it is', 1],
      ['to be extended', 20 * DAY],
    ])('never brings the session back, its index item %s', async (_what, pause) => {
      const [one, other] = makeErraticCores();
      const race = async (session: Issued): Promise<void> => {
        const attempts = [refresh(one, session.refreshToken), refresh(other, session.refreshToken)];
        await aMoment(15);
        expect(await revoke(other, session.handle)).toMatchObject({ sessionHandlesRevoked: [session.handle] });
        const refreshed = (await Promise.all(attempts)).filter(({ status }) => status === 'OK').map(issuedIn);
        for (const left of [session, ...refreshed]) await expectGone(one, left);
      };
      const sessions = await Promise.all(rounds(() => createSession(one, { userId: someUser() })));
      clock.advance(pause);
      await Promise.all(sessions.map(race));
    });

    test('neither do changes of claims and data', async () => {
      const [one, other] = makeErraticCores();
      const race = async (): Promise<void> => {
        const session = await createSession(one, { userId: someUser() });
        const changes = [setPayload(one, session.handle, { a: 1 }), setData(one, session.handle, { b: 2 })];
        await Promise.all([revoke(other, session.handle), ...changes]);
        await expectGone(one, session);
      };
      await Promise.all(rounds(race));
    });
  });

  describe('revoking all sessions of a user against creations and refreshes', () => {
    /** For each token in turn: creates a session, and refreshes the one of the token. @returns what it created */
    const keepBusy = async (core: TestCore, userId: string, tokens: readonly string[]): Promise<Issued[]> => {
      const created: Issued[] = [];
      for (const token of tokens) {
        created.push(await createSession(core, { userId }));
        await refresh(core, token);
      }
      return created;
    };

    test.each([
      ['as they are', 1],
      ['to be extended', 20 * DAY],
    ])('leaves none that was created before, their index items %s, and the next leaves none', async (_what, pause) => {
      const [one, other] = makeErraticCores();
      const race = async ({ userId, before }: { userId: string; before: readonly Issued[] }): Promise<void> => {
        const tokens = before.map(({ refreshToken }) => refreshToken);
        const busy = Promise.all([keepBusy(one, userId, tokens), keepBusy(other, userId, tokens)]);
        await aMoment(30);
        await revokeAllOf(other, userId);
        await expectNone(before);
        const created = (await busy).flat();
        await expectNone(before);
        const listed = (await sessionsOf(one, userId)) as string[];
        expect(created.map(({ handle }) => handle)).toEqual(expect.arrayContaining(listed));
        await revokeAllOf(one, userId);
        await expectNone(created);
        expect(await sessionsOf(one, userId)).toEqual([]);
        expect(await indexOf(userId)).toEqual([]);
      };
      const users = await Promise.all(rounds(() => withSessions(one, 3)));
      clock.advance(pause);
      await Promise.all(users.map(race));
    });

    const withSessions = async (core: TestCore, count: number) => {
      const userId = someUser();
      const creations = Array.from({ length: count }, () => createSession(core, { userId }));
      return { userId, before: await Promise.all(creations) };
    };

    const expectNone = async (sessions: readonly Issued[]): Promise<void> => {
      expect((await Promise.all(sessions.map(({ handle }) => rowOf(handle)))).filter(Boolean)).toEqual([]);
    };
  });

  describe('the first keyring', () => {
    test('is one, however many processes make it at once, and all of them go by it', async () => {
      const { store } = await connectTestDatabase(await endpoint());
      const cores = Array.from({ length: 4 }, () => makeTestCore(store, IN_PROCESS, clock));
      const sessions = await Promise.all(cores.map((core) => createSession(core)));
      expect((await store.keyring.read())?.version).toBe(1);
      const jwks = await Promise.all(cores.map((core) => core.ask('/.well-known/jwks.json')));
      expect(new Set(jwks.map(({ text }) => text)).size).toBe(1);
      for (const core of cores) {
        for (const { accessToken, refreshToken } of sessions) {
          expect(await verify(core, accessToken)).toMatchObject({ status: 'OK' });
          expect(await refresh(core, refreshToken)).toMatchObject({ status: 'OK' });
        }
      }
    });
  });

  describe('a session that is refreshed again and again', () => {
    test('is listed and revoked, long after its first expiry and that of its first index item', async () => {
      const [one, other] = makeCores(IN_PROCESS);
      const { handle, userId, refreshToken } = await createSession(one, { userId: someUser() });
      const end = clock.now() + 300 * DAY;
      for (let token = refreshToken; clock.now() < end; ) {
        clock.advance(9 * DAY);
        ({ refreshToken: token } = await refreshed(one, token));
        expect(await sessionsOf(other, userId)).toEqual([handle]);
        expect(await listedUntil(handle, userId)).toBeGreaterThanOrEqual((await rowOf(handle))?.expiry ?? Infinity);
      }
      expect(await revokeAllOf(other, userId)).toMatchObject({ sessionHandlesRevoked: [handle] });
      expect(await rowOf(handle)).toBeUndefined();
      expect(await indexOf(userId)).toEqual([]);
    });

    /** Until when DynamoDB keeps the index item. */
    const listedUntil = async (handle: string, userId: string): Promise<number> => {
      const item = await database.db.get(database.tables.sessions, { pk: `user#${userId}`, sk: handle });
      return Number(item?.ttl) * 1000;
    };
  });

  describe('a user of 1,010 sessions', () => {
    /** So long that the index takes more than one page of 1 MB. */
    const userId = `user-${randomBytes(550).toString('hex')}` as UserId;
    const sorted = (handles: Json | undefined) => [...(handles as string[])].sort();

    test('has them all listed, and all revoked', async () => {
      const [core] = makeCores(IN_PROCESS);
      const rows = Array.from({ length: 1010 }, () => someRow({ userId }));
      await seedSessions(database, rows);
      const handles = rows.map(({ handle }) => handle).sort();
      expect(sorted(await sessionsOf(core, userId))).toEqual(handles);
      expect(sorted((await revokeAllOf(core, userId)).sessionHandlesRevoked)).toEqual(handles);
      expect(await sessionsOf(core, userId)).toEqual([]);
      expect(await indexOf(userId)).toEqual([]);
    });
  });
}

/** At most so many ms. */
const aMoment = (atMost: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, atMost * Math.random()));

/** Each call is delayed by another short time, so that two processes meet at every point. */
const atRandomMoments = (db: DynamoDb): DynamoDb => interceptDb(db, () => aMoment(5));

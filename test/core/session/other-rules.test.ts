import { DEFAULT_CORE_CONFIG } from '../../../lib/core/index.ts';
import type { SessionHandle } from '../../../lib/core/types.ts';
import {
  createSession,
  hash2,
  IN_PROCESS,
  type Issued,
  OVER_HTTP,
  refresh,
  refreshed,
  refreshedInTurn,
  revoke,
  setPayload,
  verify,
} from '../../fixtures/cdi-session.ts';
import { makeTestCore, startTestDatabase, type TestCore, type TestDatabase } from '../../fixtures/core.ts';

const G = DEFAULT_CORE_CONFIG.gracePeriod;

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

/** The same installation in process and over HTTP, at one time. */
function bothCores() {
  const inProcess = makeTestCore(database.store, IN_PROCESS);
  return { inProcess, overHttp: makeTestCore(database.store, OVER_HTTP, inProcess.clock) };
}

const itemOf = (handle: SessionHandle) =>
  database.db.get(database.tables.sessions, { pk: `session#${handle}`, sk: 'session' });

describe('rule 9: a writer by other rules removes the retired tokens', () => {
  const writers: Record<string, (core: TestCore, first: Issued, live: Issued) => Promise<Issued>> = {
    'a rotation of CDI 5.6': (core, _first, live) => refreshed(core, live.refreshToken, { version: '5.6' }),
    'a second branch of CDI 5.6': async (core, first) => refreshed(core, first.refreshToken, { version: '5.6' }),
    'the first use of a child in a refresh, up to CDI 5.5': async (core, _first, live) => {
      const child = await refreshed(core, live.refreshToken);
      await refreshed(core, child.refreshToken);
      return child;
    },
    'the first use of a child in a verification, up to CDI 5.5': async (core, _first, live) => {
      const child = await refreshed(core, live.refreshToken);
      await verify(core, child.accessToken);
      return child;
    },
  };

  test.each(Object.entries(writers))('%s', async (_what, write) => {
    const { inProcess, overHttp } = bothCores();
    const first = await createSession(inProcess);
    const live = await refreshed(inProcess, first.refreshToken);
    expect(await itemOf(first.handle)).toHaveProperty('retired');
    const written = await write(overHttp, first, live);
    expect(await itemOf(first.handle)).not.toHaveProperty('retired');
    expect((await database.store.sessions.get(first.handle))?.current).toBe(hash2(written.refreshToken));
  });

  test('what it wrote refreshes in process, and remembers its retired token again', async () => {
    const { inProcess, overHttp } = bothCores();
    const first = await createSession(overHttp);
    const second = await refreshed(overHttp, first.refreshToken, { version: '5.6' });
    const third = await refreshed(inProcess, second.refreshToken);
    expect((await refreshed(inProcess, second.refreshToken)).refreshToken).toBe(third.refreshToken);
  });

  test('a child that was not used yet refreshes in process: it is made live at once', async () => {
    const { inProcess, overHttp } = bothCores();
    const first = await createSession(overHttp);
    const child = await refreshed(overHttp, first.refreshToken);
    const next = await refreshed(inProcess, child.refreshToken);
    expect(await database.store.sessions.get(first.handle)).toMatchObject({
      current: hash2(next.refreshToken),
      prev: hash2(child.refreshToken),
    });
    expect((await refreshed(inProcess, child.refreshToken)).refreshToken).toBe(next.refreshToken);
  });

  test('over HTTP a retired token that is not the previous one is a replay, as CDI 5.6 has it', async () => {
    const { inProcess, overHttp } = bothCores();
    const first = await createSession(inProcess);
    await refreshedInTurn(inProcess, first.refreshToken, 2, 1000);
    expect(await refresh(overHttp, first.refreshToken, { version: '5.6' })).toMatchObject({
      status: 'TOKEN_THEFT_DETECTED',
      recentTokenReuseSubtype: 'STALE_LINEAGE',
    });
  });
});

describe('rule 9: verification in process checks no lineage', () => {
  test('without checkDatabase it reads nothing but the published keys', async () => {
    const { inProcess } = bothCores();
    const session = await createSession(inProcess);
    database.consumed.length = 0;
    expect(await verify(inProcess, session.accessToken)).toMatchObject({ status: 'OK' });
    expect(database.consumed).toEqual([]);
  });

  test('without checkDatabase the token of a revoked session is good until it expires', async () => {
    const { inProcess } = bothCores();
    const session = await createSession(inProcess);
    await revoke(inProcess, session.handle);
    expect(await verify(inProcess, session.accessToken)).toMatchObject({ status: 'OK' });
    inProcess.clock.time = session.accessExpiry;
    expect(await verify(inProcess, session.accessToken)).toMatchObject({ status: 'TRY_REFRESH_TOKEN' });
  });

  test('with checkDatabase it asks whether the row exists: one read, no write, no new token', async () => {
    const { inProcess } = bothCores();
    const first = await createSession(inProcess);
    const second = await refreshed(inProcess, first.refreshToken);
    database.consumed.length = 0;
    const answer = await verify(inProcess, second.accessToken, { checkDatabase: true });
    expect(answer).toMatchObject({ status: 'OK' });
    expect(answer).not.toHaveProperty('accessToken');
    expect(database.consumed).toEqual([{ operation: 'GetItem', units: 1 }]);
  });

  test('with checkDatabase the access token of any earlier refresh token is good', async () => {
    const { inProcess } = bothCores();
    const first = await createSession(inProcess);
    await refreshedInTurn(inProcess, first.refreshToken, 6, G + 1);
    expect(await verify(inProcess, first.accessToken, { checkDatabase: true })).toMatchObject({ status: 'OK' });
  });

  test('with checkDatabase a row that is gone is unauthorised', async () => {
    const { inProcess } = bothCores();
    const session = await createSession(inProcess);
    await revoke(inProcess, session.handle);
    expect(await verify(inProcess, session.accessToken, { checkDatabase: true })).toEqual({
      status: 'UNAUTHORISED',
      message: 'Either the session has ended or has been blacklisted',
    });
  });

  test('with checkDatabase a row that has expired is unauthorised, though DynamoDB has not deleted it yet', async () => {
    const core = makeTestCore(database.store, { ...IN_PROCESS, refreshTokenValidity: 7_200_000 });
    const session = await createSession(core);
    core.clock.advance(7_199_999);
    const { accessToken } = await refreshed(
      makeTestCore(database.store, { ...IN_PROCESS, refreshTokenValidity: 1000 }, core.clock),
      session.refreshToken,
    );
    expect(await verify(core, accessToken, { checkDatabase: true })).toMatchObject({ status: 'OK' });
    core.clock.advance(1000);
    expect(await verify(core, accessToken, { checkDatabase: true })).toMatchObject({ status: 'UNAUTHORISED' });
  });

  test('with checkDatabase a payload that was changed comes with a new access token', async () => {
    const { inProcess } = bothCores();
    const session = await createSession(inProcess, { payload: { role: 'user' } });
    await setPayload(inProcess, session.handle, { role: 'admin' });
    const answer = await verify(inProcess, session.accessToken, { checkDatabase: true });
    expect(answer).toMatchObject({ status: 'OK', session: { userDataInJWT: { role: 'admin' } } });
    expect(answer).toHaveProperty('accessToken');
  });
});

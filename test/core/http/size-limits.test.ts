import type { JsonObject } from '../../../lib/core/types.ts';
import { createSession, type Issued, infoOf, newSession, sessionsOf } from '../../fixtures/cdi-session.ts';
import { makeTestCore, type TestCore } from '../../fixtures/core.ts';
import { core, database, useCore } from './http-core.ts';

useCore();

describe('A bound of the claims', () => {
  const LIMIT = 100;
  /** Exactly that many bytes of JSON. */
  const claimsOf = (bytes: number): JsonObject => ({ c: `ü${'x'.repeat(bytes - '{"c":"ü"}'.length - 1)}` });
  const FITTING = claimsOf(LIMIT);
  const TOO_LARGE = claimsOf(LIMIT + 1);
  const REFUSED = { status: 400, text: 'The user payload has 101 bytes of JSON; the limit is 100\n' };

  let bounded: TestCore;
  let session: Issued;
  beforeAll(() => {
    bounded = makeTestCore(database.store, { maxClaimsBytes: LIMIT });
  });
  beforeEach(async () => {
    session = await createSession(bounded, { payload: FITTING });
    database.consumed.length = 0;
  });

  const written = (): string[] =>
    database.consumed.map(({ operation }) => operation).filter((operation) => !/^(Get|Query|BatchGet)/.test(operation));

  test('is checked at creation, before anything is written', async () => {
    const answer = await bounded.ask('/recipe/session', { ...newSession('bound'), userDataInJWT: TOO_LARGE });
    expect(answer).toMatchObject(REFUSED);
    expect(written()).toEqual([]);
    expect(await sessionsOf(bounded, 'bound')).toEqual([]);
  });

  test('is checked when a session is regenerated, before anything is written', async () => {
    const body = { accessToken: session.accessToken, userDataInJWT: TOO_LARGE };
    expect(await bounded.ask('/recipe/session/regenerate', body)).toMatchObject(REFUSED);
    expect(written()).toEqual([]);
    expect(await infoOf(bounded, session.handle)).toMatchObject({ userDataInJWT: FITTING });
  });

  test('is checked when claims are updated, before anything is written', async () => {
    const body = { sessionHandle: session.handle, userDataInJWT: TOO_LARGE };
    expect(await bounded.ask('/recipe/jwt/data', body, { method: 'PUT' })).toMatchObject(REFUSED);
    expect(written()).toEqual([]);
    expect(await infoOf(bounded, session.handle)).toMatchObject({ userDataInJWT: FITTING });
  });

  test('is not exceeded by what just fits', async () => {
    const regenerate = { accessToken: session.accessToken, userDataInJWT: FITTING };
    expect((await bounded.ask('/recipe/session/regenerate', regenerate)).json.status).toBe('OK');
    const update = { sessionHandle: session.handle, userDataInJWT: FITTING };
    expect((await bounded.ask('/recipe/jwt/data', update, { method: 'PUT' })).json.status).toBe('OK');
  });

  test('does not bind what is kept in the database alone', async () => {
    const userDataInDatabase = claimsOf(10 * LIMIT);
    const body = { sessionHandle: session.handle, userDataInDatabase };
    expect((await bounded.ask('/recipe/session/data', body, { method: 'PUT' })).json.status).toBe('OK');
  });

  test('is no bound where it is not configured', async () => {
    expect((await createSession(core, { payload: claimsOf(10_000) })).payload).toEqual(claimsOf(10_000));
  });
});

describe('What does not fit into one item of the store', () => {
  const HUGE = { x: 'x'.repeat(410 * 1024) };
  const REFUSED = { status: 400, text: 'The session data does not fit into one DynamoDB item (400 KB)\n' };

  test('is rejected at creation, and leaves no session behind', async () => {
    const body = { ...newSession('huge'), userDataInDatabase: HUGE };
    expect(await core.ask('/recipe/session', body)).toMatchObject(REFUSED);
    expect(await sessionsOf(core, 'huge')).toEqual([]);
  });

  test('is rejected as an update, and leaves the session as it was', async () => {
    const { handle, accessToken } = await createSession(core, { payload: { a: 1 }, data: { b: 2 } });
    const data = { sessionHandle: handle, userDataInDatabase: HUGE };
    const claims = { sessionHandle: handle, userDataInJWT: HUGE };
    expect(await core.ask('/recipe/session/data', data, { method: 'PUT' })).toMatchObject(REFUSED);
    expect(await core.ask('/recipe/jwt/data', claims, { method: 'PUT' })).toMatchObject(REFUSED);
    const regenerate = { accessToken, userDataInJWT: HUGE };
    expect(await core.ask('/recipe/session/regenerate', regenerate)).toMatchObject(REFUSED);
    expect(await infoOf(core, handle)).toMatchObject({ userDataInJWT: { a: 1 }, userDataInDatabase: { b: 2 } });
  });
});

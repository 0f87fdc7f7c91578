import { randomUUID } from 'node:crypto';
import type { UserId } from '../../lib/core/types.ts';
import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { before, type Fault, pass, startFaultyProxy } from '../fixtures/faulty-proxy.ts';
import {
  type Answer,
  bodyOf,
  invoke,
  sessionEnvironment,
  startFunction,
  verifyEnvironment,
} from '../fixtures/lambda.ts';
import { bearer, logInWith } from '../fixtures/log-in.ts';
import { seedUser } from '../fixtures/seeded-user.ts';
import { fault } from '../fixtures/stub-dynamodb.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database?.stop());

const environment = (endpoint = database.endpoint) => sessionEnvironment(endpoint, database.tables);
const load = () => import('../../handlers/signout-everywhere.ts');
const logIn = (userId: string = randomUUID()) => logInWith(environment(), { userId });

const post = (handler: LambdaHandler, session: Answer) =>
  invoke(handler, 'POST', '/signout-everywhere', { headers: bearer(session) });

async function signOut(session: Answer, endpoint?: string): Promise<Answer> {
  return post((await startFunction(environment(endpoint), load)).handler, session);
}

/** The same route, but after each page of sessions its time is up. */
const loadHurried = async (): Promise<LambdaHandler> => {
  const { json, protectedRoute } = await import('../../lib/index.ts');
  const { signOutEverywhere } = await import('../../lib/http/sign-out-everywhere.ts');
  const allTime = 1_000_000;
  return protectedRoute(async ({ session }) => json(200, await signOutEverywhere(session, allTime)), {
    checkDatabase: true,
  });
};

async function refresh({ headers }: Answer): Promise<Answer> {
  const { handler } = await startFunction(environment(), () => import('../../handlers/auth.ts'));
  const token = { 'st-auth-mode': 'header', authorization: `Bearer ${headers['st-refresh-token']}` };
  return invoke(handler, 'POST', '/auth/session/refresh', { headers: token });
}

const liveOf = (userId: string) => database.store.sessions.list(userId as UserId, Date.now());

const handleIn = ({ headers }: Answer): string => {
  const [, payload = ''] = (headers['st-access-token'] ?? '').split('.');
  return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sessionHandle: string }).sessionHandle;
};

/** DynamoDB never deletes that session's row. */
const keeping =
  (handle: string): Fault =>
  (exchange) => {
    const { pk } = (exchange.body.Key ?? {}) as { pk?: { S: string } };
    const isIt = exchange.operation === 'DeleteItem' && pk?.S === `session#${handle}`;
    return (isIt ? before(fault(500, 'InternalServerError')) : pass)(exchange);
  };

describe('POST /signout-everywhere', () => {
  test('revokes every session of the user, clears the tokens, and is closed to revoked sessions at once', async () => {
    const userId = randomUUID();
    const [phone, laptop, other] = [await logIn(userId), await logIn(userId), await logIn()];
    const answer = await signOut(laptop);
    expect(answer).toMatchObject({ statusCode: 200, headers: { 'front-token': 'remove', 'st-access-token': '' } });
    expect(bodyOf(answer)).toEqual({ revoked: 2, complete: true });
    for (const revoked of [phone, laptop]) expect((await signOut(revoked)).statusCode).toBe(401);
    expect(bodyOf(await signOut(other))).toEqual({ revoked: 1, complete: true });
  });

  test('is a session function: without the tables it does not start', async () => {
    const starting = startFunction(verifyEnvironment(database.endpoint, database.tables), load);
    await expect(starting).rejects.toThrow(/checkDatabase needs the session tables/);
  });

  test("a session that cannot be deleted makes it 503; the caller's session lives, and the repeated request succeeds", async () => {
    const userId = randomUUID();
    const [thief, caller, third] = [await logIn(userId), await logIn(userId), await logIn(userId)];
    const proxy = await startFaultyProxy(database.endpoint);
    try {
      proxy.begin(keeping(handleIn(thief)));
      const failed = await signOut(caller, proxy.endpoint);
      expect(failed).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } });
      expect(failed.headers).not.toHaveProperty('front-token');
      expect(await liveOf(userId)).toEqual([handleIn(thief), handleIn(caller)].sort());
      await proxy.end();
      expect(bodyOf(await signOut(caller, proxy.endpoint))).toEqual({ revoked: 2, complete: true });
    } finally {
      await proxy.stop();
    }
    for (const session of [thief, caller, third]) expect((await refresh(session)).statusCode).toBe(401);
  });

  test('of more sessions than a request has time for it revokes some, and continues when it is repeated', async () => {
    const userId = randomUUID();
    const caller = await logIn(userId);
    await seedUser(database, userId, 250);
    const hurried = await startFunction(environment(), loadHurried);
    for (const before of [251, 140]) {
      const answer = await post(hurried, caller);
      expect(answer.statusCode).toBe(200);
      expect(answer.headers).not.toHaveProperty('front-token');
      expect(bodyOf(answer)).toMatchObject({ complete: false });
      // About a hundred: of a deletion that is sent again because its response came late, the index item stays.
      expect((await liveOf(userId)).length).toBeLessThan(before);
      expect(await liveOf(userId)).toContain(handleIn(caller));
    }
    const last = await post(hurried, caller);
    expect(last).toMatchObject({ statusCode: 200, headers: { 'front-token': 'remove' } });
    expect(bodyOf(last)).toMatchObject({ complete: true });
    expect(await liveOf(userId)).toEqual([]);
  });
});

import { randomUUID } from 'node:crypto';
import { decodeJwt } from 'jose';
import type { RouteHandler } from '../../lib/http/pipeline.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { type Answer, invoke, sessionEnvironment, startFunction, verifyEnvironment } from '../fixtures/lambda.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database?.stop());

/** Logs in by a route whose handler is made in the function, where the SDK has been started. */
const logInBy = async (makeHandler: () => Promise<RouteHandler>, mode: 'header' | 'cookie' = 'header') => {
  const handler = await startFunction(sessionEnvironment(database.endpoint, database.tables), async () => {
    const { publicRoute } = await import('../../lib/index.ts');
    return publicRoute(await makeHandler());
  });
  return invoke(handler, 'POST', '/', { headers: { 'st-auth-mode': mode } });
};

const payloadOf = ({ headers }: Answer) => decodeJwt(String(headers['st-access-token']));

async function isAdmin({ headers }: Answer): Promise<boolean> {
  const load = () => import('../fixtures/handlers/admin-only.ts');
  const { handler } = await startFunction(verifyEnvironment(database.endpoint, database.tables), load);
  const authorization = { authorization: `Bearer ${headers['st-access-token']}` };
  return (await invoke(handler, 'GET', '/admin-only', { headers: authorization })).statusCode === 200;
}

const imports = async () => ({
  ...(await import('../../lib/index.ts')),
  ...(await import('../fixtures/handlers/roles.ts')),
});

test('startSession gives the session back, whose claims the log-in can set', async () => {
  const userId = randomUUID();
  const answer = await logInBy(async () => {
    const { startSession, json, RolesClaim } = await imports();
    return async (request) => {
      const session = await startSession(request, userId as never);
      await session.setClaimValue(RolesClaim, ['admin']);
      return json(200, { userId: session.getUserId() });
    };
  });
  expect([answer.statusCode, answer.body]).toEqual([200, JSON.stringify({ userId })]);
  expect(payloadOf(answer)).toMatchObject({ sub: userId, roles: { v: ['admin'] } });
  expect(await isAdmin(answer)).toBe(true);
});

test('claims that are given to startSession are in the access token, for one write less', async () => {
  const answer = await logInBy(async () => {
    const { startSession, claimsOf, json, RolesClaim } = await imports();
    return async (request) => {
      await startSession(request, randomUUID() as never, { plan: 'pro', ...claimsOf(RolesClaim, ['admin']) });
      return json(200, {});
    };
  });
  expect(payloadOf(answer)).toMatchObject({ plan: 'pro', roles: { v: ['admin'] } });
  expect(await isAdmin(answer)).toBe(true);
});

test('claims over the limit are 400, and the client gets no token', async () => {
  const answer = await logInBy(async () => {
    const { startSession, json } = await imports();
    return async (request) => {
      await startSession(request, randomUUID() as never, { large: 'x'.repeat(3000) });
      return json(200, {});
    };
  }, 'cookie');
  expect(answer.statusCode).toBe(400);
  expect(JSON.parse(String(answer.body))).toMatchObject({ code: 'claims_too_large' });
  expect(answer.cookies ?? []).toEqual([]);
});

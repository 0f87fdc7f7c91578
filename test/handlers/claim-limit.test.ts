import { decodeJwt } from 'jose';
import { MAX_CLAIMS_BYTES } from '../../lib/config/service-config.ts';
import { MAX_AUDIENCE_BYTES } from '../../lib/core/config.ts';
import type { JsonObject } from '../../lib/core/types.ts';
import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import { type AttackedService, startService, type Tokens } from '../abuse/service.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { before, type FaultyProxy, pass, startFaultyProxy } from '../fixtures/faulty-proxy.ts';
import { type Answer, bodyOf, invoke, logged, sessionEnvironment, startFunction } from '../fixtures/lambda.ts';
import { fault } from '../fixtures/stub-dynamodb.ts';

/** As long as the configuration allows. */
const AUDIENCE = `https://${'a'.repeat(MAX_AUDIENCE_BYTES - 2 - 'https://'.length)}`;
/** The SDK adds the issuer. */
const ISSUER_BYTES = JSON.stringify({ iss: 'http://localhost:3001/auth' }).length;
const claimsOf = (bytes: number): JsonObject => ({ text: 'x'.repeat(bytes - ISSUER_BYTES - '"text":"",'.length) });

let database: TestDatabase;
let proxy: FaultyProxy;
let service: AttackedService;
let withAudience: AttackedService;

beforeAll(async () => {
  database = await startTestDatabase();
  proxy = await startFaultyProxy(database.endpoint);
  const through = { ...database, endpoint: proxy.endpoint };
  service = await startService(through, ['auth', 'session-info']);
  withAudience = await startService(through, ['auth', 'session-info'], { JWT_AUDIENCE: AUDIENCE });
});
afterAll(async () => {
  await proxy?.stop();
  await database?.stop();
});

const refresh = (of: AttackedService, { refreshCookie }: Pick<Tokens, 'refreshCookie'>): Promise<Answer> =>
  invoke(of.handler('auth'), 'POST', '/auth/session/refresh', { cookies: [refreshCookie] });

function tokenIn({ cookies = [] }: Answer, name: string): string {
  const cookie = cookies.find((candidate) => candidate.startsWith(`${name}=`)) ?? '';
  return decodeURIComponent(cookie.slice(name.length + 1).replace(/;.*/, ''));
}
const refreshCookieIn = (answer: Answer) => ({
  refreshCookie: `sRefreshToken=${encodeURIComponent(tokenIn(answer, 'sRefreshToken'))}`,
});

const setClaims = async (): Promise<LambdaHandler> =>
  startFunction(sessionEnvironment(database.endpoint, database.tables), async () => {
    const { json, protectedRoute } = await import('../../lib/index.ts');
    return protectedRoute(async ({ session, body = '' }) => {
      const { claims, data } = JSON.parse(body) as { claims?: { text: string }; data?: object };
      if (claims !== undefined) await session.mergeIntoAccessTokenPayload(claims);
      if (data !== undefined) await session.updateSessionDataInDatabase(data);
      return json(200, {});
    });
  });

describe('a handler that sets too much gets 400 with a code', () => {
  test('for claims', async () => {
    const { bearer } = await service.logIn();
    const answer = await invoke(await setClaims(), 'POST', '/', { headers: bearer, body: { claims: claimsOf(2600) } });
    expect([answer.statusCode, bodyOf(answer)]).toEqual([
      400,
      { code: 'claims_too_large', message: 'The claims of a session have at most 2500 bytes of JSON, not 2600' },
    ]);
  });

  test('for session data', async () => {
    const { bearer } = await service.logIn();
    const body = { data: { text: 'x'.repeat(396 * 1024) } };
    const answer = await invoke(await setClaims(), 'POST', '/', { headers: bearer, body });
    expect([answer.statusCode, bodyOf(answer)]).toEqual([
      400,
      {
        code: 'session_too_large',
        message: 'The claims and the data of a session have at most 396 KB of JSON together',
      },
    ]);
  });

  test('for the claims of a new session, which is not created', async () => {
    await expect(service.logIn({ claims: claimsOf(MAX_CLAIMS_BYTES + 1) })).rejects.toThrow(/^400 .*claims_too_large/);
    await expect(service.logIn({ claims: claimsOf(MAX_CLAIMS_BYTES) })).resolves.toBeDefined();
  });
});

describe('an audience that is turned on', () => {
  test('logs no user out whose claims are as large as they may be', async () => {
    const user = await service.logIn({ claims: claimsOf(MAX_CLAIMS_BYTES) });
    const first = await refresh(withAudience, user);
    expect([first.statusCode, decodeJwt(tokenIn(first, 'sAccessToken')).aud]).toEqual([200, AUDIENCE]);
    const second = await refresh(withAudience, refreshCookieIn(first));
    expect([second.statusCode, decodeJwt(tokenIn(second, 'sAccessToken')).aud]).toEqual([200, AUDIENCE]);
    const headers = { authorization: `Bearer ${tokenIn(second, 'sAccessToken')}` };
    const info = await invoke(withAudience.handler('session-info'), 'GET', '/sessioninfo', { headers });
    expect(info.statusCode).toBe(200);
  });

  test('takes nothing from the claims of a new session, whose tokens still fit into the headers', async () => {
    const userId = 'u'.repeat(100);
    const { headers, setCookies } = await withAudience.logIn({ userId, claims: claimsOf(MAX_CLAIMS_BYTES) });
    expect(Buffer.byteLength(JSON.stringify([headers, setCookies]))).toBeLessThan(10_240);
  });

  test('fails no refresh if it cannot be added: the session gets it at the next', async () => {
    const user = await service.logIn();
    let updates = 0;
    proxy.begin((exchange) => {
      if (exchange.operation === 'UpdateItem') updates++;
      // The first update replaces the refresh token.
      return updates > 1 ? before(fault(500, 'InternalServerError'))(exchange) : pass(exchange);
    });
    logged.length = 0;
    const first = await refresh(withAudience, user);
    await proxy.end();
    expect([first.statusCode, decodeJwt(tokenIn(first, 'sAccessToken')).aud]).toEqual([200, undefined]);
    expect(logged.filter(({ message }) => message === 'AudienceNotAdded')).toHaveLength(1);
    const second = await refresh(withAudience, refreshCookieIn(first));
    expect([second.statusCode, decodeJwt(tokenIn(second, 'sAccessToken')).aud]).toEqual([200, AUDIENCE]);
  });

  test('must not be longer than what is kept free for it', async () => {
    const longer = { JWT_AUDIENCE: `${AUDIENCE}a` };
    await expect(startService(database, ['auth'], longer)).rejects.toThrow(
      'JWT_AUDIENCE must have at most 200 bytes of JSON',
    );
  });
});

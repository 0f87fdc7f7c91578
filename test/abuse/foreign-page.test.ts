import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import { authorizerEvent } from '../fixtures/authorizer-events.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { bodyOf, invoke, lambdaContext, sessionEnvironment, startFunction } from '../fixtures/lambda.ts';
import { type AttackedService, startService, type Tokens } from './service.ts';

const API = 'https://api.example.com';
const APP = 'https://app.example.com';
const DOMAINS = { API_DOMAIN: API, WEBSITE_DOMAIN: APP };
const REFRESH = '/auth/session/refresh';

/** What a browser sends from a page of another subdomain: `SameSite=Lax` lets the cookies pass. */
const FOREIGN: readonly Readonly<Record<string, string>>[] = [
  { origin: 'https://evil.example.com' },
  { origin: 'https://evil.example.com', 'sec-fetch-site': 'same-site', 'content-type': 'text/plain' },
  { origin: 'https://evil.example.com', 'st-auth-mode': 'cookie', rid: 'session' },
  { origin: 'null', 'sec-fetch-site': 'same-site' },
  { origin: `${APP}.evil.example.com` },
  { origin: `${APP}, https://evil.example.com` },
  { origin: 'http://app.example.com' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'cross-site' },
];
/** The website, the API's own pages, the user, and clients that are no browsers. */
const OWN: readonly Readonly<Record<string, string>>[] = [
  { origin: APP, 'sec-fetch-site': 'same-site' },
  { origin: API, 'sec-fetch-site': 'same-origin' },
  { 'sec-fetch-site': 'same-origin' },
  { 'sec-fetch-site': 'none' },
  {},
];

let database: TestDatabase;
let service: AttackedService;
let victim: Tokens;

beforeAll(async () => {
  database = await startTestDatabase();
  const names = ['auth', 'sessions', 'revoke-session', 'signout-everywhere', 'user', 'not-found', 'authorizer'];
  service = await startService(database, names, DOMAINS);
});
afterAll(() => database?.stop());
beforeEach(async () => {
  victim = await service.logIn();
});

const cookiesOf = ({ accessCookie, refreshCookie }: Tokens): string[] => [accessCookie, refreshCookie];
const isLoggedIn = async ({ bearer }: Tokens): Promise<boolean> =>
  (await invoke(service.handler('sessions'), 'GET', '/sessions', { headers: bearer })).statusCode === 200;

describe('same-site CSRF', () => {
  test.each([
    ['auth', 'POST', REFRESH],
    ['auth', 'POST', '/auth/signout'],
    ['signout-everywhere', 'POST', '/signout-everywhere'],
    ['revoke-session', 'DELETE', '/sessions/handle'],
    ['user', 'POST', '/auth/signin'],
    ['not-found', 'PUT', '/nothing'],
  ])('%s refuses %s %s from a page of another subdomain, and nothing happens', async (name, method, path) => {
    for (const headers of FOREIGN) {
      const cookies = cookiesOf(victim);
      const answer = await invoke(service.handler(name), method, path, { headers, cookies, body: {} });
      expect([headers, answer.statusCode]).toEqual([headers, 403]);
      expect(bodyOf(answer)).toEqual({ code: 'foreign_page', message: 'Requests from this page are not allowed' });
      expect(answer.cookies).toEqual([]);
      expect(Object.keys(answer.headers).filter((header) => header.startsWith('access-control-'))).toEqual([]);
    }
    expect(await isLoggedIn(victim)).toBe(true);
    // The refresh token was not used up either.
    expect((await invoke(service.handler('auth'), 'POST', REFRESH, { cookies: cookiesOf(victim) })).statusCode).toBe(
      200,
    );
  });

  test.each(['accessCookie', 'refreshCookie'] as const)('one of the cookies is enough: %s', async (name) => {
    const call = { headers: FOREIGN[0] ?? {}, cookies: ['theme=dark', victim[name]] };
    expect((await invoke(service.handler('auth'), 'POST', '/auth/signout', call)).statusCode).toBe(403);
  });

  test('the website, the API itself, and clients that are no browsers sign out as before', async () => {
    for (const headers of OWN) {
      const own = await service.logIn();
      const answer = await invoke(service.handler('auth'), 'POST', '/auth/signout', {
        headers,
        cookies: cookiesOf(own),
      });
      expect([headers, answer.statusCode]).toEqual([headers, 200]);
    }
  });

  test('tokens in headers pass from wherever they come: no page can make a browser send them', async () => {
    const headers = { ...victim.bearer, origin: 'https://evil.example.com' };
    expect((await invoke(service.handler('auth'), 'POST', '/auth/signout', { headers })).statusCode).toBe(200);
  });

  test('reading is allowed from every page, and reveals nothing to other websites', async () => {
    const call = { headers: FOREIGN[0] ?? {}, cookies: [victim.accessCookie] };
    const answer = await invoke(service.handler('sessions'), 'GET', '/sessions', call);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  });

  test('the Lambda authorizer rejects such a request, and lets the website pass', async () => {
    const ask = (origin: string): Promise<object> => {
      const call = { headers: { origin }, cookies: [victim.accessCookie], method: 'POST' };
      return service.handler('authorizer')(authorizerEvent('http-api-v2', call), lambdaContext);
    };
    expect(await ask('https://evil.example.com')).toEqual({ isAuthorized: false });
    expect(await ask(APP)).toMatchObject({ isAuthorized: true });
  });
});

describe('several websites', () => {
  const ADMIN = 'https://admin.example.com';
  const WEBSITES = `${APP},${ADMIN},https://*.pr.example.com`;
  let several: AttackedService;
  beforeAll(async () => {
    several = await startService(database, ['auth', 'authorizer'], { API_DOMAIN: API, WEBSITE_DOMAIN: WEBSITES });
  });

  const signOut = (origin: string) => {
    const call = { headers: { origin }, cookies: cookiesOf(victim) };
    return invoke(several.handler('auth'), 'POST', '/auth/signout', call);
  };
  const connect = (origin: string): Promise<object> => {
    const call = { headers: { origin }, cookies: [victim.accessCookie] };
    return several.handler('authorizer')(authorizerEvent('websocket', call), lambdaContext);
  };

  test.each([APP, ADMIN, 'https://17.pr.example.com'])(
    '%s may use the session, and read the answer',
    async (origin) => {
      expect(await connect(origin)).toMatchObject({ policyDocument: { Statement: [{ Effect: 'Allow' }] } });
      const answer = await signOut(origin);
      expect(answer.statusCode).toBe(200);
      expect(answer.headers).toMatchObject({
        vary: 'origin',
        'access-control-allow-origin': origin,
        'access-control-allow-credentials': 'true',
      });
    },
  );

  test.each([
    'https://evil.example.com',
    'https://pr.example.com',
    'https://a.b.pr.example.com',
    'http://17.pr.example.com',
    'https://17.pr.example.com.evil.example',
    'https://*.pr.example.com',
    WEBSITES,
    'null',
  ])('%s may not, and reads nothing', async (origin) => {
    await expect(connect(origin)).rejects.toThrow('Unauthorized');
    const answer = await signOut(origin);
    expect(answer.statusCode).toBe(403);
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
    expect(await isLoggedIn(victim)).toBe(true);
  });

  test.each(['/auth/session/refresh', '/auth/signout'])(
    'preflights of %s name the asking website alone',
    async (path) => {
      const ask = (origin: string) => invoke(several.handler('auth'), 'OPTIONS', path, { headers: { origin } });
      expect((await ask(ADMIN)).headers).toMatchObject({ 'access-control-allow-origin': ADMIN, vary: 'origin' });
      expect((await ask('https://evil.example.com')).headers).toEqual({ vary: 'origin' });
    },
  );
});

describe("a user's own routes", () => {
  const called: string[] = [];
  let routes: Readonly<Record<string, LambdaHandler>>;
  beforeAll(async () => {
    const environment = { ...sessionEnvironment(database.endpoint, database.tables), ...DOMAINS };
    routes = await startFunction(environment, async () => {
      const { json, plainRoute, protectedRoute, publicRoute, readJson } = await import('../../lib/index.ts');
      const noting = (kind: string) => async () => {
        called.push(kind);
        return { statusCode: 204 };
      };
      return {
        plain: plainRoute(noting('plain')),
        public: publicRoute(noting('public')),
        protected: protectedRoute(noting('protected')),
        optional: protectedRoute(noting('optional'), { sessionRequired: false }),
        json: plainRoute(async (request) => json(200, readJson(request))),
      };
    });
  });
  function routeOf(kind: string): LambdaHandler {
    const handler = routes[kind];
    if (handler === undefined) throw new Error(`There is no route ${kind}`);
    return handler;
  }

  test.each(['plain', 'public', 'protected', 'optional'])(
    'a route that is %s does not run its handler',
    async (kind) => {
      called.length = 0;
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'TRACE']) {
        const call = { headers: FOREIGN[0] ?? {}, cookies: cookiesOf(victim) };
        expect((await invoke(routeOf(kind), method, '/mine', call)).statusCode).toBe(403);
      }
      expect(called).toEqual([]);
      const call = { headers: { origin: APP }, cookies: cookiesOf(victim) };
      expect((await invoke(routeOf(kind), 'POST', '/mine', call)).statusCode).toBe(204);
      expect(called).toEqual([kind]);
    },
  );

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'text/plain;application/json',
    '',
  ])('JSON under the content type "%s", which needs no preflight, is not read', async (type) => {
    const answer = await invoke(routeOf('json'), 'POST', '/json', {
      headers: { 'content-type': type },
      body: { a: 1 },
    });
    expect([answer.statusCode, bodyOf(answer)]).toEqual([
      415,
      { code: 'unsupported_media_type', message: 'The content type must be application/json' },
    ]);
  });

  test.each(['application/json', 'Application/JSON; charset=utf-8', 'application/merge-patch+json'])(
    'JSON under the content type "%s" is read',
    async (type) => {
      const answer = await invoke(routeOf('json'), 'POST', '/json', {
        headers: { 'content-type': type },
        body: { a: 1 },
      });
      expect([answer.statusCode, bodyOf(answer)]).toEqual([200, { a: 1 }]);
    },
  );
});

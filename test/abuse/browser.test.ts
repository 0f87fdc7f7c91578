import { decodeJwt } from 'jose';
import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { type Answer, bodyOf, type Call, httpApiEvent, invoke, lambdaContext } from '../fixtures/lambda.ts';
import { credentials } from '../fixtures/log-in.ts';
import { readStack } from '../fixtures/stack.ts';
import { type AttackedService, FIXTURES, startService, type Tokens, WEBSITE } from './service.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database?.stop());

const REFRESH = '/auth/session/refresh';

/** An answer that leaves the client's tokens as they are. */
function expectTokensLeft({ headers, cookies }: Answer): void {
  expect(cookies).toEqual([]);
  expect(Object.keys(headers)).not.toContain('front-token');
}

describe('cookies', () => {
  let service: AttackedService;
  let victim: Tokens;
  let attacker: Tokens;
  beforeAll(async () => {
    service = await startService(database, ['session-info', 'save-note', 'auth', 'sessions']);
  });
  beforeEach(async () => {
    [victim, attacker] = [await service.logIn(), await service.logIn()];
  });

  const info = (...cookies: string[]) => invoke(service.handler('session-info'), 'GET', '/sessioninfo', { cookies });
  const refreshWith = (...cookies: string[]) => invoke(service.handler('auth'), 'POST', REFRESH, { cookies });
  const bothOrders = (a: string, b: string) => [
    [a, b],
    [b, a],
  ];

  test('cookie tossing: of two access tokens none is taken, in whichever order they come', async () => {
    for (const evil of [attacker.accessCookie, 'sAccessToken=x', 'sAccessToken=', 'sAccess%54oken=x', 'sAccessToken']) {
      for (const cookies of bothOrders(victim.accessCookie, evil)) {
        const answer = await info(...cookies);
        expect([cookies, answer.statusCode]).toEqual([cookies, 401]);
        expectTokensLeft(answer);
      }
    }
    expect(bodyOf(await info(victim.accessCookie, 'sAccessTokens=x', 'theme=sAccessToken=x'))).toMatchObject({
      userId: victim.userId,
    });
  });

  test('duplicate cookies: of two refresh tokens none is taken, none is theft, and none is dropped', async () => {
    for (const evil of [attacker.refreshCookie, 'sRefreshToken=x', 'sRefreshToken=']) {
      for (const cookies of bothOrders(victim.refreshCookie, evil)) {
        const answer = await refreshWith(victim.accessCookie, ...cookies);
        expect(answer.statusCode).toBe(400);
        expect(bodyOf(answer)).toEqual({
          code: 'duplicate_session_cookies',
          message: 'The request has several session cookies of the same name',
        });
        expectTokensLeft(answer);
      }
    }
    for (const { refreshCookie } of [victim, attacker]) {
      expect((await refreshWith(refreshCookie)).statusCode).toBe(200);
    }
  });

  test('duplicate cookies: two access tokens with one refresh token are no reason to log out', async () => {
    for (const cookies of bothOrders(victim.accessCookie, attacker.accessCookie)) {
      const answer = await refreshWith(...cookies, victim.refreshCookie);
      expect(answer.statusCode).toBe(400);
      expectTokensLeft(answer);
    }
  });

  test.each([
    ['.example.com', '.example.com'],
    ['none', undefined],
  ])(
    'duplicate cookies: with OLDER_COOKIE_DOMAIN=%s refresh clears the older ones and logs no user out',
    async (older, domain) => {
      const configured = await startService(database, ['auth'], {
        OLDER_COOKIE_DOMAIN: older,
        COOKIE_DOMAIN: 'api.example.com',
      });
      const refreshAt = (...cookies: string[]) => invoke(configured.handler('auth'), 'POST', REFRESH, { cookies });
      const answer = await refreshAt(victim.refreshCookie, attacker.refreshCookie);
      expect(answer.statusCode).toBe(200);
      const [cleared = '', ...others] = answer.cookies ?? [];
      expect(cleared).toMatch(/^sRefreshToken=;.* expires=Thu, 01 Jan 1970/i);
      expect(/domain=([^;]+)/i.exec(cleared)?.[1]).toBe(domain);
      expect(others).toEqual([]);
      expect((await refreshAt(victim.refreshCookie)).statusCode).toBe(200);
    },
  );

  test('cookies of older SDKs, which no browser of ours has, are rejected and log no user out', async () => {
    const answer = await info(victim.accessCookie, 'sIdRefreshToken=x');
    expect([answer.statusCode, bodyOf(answer)]).toEqual([
      401,
      { code: 'try_refresh_token', message: 'try refresh token' },
    ]);
    expectTokensLeft(answer);
    expect((await refreshWith(victim.refreshCookie, 'sIdRefreshToken=x')).statusCode).toBe(200);
  });

  test('session fixation: who logs in gets a session of their own, whatever cookies were there', async () => {
    const cookies = [attacker.accessCookie, attacker.refreshCookie];
    const fresh = await service.logIn({ userId: victim.userId, cookies });
    expect(decodeJwt(fresh.access).sessionHandle).not.toBe(decodeJwt(attacker.access).sessionHandle);
    expect(bodyOf(await info(fresh.accessCookie))).toMatchObject({ userId: victim.userId });
    expect(bodyOf(await info(attacker.accessCookie))).toMatchObject({ userId: attacker.userId });
  });

  test.each(['header', 'any', 'cookie'])(
    'a malicious script in the website gets no refresh token: with st-auth-mode %s, cookies are refreshed as cookies',
    async (mode) => {
      // The browser adds the cookies, and the script reads every header that CORS exposes.
      const answer = await invoke(service.handler('auth'), 'POST', REFRESH, {
        cookies: [victim.accessCookie, victim.refreshCookie],
        headers: { 'st-auth-mode': mode, rid: 'session', origin: WEBSITE },
      });
      expect(answer.statusCode).toBe(200);
      expect(Object.keys(answer.headers)).not.toContain('st-refresh-token');
      const cookie = answer.cookies?.find((candidate) => candidate.startsWith('sRefreshToken=')) ?? '';
      expect(cookie).toMatch(/; HttpOnly/i);
      const [token = ''] = /(?<=^sRefreshToken=)[^;]+/.exec(cookie) ?? [];
      expect(token).not.toBe('');
      const readable = JSON.stringify([answer.headers, answer.body]);
      for (const secret of [token, decodeURIComponent(token)]) expect(readable).not.toContain(secret);
    },
  );

  test("another user's access token with one's own refresh token refreshes one's own session", async () => {
    const answer = await refreshWith(attacker.accessCookie, victim.refreshCookie);
    const cookie = answer.cookies?.find((candidate) => candidate.startsWith('sAccessToken=')) ?? '';
    expect(decodeJwt(decodeURIComponent(cookie.replace(/^sAccessToken=|;.*/g, ''))).sub).toBe(victim.userId);
  });
});

type ChangingRoute = readonly [name: string, method: string, path: string];

/** Every route that changes something for who is logged in. */
const CHANGING: readonly ChangingRoute[] = [
  ['save-note', 'POST', '/notes'],
  ['revoke-session', 'DELETE', '/sessions/HANDLE'],
  ['signout-everywhere', 'POST', '/signout-everywhere'],
  ['auth', 'POST', '/auth/signout'],
  ['auth', 'POST', REFRESH],
];

/** As API Gateway does for a route that ends in `{handle}`. */
const route = async (handler: LambdaHandler, method: string, path: string, call: Call): Promise<Answer> =>
  (await handler(
    { ...httpApiEvent(method, path, call), pathParameters: { handle: path.replace(/^.*\//, '') } },
    lambdaContext,
  )) as Answer;

const MODES = ['VIA_TOKEN', 'VIA_CUSTOM_HEADER', 'NONE'] as const;

describe.each(MODES)('CSRF, mode %s', (mode) => {
  let service: AttackedService;
  beforeAll(async () => {
    const names = ['session-info', 'sessions', ...CHANGING.map(([name]) => name)];
    service = await startService(database, [...new Set(names)], { ANTI_CSRF: mode });
  });

  /** What a browser sends from wherever a page makes it send: cookies by themselves, and a body of any kind. */
  const send = ([name, method, path]: ChangingRoute, tokens: Tokens, headers: Call['headers'] = {}) => {
    const handle = String(decodeJwt(tokens.access).sessionHandle);
    const cookies = [tokens.accessCookie, ...(path === REFRESH ? [tokens.refreshCookie] : [])];
    const body = { text: mode };
    return route(service.handler(name), method, path.replace('HANDLE', handle), { headers, cookies, body });
  };
  const isLoggedIn = async ({ bearer }: Tokens): Promise<boolean> =>
    (await invoke(service.handler('sessions'), 'GET', '/sessions', { headers: bearer })).statusCode === 200;
  /** What only the website can send. */
  const proof = ({ antiCsrf = '' }: Tokens): Record<string, string> =>
    ({ VIA_TOKEN: { 'anti-csrf': antiCsrf }, VIA_CUSTOM_HEADER: { rid: 'session' }, NONE: {} })[mode];

  test.each(CHANGING)('%s: %s %s without its proof changes nothing', async (...changing) => {
    const [victim, attacker] = [await service.logIn(), await service.logIn()];
    const wrong = { VIA_TOKEN: ['', 'x', attacker.antiCsrf ?? ''].map((token) => ({ 'anti-csrf': token })) };
    const forged = { ...wrong, VIA_CUSTOM_HEADER: [{}, { 'anti-csrf': 'x' }], NONE: [] }[mode];
    for (const headers of forged) {
      // Without Origin, which foreign-page.test.ts is about.
      const fromElsewhere = { 'content-type': 'text/plain', ...headers };
      expect([headers, (await send(changing, victim, fromElsewhere)).statusCode]).toEqual([headers, 401]);
      expect(await isLoggedIn(victim)).toBe(true);
    }
    const { statusCode = 0 } = await send(changing, victim, proof(victim));
    expect([200, 204]).toContain(statusCode);
  });

  test('tokens in headers need no proof, for no browser sends them by itself', async () => {
    for (const [name, method, path] of CHANGING) {
      const { bearer, access, refresh } = await service.logIn();
      const headers = path === REFRESH ? { authorization: `Bearer ${refresh}` } : bearer;
      const asked = path.replace('HANDLE', String(decodeJwt(access).sessionHandle));
      const { statusCode = 0 } = await route(service.handler(name), method, asked, {
        headers,
        body: { text: 'a' },
      });
      expect([200, 204]).toContain(statusCode);
    }
  });

  test('what only reads needs none either, and answers no other site', async () => {
    const { accessCookie } = await service.logIn();
    const headers = { origin: 'https://evil.example' };
    const answer = await invoke(service.handler('session-info'), 'GET', '/sessioninfo', {
      cookies: [accessCookie],
      headers,
    });
    expect(answer.statusCode).toBe(200);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });
});

test('CSRF by another method: SuperTokens routes answer POST alone', async () => {
  const service = await startService(database, ['auth', 'sessions']);
  const { accessCookie, refreshCookie, bearer } = await service.logIn();
  for (const path of ['/auth/signout', REFRESH]) {
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'TRACE']) {
      const answer = await invoke(service.handler('auth'), method, path, { cookies: [accessCookie, refreshCookie] });
      expect([method, answer.statusCode]).toEqual([method, 405]);
      expectTokensLeft(answer);
    }
  }
  expect((await invoke(service.handler('sessions'), 'GET', '/sessions', { headers: bearer })).statusCode).toBe(200);
});

test('CSRF by another method: API Gateway lets no GET, for which no proof is asked, reach what changes something', () => {
  const ours = CHANGING.filter(([name]) => name !== 'auth' && !FIXTURES.includes(name)).map(
    ([name]) => `handlers/${name}.handler`,
  );
  const functions = readStack().functions.filter(({ handler }) => ours.includes(handler));
  expect(functions).toHaveLength(ours.length);
  for (const { routes } of functions) for (const route of routes) expect(route).toMatch(/^(POST|PUT|PATCH|DELETE) \//);
});

test('CSRF, mode NONE: browsers themselves keep the cookies from requests of other sites', async () => {
  const domains = { API_DOMAIN: 'https://api.example.com', WEBSITE_DOMAIN: 'https://app.example.com' };
  const service = await startService(database, [], { ...domains, ANTI_CSRF: 'NONE' });
  const { setCookies } = await service.logIn();
  expect(setCookies).toHaveLength(2);
  for (const cookie of setCookies) expect(cookie).toMatch(/; HttpOnly; Secure; SameSite=Lax$/);
});

test('CSRF: without a mode, an API on another site than its website wants the custom header', async () => {
  const domains = { API_DOMAIN: 'https://api.example.com', WEBSITE_DOMAIN: 'https://example.org' };
  const service = await startService(database, ['save-note'], domains);
  const { accessCookie, setCookies } = await service.logIn();
  for (const cookie of setCookies) expect(cookie).toMatch(/; HttpOnly; Secure; SameSite=None$/);
  const save = (headers: Record<string, string>) =>
    invoke(service.handler('save-note'), 'POST', '/notes', {
      cookies: [accessCookie],
      headers,
      body: { text: 'a' },
    });
  expect((await save({})).statusCode).toBe(401);
  expect((await save({ rid: 'session' })).statusCode).toBe(200);
});

test('log-in CSRF: a form of another site, which can send no JSON content type, starts no session', async () => {
  const service = await startService(database, ['user']);
  const body = JSON.stringify(credentials('attacker@example.com'));
  const headers = { origin: 'https://evil.example', 'content-type': 'text/plain' };
  const answer = await invoke(service.handler('user'), 'POST', '/auth/signup', { headers, body });
  expect([answer.statusCode, answer.cookies]).toEqual([415, []]);
});

test('log-out CSRF: a refresh that a page of another site asks for can cost the browser its cookies, but no session', async () => {
  const service = await startService(database, ['auth', 'sessions']);
  const { bearer, refreshCookie } = await service.logIn();
  // A form may post there; the cookies stay behind, being SameSite=Lax, and SuperTokens clears what it did not find.
  const headers = { origin: 'https://evil.example', 'content-type': 'text/plain' };
  const answer = await invoke(service.handler('auth'), 'POST', REFRESH, { headers });
  expect(answer.statusCode).toBe(401);
  for (const cookie of answer.cookies ?? [])
    expect(cookie).toMatch(/^s(Access|Refresh)Token=; .*1970 .*; SameSite=Lax$/);
  expect((await invoke(service.handler('sessions'), 'GET', '/sessions', { headers: bearer })).statusCode).toBe(200);
  expect((await invoke(service.handler('auth'), 'POST', REFRESH, { cookies: [refreshCookie] })).statusCode).toBe(200);
});

/** Whom a careless comparison would take for the website. */
const OTHER_ORIGINS = {
  null: ['null', 'NULL', ''],
  'sub-domain': ['http://app.localhost:3000', 'http://www.localhost:3000', 'http://localhost.localhost:3000'],
  'look-alike': [
    ...['http://localhost:30000', 'http://localhost:300', 'http://localhost', 'https://localhost:3000'],
    ...['http://localhost:3000.evil.example', 'http://localhost:3000@evil.example', 'http://evillocalhost:3000'],
    ...['http://localhost:3000/', 'http://LOCALHOST:3000', 'http://127.0.0.1:3000', 'http://localhost:3000#'],
    ...[`${WEBSITE},https://evil.example`, `https://evil.example,${WEBSITE}`, `${WEBSITE} https://evil.example`],
    ...['http://loca1host:3000', 'http://loc\u0430lhost:3000', 'http://localhost:3000%00.evil', '*', 'http://*:3000'],
  ],
};

describe.each(Object.entries(OTHER_ORIGINS))('CORS with a %s origin', (_kind, origins) => {
  test.each(['2.0', '1.0'] as const)('learns nothing, payload %s', async (version) => {
    const service = await startService(database, ['session-info', 'auth']);
    const { bearer } = await service.logIn();
    const requests = [
      ['session-info', 'GET', '/sessioninfo', bearer],
      ['session-info', 'GET', '/sessioninfo', {}],
      ['session-info', 'OPTIONS', '/sessioninfo', {}],
      ['auth', 'OPTIONS', REFRESH, {}],
      ['auth', 'POST', REFRESH, {}],
      ['auth', 'GET', '/auth/jwt/jwks.json', {}],
    ] as const;
    for (const [name, method, path, headers] of requests) {
      const asked = (origin: string) => ask(version, service.handler(name), method, path, { ...headers, origin });
      expect((await asked(WEBSITE)).headers).toMatchObject({ 'access-control-allow-origin': WEBSITE });
      for (const origin of origins) {
        const told = Object.entries((await asked(origin)).headers).filter(([header]) =>
          /^access-control-|^vary$/i.test(header),
        );
        expect([origin, told]).toEqual([origin, [['vary', 'origin']]]);
      }
    }
  });
});

/** Asks with the same request in either payload format. */
async function ask(
  version: '1.0' | '2.0',
  handler: LambdaHandler,
  method: string,
  path: string,
  headers: Record<string, string>,
) {
  if (version === '2.0') return invoke(handler, method, path, { headers });
  const multiValueHeaders = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
  const event = { httpMethod: method, path, headers, multiValueHeaders, requestContext: { stage: '$default' } };
  return (await handler(event, lambdaContext)) as Answer;
}

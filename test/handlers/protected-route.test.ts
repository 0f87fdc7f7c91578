import { setTimeout } from 'node:timers/promises';
import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import { type Answer, bodyOf, httpApiEvent, invoke, lambdaContext, logged } from '../fixtures/lambda.ts';
import { askForSession } from '../fixtures/log-in.ts';
import { database, logIn, proxy, sessionFunction, useWatchedDatabase, verifyingFunction } from './watched-functions.ts';

useWatchedDatabase();

async function theReadAtTheStart(): Promise<void> {
  while (proxy.calls.length === 0) await setTimeout(10);
}

const bearer = ({ headers }: Answer) => ({ authorization: `Bearer ${headers['st-access-token']}` });
const save = (handler: LambdaHandler, headers: Record<string, string>) =>
  invoke(handler, 'POST', '/notes', { headers, body: { text: 'a' } });

test('a protected route reads the published keys once and calls no session table', async () => {
  const session = await logIn();
  const { handler } = await verifyingFunction(() => import('../fixtures/handlers/save-note.ts'));
  proxy.calls.length = 0;
  for (const _ of [1, 2, 3]) expect((await save(handler, bearer(session))).statusCode).toBe(200);
  const { publishedKeys, users } = database.tables;
  expect(proxy.calls.filter(({ table }) => table === publishedKeys)).toEqual([
    { operation: 'GetItem', table: publishedKeys },
  ]);
  expect(new Set(proxy.calls.map(({ table }) => table))).toEqual(new Set([publishedKeys, users]));
});

test('a function reads the keys when it starts, before the first request', async () => {
  const session = await logIn();
  proxy.calls.length = 0;
  const { handler } = await verifyingFunction(() => import('../../handlers/session-info.ts'));
  await theReadAtTheStart();
  expect(proxy.calls).toEqual([{ operation: 'GetItem', table: database.tables.publishedKeys }]);
  expect((await invoke(handler, 'GET', '/sessioninfo', { headers: bearer(session) })).statusCode).toBe(200);
  expect(proxy.calls).toHaveLength(1);
});

test('keys that could not be read at the start are read again for the first request', async () => {
  const session = await logIn();
  proxy.isBroken = true;
  const [{ handler: info }, { handler: auth }] = [
    await verifyingFunction(() => import('../../handlers/session-info.ts')),
    await sessionFunction(() => import('../../handlers/auth.ts')),
  ];
  const early = invoke(info, 'GET', '/sessioninfo', { headers: bearer(session) });
  expect((await early).statusCode).toBe(503);
  proxy.isBroken = false;
  expect((await invoke(info, 'GET', '/sessioninfo', { headers: bearer(session) })).statusCode).toBe(200);
  const refresh = { authorization: `Bearer ${session.headers['st-refresh-token']}`, 'st-auth-mode': 'header' };
  expect((await invoke(auth, 'POST', '/auth/session/refresh', { headers: refresh })).statusCode).toBe(200);
});

test('before any key is published the answer is 401, not 500', async () => {
  const session = await logIn();
  const nothingPublished = { PUBLISHED_KEYS_TABLE: database.tables.keys };
  const { handler } = await verifyingFunction(() => import('../fixtures/handlers/save-note.ts'), nothingPublished);
  expect(await save(handler, bearer(session))).toMatchObject({ statusCode: 401 });
});

test('a store that does not answer is 503 with Retry-After, and tokens stay in place', async () => {
  const session = await logIn();
  const { handler: saveNote } = await verifyingFunction(() => import('../fixtures/handlers/save-note.ts'));
  const { handler: auth } = await sessionFunction(() => import('../../handlers/auth.ts'));
  proxy.isBroken = true;
  const answers = [
    await save(saveNote, bearer(session)),
    await invoke(auth, 'POST', '/auth/session/refresh', {
      headers: { 'st-auth-mode': 'header', authorization: `Bearer ${session.headers['st-refresh-token']}` },
    }),
  ];
  for (const answer of answers) {
    expect(answer).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } });
    expect(bodyOf(answer)).toEqual({
      code: 'service_unavailable',
      message: 'The service is not available right now. Please try again.',
    });
    expect(Object.keys(answer.headers)).not.toContain('front-token');
    expect(answer.cookies).toEqual([]);
  }
});

test('checkDatabase on a function that only verifies keeps it from starting, and says what to change', async () => {
  const load = async () => {
    const { protectedRoute } = await import('../../lib/index.ts');
    return protectedRoute(async () => ({ statusCode: 200 }), { checkDatabase: true });
  };
  await expect(verifyingFunction(load)).rejects.toThrow(/SESSIONS_TABLE, KEYS_TABLE and role SessionRole/);
  await expect(sessionFunction(load)).resolves.toBeInstanceOf(Function);
});

test('checkDatabase sees a revoked session at once', async () => {
  const session = await logIn();
  const handler = await sessionFunction(async () => {
    const { protectedRoute } = await import('../../lib/index.ts');
    return protectedRoute(async () => ({ statusCode: 204 }), { checkDatabase: true });
  });
  expect((await invoke(handler, 'GET', '/', { headers: bearer(session) })).statusCode).toBe(204);
  const { handler: auth } = await sessionFunction(() => import('../../handlers/auth.ts'));
  await invoke(auth, 'POST', '/auth/signout', { headers: bearer(session) });
  expect((await invoke(handler, 'GET', '/', { headers: bearer(session) })).statusCode).toBe(401);
});

test('claims changed on a function that only verifies are a 500 whose log says what to change', async () => {
  const session = await logIn();
  const handler = await verifyingFunction(async () => {
    const { protectedRoute } = await import('../../lib/index.ts');
    return protectedRoute(async (request) => {
      await request.session.mergeIntoAccessTokenPayload({ role: 'admin' });
      return { statusCode: 204 };
    });
  });
  const answer = await invoke(handler, 'GET', '/', { headers: bearer(session) });
  expect(answer.statusCode).toBe(500);
  const failure = logged.find(({ message }) => message === 'CoreRequestFailed');
  expect(failure?.details.error).toMatchObject({
    message: expect.stringMatching(/This function only verifies access tokens/),
  });
});

test('an error of a handler is a 500 without detail, logged with the request id', async () => {
  const session = await logIn();
  const handler = await verifyingFunction(async () => {
    const { protectedRoute } = await import('../../lib/index.ts');
    return protectedRoute(async () => {
      throw new Error('the secret reason');
    });
  });
  const answer = await invoke(handler, 'GET', '/', { headers: bearer(session) });
  expect(answer).toMatchObject({
    statusCode: 500,
    body: '{"code":"internal_error","message":"Internal Server Error"}',
  });
  expect(logged.at(-1)).toMatchObject({
    level: 'error',
    message: 'RequestFailed',
    details: { requestId: 'request-id', awsRequestId: 'aws-request-id', error: { message: 'the secret reason' } },
  });
});

test('an event that is no HTTP request is answered without SuperTokens', async () => {
  const { handler } = await verifyingFunction(() => import('../../handlers/session-info.ts'));
  const warmUp = { source: 'serverless-plugin-warmup' };
  expect(await handler(warmUp, lambdaContext)).toEqual({ ignored: 'not an HTTP request' });
  expect(await handler(undefined, lambdaContext)).toEqual({ ignored: 'not an HTTP request' });
});

describe('with anti-CSRF', () => {
  const cookiesOf = ({ cookies = [] }: Answer) => cookies.map((cookie) => cookie.replace(/;.*/, ''));
  const logInWithCookies = async (extra: Record<string, string>, headers: Record<string, string> = {}) => {
    const { handler } = await sessionFunction(() => import('../fixtures/handlers/log-in.ts'), extra);
    return askForSession(handler, undefined, { 'st-auth-mode': 'cookie', ...headers });
  };

  test('VIA_TOKEN, a request without the anti-csrf header is rejected, also at refresh', async () => {
    const extra = { ANTI_CSRF: 'VIA_TOKEN' };
    const session = await logInWithCookies(extra);
    const cookies = cookiesOf(session);
    const { handler: saveNote } = await verifyingFunction(() => import('../fixtures/handlers/save-note.ts'), extra);
    const { handler: auth } = await sessionFunction(() => import('../../handlers/auth.ts'), extra);
    const ask = (handler: LambdaHandler, path: string, headers: Record<string, string>) =>
      invoke(handler, 'POST', path, { cookies, headers, body: { text: 'a' } });
    const token = { 'anti-csrf': session.headers['anti-csrf'] ?? '' };
    expect((await ask(saveNote, '/notes', {})).statusCode).toBe(401);
    expect((await ask(saveNote, '/notes', token)).statusCode).toBe(200);
    expect((await ask(auth, '/auth/session/refresh', {})).statusCode).toBe(401);
    expect((await ask(auth, '/auth/session/refresh', token)).statusCode).toBe(200);
  });

  test('VIA_CUSTOM_HEADER, a request without the rid header is rejected', async () => {
    const extra = { ANTI_CSRF: 'VIA_CUSTOM_HEADER' };
    const cookies = cookiesOf(await logInWithCookies(extra));
    const { handler } = await verifyingFunction(() => import('../fixtures/handlers/save-note.ts'), extra);
    const ask = (headers: Record<string, string>) =>
      invoke(handler, 'POST', '/notes', { cookies, headers, body: { text: 'a' } });
    expect((await ask({})).statusCode).toBe(401);
    expect((await ask({ rid: 'anti-csrf' })).statusCode).toBe(200);
  });

  test.each([
    ['http on localhost', {}, /; Path=\/; .*; HttpOnly; SameSite=Lax$/],
    [
      'https across subdomains',
      { API_DOMAIN: 'https://api.example.com', WEBSITE_DOMAIN: 'https://app.example.com' },
      /; Path=\/; .*; HttpOnly; Secure; SameSite=Lax$/,
    ],
    [
      'https across sites',
      { API_DOMAIN: 'https://api.example.com', WEBSITE_DOMAIN: 'https://example.org' },
      /; Path=\/; .*; HttpOnly; Secure; SameSite=None$/,
    ],
  ])('cookies are right for %s', async (_what, domains, attributes) => {
    const { cookies = [] } = await logInWithCookies(domains);
    expect(cookies.find((cookie) => cookie.startsWith('sAccessToken='))).toMatch(attributes);
    expect(cookies.find((cookie) => cookie.startsWith('sRefreshToken='))).toMatch('Path=/auth/session/refresh');
  });

  test.each([
    ['https://app.example.com', 'Lax'],
    ['https://17.pr.example.com', 'Lax'],
    ['https://example.org', 'None'],
    // A client that is no browser, and a page of an unknown origin: as for the first website.
    ['', 'Lax'],
    ['https://example.net', 'Lax'],
  ])('of several websites, cookies suit the one that asks: %s', async (origin, sameSite) => {
    const WEBSITE_DOMAIN = 'https://app.example.com,https://*.pr.example.com,https://example.org';
    const domains = { API_DOMAIN: 'https://api.example.com', WEBSITE_DOMAIN };
    const { cookies = [] } = await logInWithCookies(domains, origin === '' ? {} : { origin });
    const tokens = cookies.filter((cookie) => /^s(Access|Refresh)Token=/.test(cookie));
    expect(tokens).toHaveLength(2);
    for (const cookie of tokens) expect(cookie).toMatch(new RegExp(`; Secure; SameSite=${sameSite}$`));
  });

  test('of several websites, only one on another site needs an anti-CSRF header', async () => {
    const WEBSITE_DOMAIN = 'https://app.example.com,https://example.org';
    const domains = { API_DOMAIN: 'https://api.example.com', WEBSITE_DOMAIN };
    const cookies = cookiesOf(await logInWithCookies({ ANTI_CSRF: 'NONE' }));
    const { handler } = await verifyingFunction(() => import('../fixtures/handlers/save-note.ts'), domains);
    const ask = async (headers: Record<string, string>) =>
      (await invoke(handler, 'POST', '/notes', { cookies, headers, body: { text: 'a' } })).statusCode;
    expect(await ask({ origin: 'https://app.example.com' })).toBe(200);
    expect(await ask({ origin: 'https://example.org' })).toBe(401);
    expect(await ask({ origin: 'https://example.org', rid: 'anti-csrf' })).toBe(200);
  });
});

test('an OPTIONS request that reaches a function is a preflight', async () => {
  const { handler } = await verifyingFunction(() => import('../fixtures/handlers/save-note.ts'));
  const preflight = (origin: string) =>
    handler(httpApiEvent('OPTIONS', '/notes', { headers: { origin } }), lambdaContext);
  expect(await preflight('http://localhost:3000')).toMatchObject({
    statusCode: 204,
    headers: {
      'access-control-allow-origin': 'http://localhost:3000',
      'access-control-allow-headers': 'content-type,rid,fdi-version,anti-csrf,authorization,st-auth-mode',
    },
  });
  expect(await preflight('https://evil.example')).toMatchObject({ statusCode: 204, headers: { vary: 'origin' } });
  // A preflight does not wait for it, and the test would end before it.
  await theReadAtTheStart();
});

import { randomUUID } from 'node:crypto';
import { freePort, type LocalService, startLocalService } from '../../lib/dev/service.ts';
import { Client, poll, type TransferMethod } from '../fixtures/client.ts';

const WEBSITE = 'http://localhost:3000';
let service: LocalService;

beforeAll(async () => {
  service = await startLocalService({
    port: await freePort(),
    websiteDomain: WEBSITE,
    environment: {
      // The very bundles that are deployed.
      READABLE_BUNDLES: 'off',
      ACCESS_TOKEN_VALIDITY: '3',
      ACCESS_TOKEN_VALIDITY_JITTER: '0',
      REFRESH_TOKEN_ROTATION_GRACE_PERIOD: '3',
    },
  });
});
afterAll(() => service?.stop());

const credentials = () => ({ email: `${randomUUID()}@example.com`, password: 'correct horse battery' });

async function signedUp(method: TransferMethod): Promise<Client> {
  const client = new Client(service.url, method);
  expect(await client.post('/signup', credentials())).toMatchObject({
    status: 201,
    body: { userId: expect.any(String) },
  });
  return client;
}

const like = (client: Client) => client.post('/like-comment', { commentId: 'comment-1' });
const isUnauthorised = ({ status }: { status: number }) => status === 401;

describe.each(['cookie', 'header'] as const)('with tokens in a %s', (method) => {
  test('sign up, like, expire, refresh, like again, refresh again, replay the first token, lose the session', async () => {
    const client = await signedUp(method);
    const thief = client.copy();
    expect((await like(client)).status).toBe(200);

    const expired = await poll(() => like(client), isUnauthorised);
    expect(expired.body).toEqual({ message: 'try refresh token' });

    expect((await client.refresh()).status).toBe(200);
    expect((await like(client)).status).toBe(200);
    expect((await client.refresh()).status).toBe(200);

    const replayed = await poll(() => thief.copy().refresh(), isUnauthorised);
    expect(replayed.body).toEqual({ message: 'token theft detected' });
    const afterTheft = await client.refresh();
    expect(afterTheft).toMatchObject({ status: 401, body: { message: 'unauthorised' } });
    expect(client.token('refresh')).toBeUndefined();
  });

  test('sign out revokes the session and clears the tokens', async () => {
    const client = await signedUp(method);
    const otherTab = client.copy();
    expect(await client.post('/auth/signout')).toMatchObject({ status: 200, body: { status: 'OK' } });
    expect([client.token('access'), client.token('refresh')]).toEqual([undefined, undefined]);
    expect((await otherTab.refresh()).body).toEqual({ message: 'unauthorised' });
  });

  test('two parallel refreshes of one token get the same new token, and both clients go on', async () => {
    const tabs = [await signedUp(method)];
    tabs.push(...[1, 2].map(() => (tabs[0] as Client).copy()));
    const answers = await Promise.all(tabs.map((tab) => tab.refresh()));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(new Set(tabs.map((tab) => tab.token('refresh'))).size).toBe(1);
    const likes = await Promise.all(tabs.map(like));
    expect(likes.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await (tabs[2] as Client).refresh()).status).toBe(200);
  });

  test('a retry after a lost answer gets that answer within the grace window, and is theft after it', async () => {
    const client = await signedUp(method);
    const lost = client.copy();
    const late = client.copy();
    await lost.refresh();
    expect((await client.refresh()).status).toBe(200);
    expect(client.token('refresh')).toBe(lost.token('refresh'));
    const past = await poll(() => late.copy().refresh(), isUnauthorised);
    expect(past.body).toEqual({ message: 'token theft detected' });
  });

  test('a session logs in again with its password, and tells who it is', async () => {
    const { email, password } = credentials();
    const signUp = await new Client(service.url, method).post('/signup', { email, password });
    const client = new Client(service.url, method);
    const login = await client.post('/login', { email: email.toUpperCase(), password });
    expect(login).toMatchObject({ status: 200, body: signUp.body });
    expect(await client.get('/sessioninfo')).toMatchObject({
      status: 200,
      body: {
        sessionHandle: expect.stringMatching(/^[0-9a-f-]{36}$/),
        userId: signUp.body.userId,
        accessTokenPayload: { sub: signUp.body.userId, iss: `${service.url}/auth` },
      },
    });
  });
});

describe('a like', () => {
  test('counts once per user and comment', async () => {
    const [one, other] = [await signedUp('header'), await signedUp('header')];
    const commentId = randomUUID();
    expect((await one.post('/like-comment', { commentId })).body).toMatchObject({ commentId, likes: 1 });
    expect((await one.post('/like-comment', { commentId })).body).toMatchObject({ likes: 1 });
    expect((await other.post('/like-comment', { commentId })).body).toMatchObject({ likes: 2 });
  });

  test('needs a session', async () => {
    expect(await like(new Client(service.url, 'cookie'))).toMatchObject({
      status: 401,
      body: { message: 'unauthorised' },
    });
  });
});

describe('log-in', () => {
  test('says the same of an unknown e-mail and a wrong password', async () => {
    const { email, password } = credentials();
    const client = new Client(service.url, 'header');
    await client.post('/signup', { email, password });
    const wrong = await client.post('/login', { email, password: 'not the password' });
    const unknown = await client.post('/login', { email: `x${email}`, password });
    expect(wrong).toMatchObject({ status: 401, body: { message: 'Wrong e-mail or password' } });
    expect(unknown).toMatchObject({ status: 401, body: wrong.body });
  });

  test('refuses a taken e-mail with 409 and names a bad field with 400', async () => {
    const client = new Client(service.url, 'header');
    const { email, password } = credentials();
    await client.post('/signup', { email, password });
    expect((await client.post('/signup', { email, password })).status).toBe(409);
    expect(await client.post('/signup', { email: 'nobody', password })).toMatchObject({
      status: 400,
      body: { field: 'email' },
    });
    expect(await client.post('/signup', { email, password: 'short' })).toMatchObject({
      status: 400,
      body: { field: 'password' },
    });
  });
});

describe('errors', () => {
  const raw = (path: string, init: RequestInit) => fetch(`${service.url}${path}`, init);

  test.each([
    ['an unknown route', 404, '/nothing', { method: 'GET' }],
    ['an unknown route below /auth', 404, '/auth/nothing', { method: 'GET' }],
    ['a known route with another method', 405, '/like-comment', { method: 'DELETE' }],
    ['a malformed body', 400, '/login', { method: 'POST', body: '{"email":' }],
    ['no body', 400, '/login', { method: 'POST' }],
    [
      'a body that is too large',
      413,
      '/login',
      { method: 'POST', body: JSON.stringify({ email: 'x'.repeat(20_000) }) },
    ],
  ])('%s is %i with a JSON message', async (_what, status, path, init) => {
    const response = await raw(path, init);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toMatch('application/json');
    expect(await response.json()).toEqual({ message: expect.any(String) });
  });

  test('a preflight is answered without a Lambda run', async () => {
    const response = await raw('/like-comment', {
      method: 'OPTIONS',
      headers: { origin: WEBSITE, 'access-control-request-method': 'POST' },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe(WEBSITE);
    expect(response.headers.get('access-control-allow-credentials')).toBe('true');
    expect(response.headers.get('access-control-allow-headers')).toMatch('st-auth-mode');
    expect(response.headers.get('access-control-expose-headers')).toMatch('front-token');
  });
});

test('the published keys and the discovery document are public', async () => {
  const discovery = await (await fetch(`${service.url}/auth/.well-known/openid-configuration`)).json();
  expect(discovery).toMatchObject({ issuer: `${service.url}/auth` });
  const { keys } = (await (await fetch((discovery as { jwks_uri: string }).jwks_uri)).json()) as { keys: unknown[] };
  expect(keys).toHaveLength(2);
});

test('health says whether the store answers', async () => {
  const response = await fetch(`${service.url}/health`);
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ status: 'ok', core: 'built-in', store: 'ok' });
});

test('the demo page is at the root, and may run its own script alone', async () => {
  const page = await fetch(`${service.url}/`);
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'sha256-[\w+/=]+';/);
  expect(await page.text()).toMatch('SuperTokens sessions');
});

import { request } from 'node:http';
import { type LocalFunctions, startLocalFunctions } from '../fixtures/local-functions.ts';

const WEBSITE = 'http://localhost:3000';

let service: LocalFunctions;
let port: number;
beforeAll(async () => {
  service = await startLocalFunctions('like-api-gateway', {
    setsCookies: {
      source: `const cookies = [
  'theme=dark; Path=/; Max-Age=60; SameSite=None; Secure; Partitioned',
  'old=; Path=/; Domain=a.example; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
  'old=; Path=/; Domain=b.example; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
];
export const handler = async () => ({ statusCode: 204, cookies, headers: { 'Set-Cookie': 'own=1' } });`,
    },
    allowsAnyone: {
      source: `const headers = { 'access-control-allow-origin': '*', 'Access-Control-Allow-Methods': 'PURGE' };
export const handler = async () => ({ statusCode: 200, headers, body: '' });`,
    },
    fails: { source: `export const handler = async () => {\n  throw new Error('fails');\n};` },
  });
  port = Number(new URL(service.url).port);
}, 300_000);
afterAll(() => service?.stop());

test('the terminal says once how to allow a website that the API does not allow', async () => {
  const call = (origin: string, method = 'GET'): Promise<Response> =>
    fetch(`${service.url}/health`, { method, headers: { origin, 'access-control-request-method': 'GET' } });
  for (const origin of [WEBSITE, service.url, 'null', 'http://a b', 'https://a.invalid']) await call(origin);
  for (const method of ['OPTIONS', 'GET', 'GET']) await call('http://localhost:5173', method);
  await call('http://localhost:5174');
  while (!service.output().includes(',http://localhost:5174')) await new Promise((resolve) => setTimeout(resolve, 20));
  const hints = service
    .output()
    .split('\n')
    .filter((line) => line.startsWith('CORS: '));
  expect(hints).toEqual(
    ['http://localhost:5173', 'http://localhost:5174'].map((origin) =>
      expect.stringMatching(new RegExp(`pages of ${origin} .*: npm run dev -- --website ${WEBSITE},${origin}$`)),
    ),
  );
});

const corsHeaders = (response: Response): Record<string, string> =>
  Object.fromEntries([...response.headers].filter(([name]) => name.startsWith('access-control-')));

const FOR_THE_WEBSITE = {
  'access-control-allow-origin': WEBSITE,
  'access-control-allow-credentials': 'true',
  'access-control-expose-headers': 'front-token,st-access-token,st-refresh-token,anti-csrf',
};

describe.each([
  ['a route', '/health', 200],
  ['an unknown path', '/nothing', 404],
  ['a function that sets CORS headers itself', '/allowsAnyone', 200],
  ['a function that fails', '/fails', 500],
])('CORS: %s', (_what, path, status) => {
  const get = (headers: Record<string, string>): Promise<Response> => fetch(`${service.url}${path}`, { headers });

  test('allows the website', async () => {
    const response = await get({ origin: WEBSITE });
    expect([response.status, corsHeaders(response)]).toEqual([status, FOR_THE_WEBSITE]);
  });

  test.each(['https://evil.example', 'http://localhost:3000.evil.example', 'http://localhost:30001', 'null'])(
    'does not allow %s',
    async (origin) => {
      const response = await get({ origin });
      expect([response.status, corsHeaders(response)]).toEqual([status, {}]);
    },
  );

  test('says nothing to a client without an origin', async () => {
    expect(corsHeaders(await get({}))).toEqual({});
  });
});

test('a preflight allows the website alone', async () => {
  const ask = async (origin: string): Promise<unknown> => {
    const headers = { origin, 'access-control-request-method': 'POST' };
    const response = await fetch(`${service.url}/login/oidc`, { method: 'OPTIONS', headers });
    return [response.status, corsHeaders(response)];
  };
  expect(await ask(WEBSITE)).toEqual([204, expect.objectContaining(FOR_THE_WEBSITE)]);
  expect(await ask('https://evil.example')).toEqual([204, {}]);
});

test.each(['g_state={"i_l":0}', 'a b=c', '=x', 'name', 'quoted="a;b"', 'umlaut=ä'])(
  "another project's cookie %s changes nothing",
  async (cookie) => {
    expect((await fetch(`${service.url}/health`, { headers: { cookie } })).status).toBe(200);
    expect((await fetch(`${service.url}/sessioninfo`, { headers: { cookie } })).status).toBe(401);
  },
);

test("a function's cookies arrive as it wrote them, also two of one name", async () => {
  expect((await fetch(`${service.url}/setsCookies`)).headers.getSetCookie()).toEqual([
    'theme=dark; Path=/; Max-Age=60; SameSite=None; Secure; Partitioned',
    'old=; Path=/; Domain=a.example; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
    'old=; Path=/; Domain=b.example; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
    'own=1',
  ]);
});

test.each([
  ['a route of GET alone', '/health', 405, 'GET'],
  ['a route of POST alone', '/login/oidc', 405, 'POST'],
  ['an unknown path', '/nothing', 404, null],
  ['a route of any method', '/auth/jwt/jwks.json', 405, 'GET'],
])('HEAD of %s reaches the function that API Gateway would take', async (_what, path, status, allow) => {
  const response = await fetch(`${service.url}${path}`, { method: 'HEAD' });
  expect([response.status, response.headers.get('allow'), await response.text()]).toEqual([status, allow, '']);
});

test.each(['127.0.0.1', '::1'])('the API listens on %s', async (host) => {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  request({ host, port, path: '/health' }, ({ statusCode }) => resolve(statusCode))
    .once('error', reject)
    .end();
  expect(await promise).toBe(200);
});

test('each request has a line with its status and duration, and without its query', async () => {
  await fetch(`${service.url}/nothing?token=secret`);
  await fetch(`${service.url}/authorized`);
  await fetch(`${service.url}/health`, { method: 'HEAD' });
  const deadline = Date.now() + 240_000;
  while (!/^HEAD \/health 405 \d+ ms$/m.test(service.output()) && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(service.output()).toMatch(/^GET \/nothing 404 \d+ ms$/m);
  expect(service.output()).toMatch(/^HEAD \/health 405 \d+ ms$/m);
  // 404 in a clone without the example.
  expect(service.output()).toMatch(/^GET \/authorized 40[34] \d+ ms$/m);
  expect(service.output()).not.toMatch(/secret|λ/);
});

import type { CoreRequest, CoreResponse } from '../../../lib/core/index.ts';
import { makeTestCore, type TestCore } from '../../fixtures/core.ts';
import { makeUserCore } from '../../fixtures/user-core.ts';
import { core, database, useCore } from './http-core.ts';

useCore();

const send = (request: Partial<CoreRequest>, to: TestCore = core): Promise<CoreResponse> =>
  to.core.handle({
    method: 'GET',
    path: '/apiversion',
    query: new URLSearchParams(),
    headers: {},
    body: undefined,
    ...request,
  });

const USER = new URLSearchParams({ userId: 'u' });

describe('An answer', () => {
  test('in JSON says so, and ends in a newline', async () => {
    const { status, headers, body } = await send({ path: '/recipe/jwt/jwks' });
    expect(status).toBe(200);
    expect(headers).toEqual({ 'content-type': 'application/json; charset=UTF-8' });
    expect(body).toMatch(/^\{.*\}\n$/);
  });

  test('in plain text says that it is HTML, and ends in a newline', async () => {
    const html = { 'content-type': 'text/html; charset=UTF-8' };
    expect(await send({ path: '/hello' })).toEqual({ status: 200, headers: html, body: 'Hello\n' });
    expect(await send({ path: '/nothing' })).toEqual({ status: 404, headers: html, body: 'Not found\n' });
  });
});

describe('A request that only another core can answer', () => {
  test.each([
    ['POST', '/recipe/totp/device', 'TOTP'],
    ['POST', '/public/recipe/totp/verify', 'TOTP'],
    ['POST', '/recipe/webauthn/user/credential/register', 'WebAuthn'],
    ['GET', '/appid-other/tenant/recipe/webauthn/options', 'WebAuthn'],
    ['POST', '/public/recipe/saml/login', 'SAML'],
    ['GET', '/recipe/oauth/clients/list', 'OAuth2Provider'],
    ['POST', '/recipe/dashboard/signin', 'Dashboard'],
  ])('%s %s gets 404, and the message names the recipe', async (method, path, recipe) => {
    const { status, body } = await send({ method, path });
    expect([status, body]).toEqual([404, `This core does not have SuperTokens' recipe ${recipe}\n`]);
  });

  test('changes of a tenant get a message that says why', async () => {
    const body = 'This core has one app and one tenant, and cannot change them\n';
    const path = '/recipe/multitenancy/tenant';
    const withUsers = makeUserCore(database);
    expect(await send({ method: 'PUT', path: `${path}/v2` }, withUsers)).toMatchObject({ status: 405, body });
    expect(await send({ method: 'POST', path: `${path}/remove` }, withUsers)).toMatchObject({ status: 404, body });
    expect(await send({ method: 'GET', path: `${path}/v2` }, withUsers)).toMatchObject({ status: 200 });
  });
});

describe('Versions', () => {
  const ALL = ['3.0', '3.1', '4.0', '5.0', '5.1', '5.2', '5.3', '5.4', '5.5', '5.6'];

  test('GET /apiversion lists them, whatever domains come along', async () => {
    const query = new URLSearchParams({ apiDomain: 'https://a.example', websiteDomain: 'https://w.example' });
    for (const asked of [new URLSearchParams(), query]) {
      expect(JSON.parse((await send({ query: asked })).body)).toEqual({ versions: ALL });
    }
  });

  test.each(ALL)('%s is answered', async (version) => {
    const answer = await send({ path: '/recipe/jwt/jwks', headers: { 'cdi-version': version } });
    expect(answer.status).toBe(200);
  });

  test.each(['2.21', '2.7', '4', '5.7', '05.4', '5.40'])('%s is not offered', async (version) => {
    const answer = await send({ headers: { 'cdi-version': version } });
    expect(answer).toMatchObject({ status: 400, body: `cdi-version ${version} not supported\n` });
  });

  test.each(['', 'v5', '5.', '.5', '5..4', '5,4', '5.4-beta', '5.4 '])('%j is none', async (version) => {
    const answer = await send({ headers: { 'cdi-version': version } });
    expect(answer).toMatchObject({ status: 400, body: 'cdi-version header is invalid\n' });
  });

  test.each(['/hello', '/', '/.well-known/jwks.json'])('%s needs none', async (path) => {
    expect((await send({ path, headers: { 'cdi-version': 'none' } })).status).toBe(200);
  });

  test('absent means the newest', async () => {
    const body = JSON.stringify({
      userId: 'u',
      userDataInJWT: {},
      userDataInDatabase: {},
      enableAntiCsrf: false,
      accessTokenValidity: 0,
    });
    expect((await send({ method: 'POST', path: '/recipe/session', body })).body).toContain('accessTokenValidity');
  });
});

describe('With API keys', () => {
  const FIRST = 'first-key-of-this-core=1';
  const SECOND = 'second-key-of-this-core2';
  let locked: TestCore;

  beforeAll(() => {
    locked = makeTestCore(database.store, { apiKeys: [FIRST, SECOND] });
  });

  test.each([
    { 'api-key': FIRST },
    { 'api-key': SECOND },
    { 'api-key': ` ${SECOND}\t` },
    { authorization: `Bearer ${FIRST}` },
    { authorization: `bearer ${SECOND}` },
    { authorization: FIRST },
    { 'api-key': FIRST, authorization: 'Basic dTpw' },
  ])('any of them opens, in the header api-key or Authorization: %j', async (headers: Record<string, string>) => {
    expect((await send({ headers }, locked)).status).toBe(200);
  });

  test.each([
    {},
    { 'api-key': '' },
    { 'api-key': FIRST.slice(0, -1) },
    { 'api-key': `${FIRST}x` },
    { 'api-key': FIRST.toUpperCase() },
    { 'api-key': `${FIRST},${SECOND}` },
    { 'api-key': `Bearer ${FIRST}` },
    { authorization: 'Bearer' },
    { authorization: `Basic ${FIRST}` },
    { 'api-key': 'wrong', authorization: FIRST },
  ])('nothing else does: %j', async (headers: Record<string, string>) => {
    expect(await send({ headers }, locked)).toMatchObject({ status: 401, body: 'Invalid API key\n' });
  });

  test.each(['/hello', '/', '/.well-known/jwks.json', '/t1/hello'])('%s needs none', async (path) => {
    expect((await send({ path }, locked)).status).toBe(200);
  });

  test('an unknown path is not found even without one', async () => {
    expect((await send({ path: '/nothing' }, locked)).status).toBe(404);
  });

  test.each<Partial<CoreRequest>>([
    { path: '/recipe/session', method: 'POST', body: 'garbage' },
    { path: '/recipe/session', method: 'PATCH' },
    { path: '/recipe/session', method: 'GET' },
    { path: '/recipe/session', method: 'GET', headers: { 'cdi-version': 'none' } },
  ])('they are looked at before anything else of the request: %j', async (request) => {
    expect((await send(request, locked)).status).toBe(401);
  });

  test('a core without any is open, whatever key is sent', async () => {
    expect((await send({ headers: { 'api-key': 'any' } })).status).toBe(200);
  });
});

describe('Methods', () => {
  const ALL = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'];

  test.each([
    ['/hello', ['GET', 'POST', 'PUT', 'DELETE']],
    ['/apiversion', ['GET']],
    ['/.well-known/jwks.json', ['GET']],
    ['/user/id', ['GET']],
    ['/recipe/jwt', ['POST']],
    ['/recipe/jwt/jwks', ['GET']],
    ['/recipe/jwt/data', ['GET', 'PUT']],
    ['/recipe/session', ['GET', 'POST']],
    ['/recipe/session/data', ['GET', 'PUT']],
    ['/recipe/session/user', ['GET']],
    ['/recipe/session/verify', ['POST']],
    ['/recipe/session/refresh', ['POST']],
    ['/recipe/session/regenerate', ['POST']],
    ['/recipe/session/remove', ['POST']],
  ])('%s knows %j, and no other is supported', async (path, known) => {
    const answers = await Promise.all(ALL.map((method) => send({ path, method, query: USER })));
    expect(ALL.filter((_method, index) => answers[index]?.status !== 405)).toEqual(known);
    const refused = answers.filter(({ status }) => status === 405);
    expect(new Set(refused.map(({ body }) => body))).toEqual(new Set(['Method not supported\n']));
  });

  test('may be written in lower case', async () => {
    expect((await send({ method: 'get' })).status).toBe(200);
  });
});

describe('A query', () => {
  test.each([
    ['/recipe/session', 'sessionHandle'],
    ['/recipe/session/data', 'sessionHandle'],
    ['/recipe/jwt/data', 'sessionHandle'],
    ['/recipe/session/user', 'userId'],
    ['/user/id', 'userId'],
  ])('of %s that lacks %s is refused', async (path, name) => {
    const answer = await send({ path });
    expect(answer).toMatchObject({ status: 400, body: `Field name '${name}' is missing in GET request\n` });
  });

  test('may have unknown fields', async () => {
    const query = new URLSearchParams({ userId: 'u', surprise: '1' });
    expect((await send({ path: '/recipe/session/user', query })).status).toBe(200);
  });
});

test.each(['/recipe/session', '/recipe/session/refresh', '/recipe/session/remove', '/recipe/jwt'])(
  'a body of POST %s that is no JSON object is rejected',
  async (path) => {
    for (const body of [undefined, '', '[]', 'null', '{"userId":']) {
      const answer = await send({ method: 'POST', path, body });
      expect(answer).toMatchObject({ status: 400, body: 'Invalid Json Input\n' });
    }
  },
);

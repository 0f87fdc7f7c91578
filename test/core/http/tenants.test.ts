import { randomUUID } from 'node:crypto';
import { createSession } from '../../fixtures/cdi-session.ts';
import type { TestAnswer } from '../../fixtures/core.ts';
import { core, useCore } from './http-core.ts';

// Every test asks about a tenant that this core does not have: it has `public`, and no other.

useCore();

const notFound = (app: string, tenant: string): string =>
  'AppId or tenantId not found => Tenant with the following connectionURIDomain, appId and tenantId combination ' +
  `not found: (, ${app}, ${tenant})\n`;

const ONLY_PUBLIC = 'Only public tenantId can call this app specific API\n';

const statusAndText = ({ status, text }: TestAnswer) => ({ status, text });

const SESSION = { userId: 'u', userDataInJWT: {}, userDataInDatabase: {}, enableAntiCsrf: false };
const REFRESH = { refreshToken: 'x', enableAntiCsrf: false, useDynamicSigningKey: true };
const VERIFY = { accessToken: 'x', doAntiCsrfCheck: false, enableAntiCsrf: false, checkDatabase: false };
const JWT = { payload: {}, algorithm: 'RS256', jwksDomain: 'https://a.example', validity: 60 };

const VERSIONS = ['3.1', '4.0', '5.0', '5.4', '5.5', '5.6'];
const SINCE_5_0 = ['5.0', '5.4', '5.5', '5.6'];
const BEFORE_5_0 = ['3.1', '4.0'];

const everyVersion = <T>(versions: readonly string[], cases: readonly (readonly [string, T])[]) =>
  versions.flatMap((version) => cases.map(([path, body]) => [version, path, body] as const));

describe('What belongs to a tenant does not find it', () => {
  test.each(
    everyVersion<object | undefined>(VERSIONS, [
      ['/recipe/session', SESSION],
      ['/recipe/session/refresh', REFRESH],
      ['/recipe/session/user?userId=u&fetchAcrossAllTenants=false', undefined],
      ['/recipe/session/remove', { userId: 'u', revokeAcrossAllTenants: false }],
    ]),
  )('CDI %s, %s', async (version, path, body) => {
    const answer = await core.ask(`/T1${path}`, body, { version });
    expect(statusAndText(answer)).toEqual({ status: 400, text: notFound('public', 't1') });
  });
});

const APP_SPECIFIC = [
  ['/recipe/jwt', JWT],
  ['/recipe/jwt/jwks', undefined],
  ['/apiversion', undefined],
  ['/user/id?userId=u', undefined],
  ['/recipe/session/user?userId=u', undefined],
  ['/recipe/session/user?userId=u&fetchAcrossAllTenants=true', undefined],
  ['/recipe/session/remove', { userId: 'u' }],
  ['/recipe/session/remove', { userId: 'u', revokeAcrossAllTenants: true }],
] as const;

describe('What belongs to the app is for the public tenant alone from CDI 5.0 on', () => {
  test.each(everyVersion<object | undefined>(SINCE_5_0, APP_SPECIFIC))('CDI %s, %s', async (version, path, body) => {
    const answer = await core.ask(`/t1${path}`, body, { version });
    expect(statusAndText(answer)).toEqual({ status: 403, text: ONLY_PUBLIC });
  });

  test.each(everyVersion<object | undefined>(BEFORE_5_0, APP_SPECIFIC))(
    'and for any before: CDI %s, %s',
    async (version, path, body) => {
      expect((await core.ask(`/t1${path}`, body, { version })).status).toBe(200);
    },
  );

  test('verify only from CDI 5.6 on', async () => {
    const statuses = VERSIONS.map(async (version) => {
      const { status } = await core.ask('/t1/recipe/session/verify', VERIFY, { version });
      return [version, status];
    });
    expect(Object.fromEntries(await Promise.all(statuses))).toEqual({
      '3.1': 200,
      '4.0': 200,
      '5.0': 200,
      '5.4': 200,
      '5.5': 200,
      '5.6': 403,
    });
  });
});

/** Everything that takes a session handle. */
const withHandle = (handle: string) =>
  [
    ['GET', `/recipe/session?sessionHandle=${handle}`, undefined],
    ['GET', `/recipe/session/data?sessionHandle=${handle}`, undefined],
    ['GET', `/recipe/jwt/data?sessionHandle=${handle}`, undefined],
    ['PUT', '/recipe/session/data', { sessionHandle: handle, userDataInDatabase: {} }],
    ['PUT', '/recipe/jwt/data', { sessionHandle: handle, userDataInJWT: {} }],
    ['POST', '/recipe/session/remove', { sessionHandles: [randomUUID(), handle] }],
  ] as const;

describe('The tenant that a session handle names', () => {
  test.each(withHandle(`${randomUUID()}_t1`))('is looked for: %s %s', async (method, path, body) => {
    for (const version of VERSIONS) {
      const answer = await core.ask(path, body, { method, version });
      expect(statusAndText(answer)).toEqual({ status: 400, text: notFound('public', 't1') });
    }
  });

  test('is looked for before anything is revoked', async () => {
    const { handle } = await createSession(core);
    await core.ask('/recipe/session/remove', { sessionHandles: [handle, `${handle}_t1`] });
    expect((await core.ask(`/recipe/session?sessionHandle=${handle}`)).json.status).toBe('OK');
  });

  test.each(withHandle(`${randomUUID()}_public`))('may be `public`: %s %s', async (method, path, body) => {
    const { json } = await core.ask(path, body, { method });
    const unknown = { status: 'UNAUTHORISED', message: 'Session does not exist.' };
    expect(json).toEqual(method === 'POST' ? { status: 'OK', sessionHandlesRevoked: [] } : unknown);
  });

  test('counts, and that of the path does not', async () => {
    const { handle, accessToken } = await createSession(core);
    const answers = await Promise.all([
      ...withHandle(handle)
        .slice(0, -1)
        .map(([method, path, body]) => core.ask(`/t1${path}`, body, { method, version: '5.6' })),
      core.ask('/t1/recipe/session/regenerate', { accessToken }, { version: '5.6' }),
    ]);
    expect(answers.map(({ json }) => json.status)).toEqual(['OK', 'OK', 'OK', 'OK', 'OK', 'OK']);
    const removal = await core.ask('/t1/recipe/session/remove', { sessionHandles: [handle] }, { version: '5.6' });
    expect(removal.json).toEqual({ status: 'OK', sessionHandlesRevoked: [handle] });
  });
});

test.each(['/hello', '/.well-known/jwks.json'])('%s answers for whatever tenant', async (path) => {
  expect((await core.ask(`/t1${path}`)).status).toBe(200);
});

test.each(['/hello', '/.well-known/jwks.json', '/apiversion', '/recipe/jwt/jwks', '/t1/hello'])(
  'an unknown app is rejected everywhere: %s',
  async (path) => {
    const answer = await core.ask(`/appid-A1${path}`);
    const tenant = path.startsWith('/t1') ? 't1' : 'public';
    expect(statusAndText(answer)).toEqual({ status: 400, text: notFound('a1', tenant) });
  },
);

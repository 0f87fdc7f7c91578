import { DEFAULT_CORE_CONFIG } from '../../../lib/core/index.ts';
import {
  createSession,
  infoOf,
  issuedIn,
  newSession,
  refresh,
  refreshed,
  sessionsOf,
} from '../../fixtures/cdi-session.ts';
import { makeTestCore } from '../../fixtures/core.ts';
import { core, database, useCore } from './http-core.ts';

useCore();

const invalid = (name: string) => ({ status: 400, text: `Field name '${name}' is invalid in JSON input\n` });
const invalidInQuery = (name: string) => ({ status: 400, text: `Field name '${name}' is invalid in GET request\n` });

describe('A user id', () => {
  const FAULTY = { empty: '', 'too long for the store': 'u'.repeat(2001), 'broken Unicode': '\ud800' };

  test.each(Object.entries(FAULTY))('that is %s is invalid in a body', async (_what, userId) => {
    expect(await core.ask('/recipe/session', newSession(userId))).toMatchObject(invalid('userId'));
    expect(await core.ask('/recipe/session/remove', { userId })).toMatchObject(invalid('userId'));
  });

  test.each(['', 'u'.repeat(2001)])('that is empty or too long is invalid in a query', async (userId) => {
    expect(await core.ask(`/recipe/session/user?userId=${userId}`)).toMatchObject(invalidInQuery('userId'));
  });

  test('of 2,000 bytes is kept as it is', async () => {
    const userId = 'ü'.repeat(1000);
    const { handle } = await createSession(core, { userId });
    expect(await sessionsOf(core, userId)).toEqual([handle]);
    expect(await infoOf(core, handle)).toMatchObject({ userId });
  });

  test('is unknown to a core that keeps no users', async () => {
    expect((await core.ask('/user/id?userId=u')).json).toEqual({ status: 'UNKNOWN_USER_ID_ERROR' });
  });
});

test.each([
  ['is longer than any', 'ü'.repeat(3000)],
  ['is broken Unicode', '\ud800'],
])('a session handle that %s is unknown, wherever it is given', async (_what, sessionHandle) => {
  const query = `?sessionHandle=${encodeURIComponent(sessionHandle.toWellFormed())}`;
  const answers = await Promise.all([
    core.ask(`/recipe/session${query}`),
    core.ask(`/recipe/session/data${query}`),
    core.ask(`/recipe/jwt/data${query}`),
    core.ask('/recipe/session/data', { sessionHandle, userDataInDatabase: {} }, { method: 'PUT' }),
    core.ask('/recipe/jwt/data', { sessionHandle, userDataInJWT: {} }, { method: 'PUT' }),
  ]);
  expect(new Set(answers.map(({ json }) => json.message))).toEqual(new Set(['Session does not exist.']));
  const removal = await core.ask('/recipe/session/remove', { sessionHandles: [sessionHandle] });
  expect(removal.json).toEqual({ status: 'OK', sessionHandlesRevoked: [] });
});

describe('Removing sessions', () => {
  const ONE_OF = 'Invalid JSON input - use one of userId or sessionHandles array\n';
  const ONLY_WITH_USER = (flag: string) => `Invalid JSON input - ${flag} can only be set if userId is set\n`;

  test.each([{}, { userId: 'u', sessionHandles: [] }, { userId: 'u', sessionHandles: ['a'] }])(
    'wants a user or session handles, and not both: %j',
    async (body) => {
      expect(await core.ask('/recipe/session/remove', body)).toMatchObject({ status: 400, text: ONE_OF });
    },
  );

  test.each(['revokeAcrossAllTenants', 'revokeSessionsForLinkedAccounts'])(
    'takes %s with a user alone, whatever its value',
    async (flag) => {
      for (const value of [true, false]) {
        const answer = await core.ask('/recipe/session/remove', { sessionHandles: [], [flag]: value });
        expect(answer).toMatchObject({ status: 400, text: ONLY_WITH_USER(flag) });
        expect((await core.ask('/recipe/session/remove', { userId: 'nobody', [flag]: value })).status).toBe(200);
      }
    },
  );

  test.each([
    ['userId', { userId: 5 }],
    ['sessionHandles', { sessionHandles: 'a' }],
    ['sessionHandles', { sessionHandles: [1] }],
    ['revokeAcrossAllTenants', { userId: 'u', revokeAcrossAllTenants: 'yes' }],
    ['revokeSessionsForLinkedAccounts', { userId: 'u', revokeSessionsForLinkedAccounts: null }],
  ])('refuses a %s of a wrong type', async (name, body) => {
    expect(await core.ask('/recipe/session/remove', body)).toMatchObject(invalid(name));
  });

  test.each([
    {},
    { revokeAcrossAllTenants: true },
    { revokeAcrossAllTenants: false },
    { revokeSessionsForLinkedAccounts: false },
  ])('by user takes all of them, with any flags: %j', async (flags) => {
    const userId = `remove-${JSON.stringify(flags)}`;
    const sessions = [await createSession(core, { userId }), await createSession(core, { userId })];
    const { json } = await core.ask('/recipe/session/remove', { userId, ...flags });
    expect(json.sessionHandlesRevoked).toEqual(expect.arrayContaining(sessions.map(({ handle }) => handle)));
    expect(await sessionsOf(core, userId)).toEqual([]);
  });

  test('by handle returns those that were there', async () => {
    const { handle } = await createSession(core);
    const sessionHandles = ['nothing', handle];
    const first = await core.ask('/recipe/session/remove', { sessionHandles });
    const second = await core.ask('/recipe/session/remove', { sessionHandles });
    expect(first.json).toEqual({ status: 'OK', sessionHandlesRevoked: [handle] });
    expect(second.json).toEqual({ status: 'OK', sessionHandlesRevoked: [] });
  });
});

test.each([true, false])('sessions are listed with linked accounts or without (%s)', async (linked) => {
  const userId = `linked-${linked}`;
  const { handle } = await createSession(core, { userId });
  const query = `userId=${userId}&fetchSessionsForAllLinkedAccounts=${linked}`;
  expect((await core.ask(`/recipe/session/user?${query}`)).json).toEqual({ status: 'OK', sessionHandles: [handle] });
});

describe('An access token that is none', () => {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const HEADER = { alg: 'RS256', typ: 'JWT', kid: 'd-1', version: '5' };
  const CLAIMS = { iat: 1, exp: 2, sub: 'u', tId: 'public', rsub: 'u', sessionHandle: 'h', refreshTokenHash1: 'x' };
  const { sub: _, ...INCOMPLETE } = CLAIMS;

  const FAULTY = [
    '',
    'garbage',
    'a.b.c',
    `${encode(HEADER)}.${encode(CLAIMS)}`,
    `${encode(HEADER)}.${encode(CLAIMS)}.x.y`,
    `${encode(HEADER)}.${encode(INCOMPLETE)}.x`,
    `${encode({ ...HEADER, version: '2' })}.${encode(CLAIMS)}.x`,
    `${encode(HEADER)}.${encode([])}.x`,
  ];

  test.each(FAULTY)('cannot be regenerated: %j', async (accessToken) => {
    for (const version of ['5.4', '5.6']) {
      const answer = await core.ask('/recipe/session/regenerate', { accessToken, userDataInJWT: {} }, { version });
      expect(answer).toMatchObject({ status: 400, text: 'Invalid access token\n' });
    }
  });

  test.each(FAULTY)('does not verify: %j', async (accessToken) => {
    const input = { accessToken, doAntiCsrfCheck: false, enableAntiCsrf: false, checkDatabase: true };
    for (const version of ['5.4', '5.6']) {
      const { json } = await core.ask('/recipe/session/verify', input, { version });
      expect(json.status).toBe('TRY_REFRESH_TOKEN');
    }
  });
});

describe('The access token validity that a caller asks for', () => {
  const MAX = DEFAULT_CORE_CONFIG.accessTokenValidity;

  const createWith = (accessTokenValidity: unknown, version: string) =>
    core.ask('/recipe/session', { ...newSession('u'), accessTokenValidity }, { version });

  const refreshWith = (refreshToken: string, accessTokenValidity: unknown, version: string) =>
    core.ask(
      '/recipe/session/refresh',
      { refreshToken, enableAntiCsrf: false, useDynamicSigningKey: true, accessTokenValidity },
      { version },
    );

  test.each([MAX, 60_000])('is given at creation and at refresh from CDI 5.6 on: %i ms', async (validity) => {
    const created = issuedIn((await createWith(validity, '5.6')).json);
    const next = issuedIn((await refreshWith(created.refreshToken, validity, '5.6')).json);
    for (const { accessExpiry, accessCreated } of [created, next]) expect(accessExpiry - accessCreated).toBe(validity);
  });

  test('holds for one token: the next has the configured one again', async () => {
    const created = issuedIn((await createWith(60_000, '5.6')).json);
    const next = await refreshed(core, created.refreshToken, { version: '5.6' });
    expect(next.accessExpiry - next.accessCreated).toBe(MAX);
  });

  test.each([0, -1, MAX + 1])('must be more than 0 and no more than the configured one: %i ms', async (validity) => {
    const text = `accessTokenValidity must be greater than 0 and at most the configured access_token_validity (${MAX} ms)\n`;
    expect(await createWith(validity, '5.6')).toMatchObject({ status: 400, text });
    const { refreshToken } = await createSession(core, { version: '5.6' });
    expect(await refreshWith(refreshToken, validity, '5.6')).toMatchObject({ status: 400, text });
  });

  test('that is rejected leaves the refresh token as it was', async () => {
    const exact = makeTestCore(database.store, { gracePeriod: 0 });
    const { refreshToken } = await createSession(exact, { version: '5.6' });
    await refreshWith(refreshToken, MAX + 1, '5.6');
    expect((await refresh(exact, refreshToken, { version: '5.6' })).status).toBe('OK');
  });

  test.each(['60', 1.5, null])('is a whole number: %j', async (validity) => {
    expect(await createWith(validity, '5.6')).toMatchObject(invalid('accessTokenValidity'));
    expect(await refreshWith('x', validity, '5.6')).toMatchObject(invalid('accessTokenValidity'));
  });

  test.each([60_000, 0, MAX + 1, 'any'])('means nothing up to CDI 5.5: %j', async (validity) => {
    const created = issuedIn((await createWith(validity, '5.5')).json);
    const next = issuedIn((await refreshWith(created.refreshToken, validity, '5.5')).json);
    for (const { accessExpiry, accessCreated } of [created, next]) expect(accessExpiry - accessCreated).toBe(MAX);
  });
});

test.each([
  ['3.1', 200],
  ['4.0', 200],
  ['5.0', 400],
  ['5.4', 400],
  ['5.6', 400],
])('refresh must be told the kind of signing key from CDI 5.0 on: %s', async (version, status) => {
  const { refreshToken } = await createSession(core);
  const answer = await core.ask('/recipe/session/refresh', { refreshToken, enableAntiCsrf: false }, { version });
  expect(answer.status).toBe(status);
});

test('a JWT lasts more than 0 seconds', async () => {
  const body = { payload: {}, algorithm: 'RS256', jwksDomain: 'https://a.example', validity: 0 };
  const text = 'validity must be greater than or equal to 0\n';
  expect(await core.ask('/recipe/jwt', body)).toMatchObject({ status: 400, text });
  expect(await core.ask('/recipe/jwt', { ...body, validity: 1.5 })).toMatchObject(invalid('validity'));
});

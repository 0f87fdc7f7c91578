import {
  type AccessTokenContent,
  accessTokenClaims,
  accessTokenContent,
  hasProtectedClaim,
  isSamePayload,
  joinJwt,
  jwtSigningInput,
  type ParsedJwt,
  parseJwt,
} from '../../../lib/core/session/rules/access-token.ts';
import type { AntiCsrfToken, Hash1, Json, JsonObject, SessionHandle, UserId } from '../../../lib/core/types.ts';

const SIGNATURE = Buffer.from('signature');

const encoded = (text: string): string => Buffer.from(text).toString('base64url');

const jwtOf = (header: JsonObject, claims: JsonObject): string =>
  [JSON.stringify(header), JSON.stringify(claims), 'signature'].map(encoded).join('.');

const HEADER = { kid: 'd-1', typ: 'JWT', version: '5', alg: 'RS256' };

const CONTENT: AccessTokenContent = {
  sessionHandle: 'handle' as SessionHandle,
  userId: 'Zoë 🎉' as UserId,
  tenantId: 'public',
  recipeUserId: 'recipe-user',
  refreshTokenHash1: 'ab'.repeat(32) as Hash1,
  parentRefreshTokenHash1: 'cd'.repeat(32) as Hash1,
  antiCsrfToken: 'anti-csrf' as AntiCsrfToken,
  createdAt: 1_800_000_000_000,
  expiry: 1_800_003_600_000,
  payload: { role: 'admin' },
};

const parsed = (claims: JsonObject, version: string | undefined): ParsedJwt => ({
  kid: 'd-1',
  algorithm: 'RS256',
  version,
  claims,
  signingInput: '',
  signature: SIGNATURE,
});

/** Claims without the one of that name. */
const without = (claims: JsonObject, name: string): JsonObject =>
  Object.fromEntries(Object.entries(claims).filter(([claim]) => claim !== name));

describe('a JWT', () => {
  test('is written in three parts, in base64url', () => {
    const claims = { sub: 'Zoë 🎉' };
    expect(joinJwt(jwtSigningInput(HEADER, claims), SIGNATURE)).toBe(jwtOf(HEADER, claims));
  });

  test('is taken apart into header, claims and signature', () => {
    const token = jwtOf(HEADER, { sub: 'Zoë 🎉' });
    expect(parseJwt(token)).toEqual({
      kid: 'd-1',
      algorithm: 'RS256',
      version: '5',
      claims: { sub: 'Zoë 🎉' },
      signingInput: token.slice(0, token.lastIndexOf('.')),
      signature: SIGNATURE,
    });
  });

  test.each([
    ['none', undefined],
    ['a number', 5],
  ])('has no version if its header has %s', (_what, version) => {
    const header = without({ ...HEADER, version: version ?? null }, version === undefined ? 'version' : '');
    expect(parseJwt(jwtOf(header, {}))).toMatchObject({ kid: 'd-1', version: undefined });
  });

  const [header = '', claims = ''] = jwtOf(HEADER, {}).split('.');
  test.each([
    ['of no part', ''],
    ['of one part', header],
    ['of two parts', `${header}.${claims}`],
    ['of four parts', `${header}.${claims}.c2ln.more`],
    ['with a header that is no JSON', `${encoded('{kid')}.${claims}.c2ln`],
    ['with a header that is no object', `${encoded('"kid"')}.${claims}.c2ln`],
    ['with a header that is null', `${encoded('null')}.${claims}.c2ln`],
    ['without kid', jwtOf(without(HEADER, 'kid'), {})],
    ['with a kid that is no text', jwtOf({ ...HEADER, kid: 1 }, {})],
    ['without alg', jwtOf(without(HEADER, 'alg'), {})],
    ['with an alg that is no text', jwtOf({ ...HEADER, alg: ['RS256'] }, {})],
    ['with claims that are no JSON', `${header}.${encoded('{')}.c2ln`],
    ['with claims that are a text', `${header}.${encoded('"claims"')}.c2ln`],
    ['with claims that are null', `${header}.${encoded('null')}.c2ln`],
    ['with claims that are an array', `${header}.${encoded('[]')}.c2ln`],
  ])('%s is none', (_what, token) => {
    expect(parseJwt(token)).toBeUndefined();
  });
});

describe('the claims of an access token', () => {
  test('are in seconds, and absent ones are null, as the official core writes them', () => {
    expect(
      accessTokenClaims({
        ...CONTENT,
        recipeUserId: undefined,
        parentRefreshTokenHash1: undefined,
        antiCsrfToken: undefined,
      }),
    ).toStrictEqual({
      iat: 1_800_000_000,
      exp: 1_800_003_600,
      sub: 'Zoë 🎉',
      tId: 'public',
      sessionHandle: 'handle',
      refreshTokenHash1: CONTENT.refreshTokenHash1,
      parentRefreshTokenHash1: null,
      antiCsrfToken: null,
      role: 'admin',
    });
  });

  test.each([
    ['5', CONTENT],
    ['5', { ...CONTENT, parentRefreshTokenHash1: undefined, antiCsrfToken: undefined, payload: {} }],
    ['4', { ...CONTENT, recipeUserId: undefined }],
  ] as const)('are read as they were written: version %s, %#', (version, content) => {
    expect(accessTokenContent(parsed(accessTokenClaims(content), version))).toEqual(content);
  });

  test('of version 4 may have an rsub of the user, which says nothing about who they are', () => {
    const claims = { ...accessTokenClaims({ ...CONTENT, recipeUserId: undefined }), rsub: 'mine' };
    expect(accessTokenContent(parsed(claims, '4'))).toMatchObject({
      recipeUserId: undefined,
      payload: { role: 'admin', rsub: 'mine' },
    });
  });

  test.each([undefined, '', '3', '6'])('of version %s are none of a session', (version) => {
    expect(accessTokenContent(parsed(accessTokenClaims(CONTENT), version))).toBeUndefined();
  });

  const REQUIRED = ['iat', 'exp', 'sub', 'tId', 'sessionHandle', 'refreshTokenHash1'];
  test.each([
    ...REQUIRED.map((name) => ['4', name] as const),
    ...[...REQUIRED, 'rsub'].map((name) => ['5', name] as const),
  ])('of version %s need %s, and of the right type', (version, name) => {
    const claims = accessTokenClaims(CONTENT);
    expect(accessTokenContent(parsed(without(claims, name), version))).toBeUndefined();
    const otherType = typeof claims[name] === 'number' ? String(claims[name]) : 1;
    expect(accessTokenContent(parsed({ ...claims, [name]: otherType }, version))).toBeUndefined();
  });
});

describe('protected claims', () => {
  test.each([
    'sub',
    'exp',
    'iat',
    'tId',
    'sessionHandle',
    'refreshTokenHash1',
    'parentRefreshTokenHash1',
    'antiCsrfToken',
  ])('%s belongs to the core in both versions', (name) => {
    for (const version of ['4', '5'] as const) {
      expect(hasProtectedClaim({ [name]: null }, version)).toBe(true);
    }
  });

  test('rsub belongs to the core from version 5 on', () => {
    expect(hasProtectedClaim({ rsub: 'x' }, '5')).toBe(true);
    expect(hasProtectedClaim({ rsub: 'x' }, '4')).toBe(false);
  });

  test('any other belongs to the user', () => {
    expect(hasProtectedClaim({}, '5')).toBe(false);
    expect(hasProtectedClaim({ role: 'admin', toString: 'x' }, '5')).toBe(false);
    expect(hasProtectedClaim({ role: 'admin', sub: 'x' }, '5')).toBe(true);
  });
});

describe('payloads', () => {
  test.each<[string, Json, Json]>([
    ['in another order', { a: 1, b: 2, c: 3 }, { c: 3, a: 1, b: 2 }],
    ['in another order further down', { x: [{ a: 1, b: { c: 1, d: 2 } }] }, { x: [{ b: { d: 2, c: 1 }, a: 1 }] }],
    ['with null', { a: null }, { a: null }],
  ])('are the same: %s', (_what, a, b) => {
    expect(isSamePayload(a, b)).toBe(true);
  });

  test.each<[string, Json, Json]>([
    ['another value', { a: 1 }, { a: 2 }],
    ['another value further down', { a: { b: [1] } }, { a: { b: [2] } }],
    ['another name', { a: 1 }, { b: 1 }],
    ['one member more', { a: 1 }, { a: 1, b: 1 }],
    ['an array in another order', { a: [1, 2] }, { a: [2, 1] }],
    ['an array instead of an object', { a: ['x'] }, { a: { 0: 'x' } }],
    ['an empty array instead of an empty object', { a: [] }, { a: {} }],
    ['null instead of an empty object', { a: null }, { a: {} }],
    ['null instead of nothing', { a: null }, {}],
  ])('differ: %s', (_what, a, b) => {
    expect(isSamePayload(a, b)).toBe(false);
  });
});

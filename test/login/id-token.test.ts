import { createHash } from 'node:crypto';
import { type Claims, makeKey, signedBy, startTestIssuer } from '../fixtures/oidc-issuer.ts';
import {
  CLIENT,
  claimsWith,
  issuer,
  LOGGED_IN,
  login,
  loginWith,
  OTHER_CLIENT,
  operationsOf,
  refused,
  rsa,
  seconds,
  tokenWith,
  trusted,
  useOidcWorld,
} from './oidc-world.ts';

useOidcWorld();

describe('an ID token', () => {
  test.each(['RS256', 'RS384', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'])(
    'that is signed by %s logs its user in',
    async (alg) => {
      const key = await makeKey(alg);
      issuer.keys = [rsa, key];
      expect(await login.logIn({ idToken: await signedBy(key, claimsWith()) })).toEqual(LOGGED_IN);
    },
  );

  test('stands for the same user each time, whose id is a hash of issuer and subject', async () => {
    const userId = `oidc-${createHash('sha256').update(`${issuer.issuer}\nann`).digest('base64url')}`;
    expect(await login.logIn({ idToken: await tokenWith() })).toMatchObject({ status: 'OK', userId });
    expect(await login.logIn({ idToken: await tokenWith({ aud: OTHER_CLIENT }) })).toMatchObject({
      status: 'OK',
      userId,
    });
  });

  test('comes with its issuer and all of its claims', async () => {
    const claims = claimsWith({ email: 'ann@example.org', groups: ['a', 'b'] });
    expect(await login.logIn({ idToken: await signedBy(rsa, claims) })).toMatchObject({
      issuer: issuer.issuer,
      claims,
    });
  });

  test('of another subject, or of another issuer with the same subject, stands for another user', async () => {
    const other = await startTestIssuer();
    try {
      other.keys = [rsa];
      const login = loginWith({ issuers: [trusted(), trusted(other)] });
      const results = [
        await login.logIn({ idToken: await tokenWith() }),
        await login.logIn({ idToken: await tokenWith({ sub: 'ben' }) }),
        await login.logIn({ idToken: await tokenWith({ iss: other.issuer }) }),
      ];
      expect(results).toEqual([LOGGED_IN, LOGGED_IN, LOGGED_IN]);
      expect(new Set(results.map((result) => 'userId' in result && result.userId)).size).toBe(3);
    } finally {
      await other.stop();
    }
  });

  test.each([
    ['with a slash at its end, as Auth0 has it', '/'],
    ['with a path, as Cognito and Entra have it', '/tenant/v2.0'],
    ['with both', '/application/o/app/'],
  ])('may be of an issuer %s', async (_what, path) => {
    const other = await startTestIssuer(path);
    try {
      other.keys = [rsa];
      const login = loginWith({ issuers: [trusted(other)] });
      expect(await login.logIn({ idToken: await tokenWith({ iss: other.issuer }) })).toEqual(LOGGED_IN);
      // Written otherwise it is another issuer.
      const otherwise = path.endsWith('/') ? other.issuer.slice(0, -1) : `${other.issuer}/`;
      expect(await login.logIn({ idToken: await tokenWith({ iss: otherwise }) })).toEqual(refused('issuer'));
    } finally {
      await other.stop();
    }
  });

  test.each<[string, Claims, Claims]>([
    ['several audiences, all configured, and an "azp"', { aud: [CLIENT, OTHER_CLIENT], azp: CLIENT }, {}],
    ['an audience in a list', { aud: [CLIENT] }, {}],
    ['one audience and another configured client as "azp", as Google does', { azp: OTHER_CLIENT }, {}],
    ['no "typ", as Cognito does', {}, { typ: undefined }],
    ['"typ" application/jwt', {}, { typ: 'application/jwt' }],
    ['no "kid", while there is but one key', {}, { kid: undefined }],
    ['further claims', { email: 'ann@example.org', groups: ['a', 'b'] }, {}],
  ])('may have %s', async (_what, claims, header) => {
    expect(await login.logIn({ idToken: await tokenWith(claims, header) })).toEqual(LOGGED_IN);
  });

  test.each<[string, (now: number) => Claims]>([
    ['"exp" passed less than 30 s ago', (now) => ({ iat: now - 600, exp: now - 29 })],
    ['"iat" is at most 30 s ahead', (now) => ({ iat: now + 30 })],
    ['"nbf" is at most 30 s ahead', (now) => ({ nbf: now + 30 })],
  ])('is good if %s: clocks differ', async (_what, claims) => {
    expect(await login.logIn({ idToken: await tokenWith(claims(seconds(0))) })).toEqual(LOGGED_IN);
  });

  test.each<[string, string, (now: number) => Claims]>([
    ['an unknown issuer', 'issuer', () => ({ iss: 'https://evil.example' })],
    ['no issuer', 'issuer', () => ({ iss: undefined })],
    ['an issuer that is no text', 'issuer', () => ({ iss: { toString: 1 } })],
    ['another audience', 'audience', () => ({ aud: 'client-3' })],
    ['no audience', 'audience', () => ({ aud: undefined })],
    ['an empty list of audiences', 'audience', () => ({ aud: [], azp: CLIENT })],
    ['an audience that we do not know, with ours', 'audience', () => ({ aud: [CLIENT, 'client-3'], azp: CLIENT })],
    ['several audiences and no "azp"', 'audience', () => ({ aud: [CLIENT, OTHER_CLIENT] })],
    ['an "azp" that we do not know', 'audience', () => ({ azp: 'client-3' })],
    ['an "azp" that is no text', 'audience', () => ({ azp: [CLIENT] })],
    ['"exp" 30 s ago or more', 'expired', (now) => ({ iat: now - 600, exp: now - 30 })],
    ['no "exp"', 'claims', () => ({ exp: undefined })],
    ['an "exp" that is no number', 'claims', (now) => ({ exp: String(now + 600) })],
    ['"iat" more than 30 s ahead', 'not yet valid', (now) => ({ iat: now + 31 })],
    ['no "iat"', 'claims', () => ({ iat: undefined })],
    ['"nbf" more than 30 s ahead', 'not yet valid', (now) => ({ nbf: now + 31 })],
    ['no "sub"', 'claims', () => ({ sub: undefined })],
    ['an empty "sub"', 'claims', () => ({ sub: '' })],
    ['a "sub" that is no text', 'claims', () => ({ sub: 7 })],
    ['half a character in "sub"', 'claims', () => ({ sub: 'ann\ud800' })],
  ])('with %s is refused: %s', async (_what, reason, claims) => {
    const idToken = await tokenWith(claims(seconds(0)));
    const operations = await operationsOf(async () => expect(await login.logIn({ idToken })).toEqual(refused(reason)));
    expect(operations).toEqual([]);
  });

  test.each(['at+jwt', 'logout+jwt', 'JWE', 7, { toString: 1 }])(
    'with "typ" %j is another kind of token',
    async (typ) => {
      expect(await login.logIn({ idToken: await tokenWith({}, { typ }) })).toEqual(refused('type'));
    },
  );
});

/** All are signed by the provider, for our client, with the header of an ID token. */
describe('a token of the provider that is no ID token is rejected', () => {
  const LOGOUT = 'http://schemas.openid.net/event/backchannel-logout';

  test.each<[string, Claims]>([
    ['a logout token (OpenID Connect Back-Channel Logout 1.0)', { events: { [LOGOUT]: {} }, sid: 'a' }],
    ['another security event (RFC 8417)', { events: {} }],
    ['an access token of RFC 9068', { client_id: CLIENT, scope: 'openid email' }],
    ['an access token without a scope', { client_id: CLIENT }],
    ['an access token with an authentication time', { client_id: CLIENT, auth_time: 1 }],
    ['an access token of Entra ID or Okta', { scp: 'User.Read' }],
    ['an access token whose scopes are a list', { scp: ['openid'] }],
    ['an access token of Auth0', { azp: CLIENT, scope: 'openid' }],
    ['an access token of Keycloak', { typ: 'Bearer', azp: CLIENT }],
    ['a refresh token of Keycloak', { typ: 'Refresh' }],
    ['a logout token of Keycloak', { typ: 'Logout' }],
    ['an access token of Cognito', { token_use: 'access' }],
    ['a token whose use is no text', { token_use: ['id'] }],
  ])('%s', async (_what, claims) => {
    const idToken = await tokenWith(claims);
    const operations = await operationsOf(async () => expect(await login.logIn({ idToken })).toEqual(refused('type')));
    expect(operations).toEqual([]);
  });

  test('an access or logout token that repeats the nonce of the log-in', async () => {
    const nonce = 'of-the-log-in';
    for (const claims of [{ typ: 'Bearer' }, { events: { [LOGOUT]: {} } }, { token_use: 'access' }]) {
      expect(await login.logIn({ idToken: await tokenWith({ ...claims, nonce }), nonce })).toEqual(refused('type'));
    }
  });
});

describe('claims that some providers add to an ID token are accepted', () => {
  test.each<[string, Claims]>([
    ['Cognito', { token_use: 'id' }],
    ['Keycloak', { typ: 'ID', azp: CLIENT, sid: 'a' }],
    ['a scope with the hash of the access token', { scope: 'openid', at_hash: 'a' }],
    ['a scope with the hash of the code', { scope: 'openid', c_hash: 'a' }],
    ['a client id with the nonce of the log-in', { client_id: CLIENT, nonce: 'of-the-log-in' }],
  ])('%s', async (_what, claims) => {
    const idToken = await tokenWith(claims);
    expect(await login.logIn({ idToken, ...('nonce' in claims && { nonce: claims.nonce }) })).toEqual(LOGGED_IN);
  });
});

describe('the nonce', () => {
  const logIn = async (inToken: unknown, given: unknown, isNonceRequired = false) =>
    loginWith({ isNonceRequired }).logIn({
      idToken: await tokenWith({ nonce: inToken }),
      ...(given !== undefined && { nonce: given }),
    });

  test('that is in the token must be the one that is sent', async () => {
    expect(await logIn('n-1', 'n-1')).toEqual(LOGGED_IN);
    expect(await logIn('n-1', 'n-2')).toEqual(refused('nonce'));
  });

  test('that is in the token must be sent', async () => {
    expect(await logIn('n-1', undefined)).toEqual(refused('nonce'));
    expect(await logIn('', undefined)).toEqual(refused('nonce'));
    expect(await logIn(null, undefined)).toEqual(refused('nonce'));
  });

  test('that is sent must be in the token', async () => {
    expect(await logIn(undefined, 'n-1')).toEqual(refused('nonce'));
    expect(await logIn(['n-1'], 'n-1')).toEqual(refused('nonce'));
  });

  test('may be absent from both, unless the configuration demands it', async () => {
    expect(await logIn(undefined, undefined)).toEqual(LOGGED_IN);
    expect(await logIn(undefined, undefined, true)).toMatchObject({ status: 'FIELD_ERROR', field: 'nonce' });
    expect(await logIn(undefined, 'n-1', true)).toEqual(refused('nonce'));
    expect(await logIn('n-1', 'n-1', true)).toEqual(LOGGED_IN);
  });
});

import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { CompactSign, exportSPKI, importJWK } from 'jose';
import type { DynamoDb } from '../../lib/dynamodb/client.ts';
import { DynamoDbError } from '../../lib/dynamodb/errors.ts';
import { createOidcLogin, type OidcLogin, type OidcLoginOptions } from '../../lib/login/oidc-login.ts';
import { ManualClock, startTestDatabase, systemRandom, type TestDatabase } from '../fixtures/core.ts';
import {
  type Claims,
  DISCOVERY,
  type IssuerKey,
  idTokenClaims,
  makeKey,
  signedBy,
  startTestIssuer,
  type TestIssuer,
} from '../fixtures/oidc-issuer.ts';

const CLIENT = 'client-1';
const OTHER_CLIENT = 'client-2';
const LOGGED_IN = {
  status: 'OK',
  userId: expect.stringMatching(/^oidc-[A-Za-z0-9_-]{43}$/),
  issuer: expect.any(String),
  claims: expect.objectContaining({ sub: expect.any(String) }),
};
const refused = (reason: string) => ({ status: 'ID_TOKEN_REFUSED', reason, detail: expect.any(String) });
const DOWN = { status: 'PROVIDER_UNAVAILABLE' };

let database: TestDatabase;
let issuer: TestIssuer;
let rsa: IssuerKey;
let ec: IssuerKey;
let clock: ManualClock;
let login: OidcLogin;

beforeAll(async () => {
  [database, rsa, ec] = await Promise.all([startTestDatabase(), makeKey('RS256'), makeKey('ES256')]);
});
afterAll(() => database?.stop());
beforeEach(async () => {
  issuer = await startTestIssuer();
  issuer.keys = [rsa];
  clock = new ManualClock();
  login = loginWith({});
});
afterEach(async () => {
  jest.restoreAllMocks();
  await issuer.stop();
});

const trusted = (of: TestIssuer = issuer) => ({ issuer: of.issuer, audiences: [CLIENT, OTHER_CLIENT] });

function loginWith(options: Partial<OidcLoginOptions>): OidcLogin {
  const { db, tables } = database;
  const parts = { db, table: tables.users, clock: clock.now, random: systemRandom, fetch };
  return createOidcLogin({ issuers: [trusted()], isNonceRequired: false, ...parts, ...options });
}

/** Moves jose's clock, which is the system's, with ours. */
const moveSystemClock = () => jest.spyOn(Date, 'now').mockImplementation(clock.now);

const claimsWith = (claims: Claims = {}) => idTokenClaims(issuer.issuer, CLIENT, clock.time, claims);
const tokenWith = (claims: Claims = {}, header: Claims = {}) => signedBy(rsa, claimsWith(claims), header);
const seconds = (offset: number) => clock.time / 1000 + offset;

const timesAsked = (path: string) => issuer.asked.filter((asked) => asked === path).length;

async function operationsOf(action: () => Promise<unknown>): Promise<string[]> {
  const start = database.consumed.length;
  await action();
  return database.consumed.slice(start).map(({ operation }) => operation);
}

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
      login = loginWith({ issuers: [trusted(), trusted(other)] });
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
      login = loginWith({ issuers: [trusted(other)] });
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

describe('the signature', () => {
  const unsigned = (header: Claims, claims: Claims) =>
    [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');

  test('of a token with alg "none" is rejected', async () => {
    for (const alg of ['none', 'None']) {
      const idToken = `${unsigned({ alg, typ: 'JWT' }, claimsWith())}.`;
      expect(await login.logIn({ idToken })).toEqual(refused('algorithm'));
    }
    expect(issuer.asked).toEqual([]);
  });

  test('by HS256 with the public key as its secret is rejected', async () => {
    const publicKey = await importJWK(rsa.publicJwk, 'RS256', { extractable: true });
    if (publicKey instanceof Uint8Array) throw new Error('Not a public key');
    const secrets = [await exportSPKI(publicKey), JSON.stringify(rsa.publicJwk), rsa.publicJwk.n ?? ''];
    for (const secret of secrets) {
      const idToken = await new CompactSign(Buffer.from(JSON.stringify(claimsWith())))
        .setProtectedHeader({ alg: 'HS256', kid: rsa.kid })
        .sign(Buffer.from(secret));
      expect(await login.logIn({ idToken })).toEqual(refused('algorithm'));
    }
    expect(issuer.asked).toEqual([]);
  });

  test('of a secret key that the provider publishes is still rejected', async () => {
    const secret = Buffer.alloc(32, 1);
    issuer.keys = [{ ...rsa, publicJwk: { kty: 'oct', k: secret.toString('base64url'), kid: 'oct', alg: 'HS256' } }];
    const idToken = await new CompactSign(Buffer.from(JSON.stringify(claimsWith())))
      .setProtectedHeader({ alg: 'HS256', kid: 'oct' })
      .sign(secret);
    expect(await login.logIn({ idToken })).toEqual(refused('algorithm'));
  });

  test('by a key of the attacker under the kid of the provider is rejected', async () => {
    const attackers = { ...(await makeKey('RS256')), kid: rsa.kid };
    expect(await login.logIn({ idToken: await signedBy(attackers, claimsWith()) })).toEqual(refused('signature'));
  });

  test('by a key that the token brings along (jwk, jku) is rejected', async () => {
    const attackers = await makeKey('ES256');
    const header = { kid: rsa.kid, jwk: attackers.publicJwk, jku: `${issuer.origin}/attackers-keys` };
    expect(await login.logIn({ idToken: await signedBy(attackers, claimsWith(), header) })).toEqual(refused('key'));
    expect(timesAsked('/attackers-keys')).toBe(0);
  });

  test('of another trusted issuer is rejected', async () => {
    const other = await startTestIssuer();
    try {
      other.keys = [ec];
      login = loginWith({ issuers: [trusted(), trusted(other)] });
      const idToken = await signedBy(ec, claimsWith());
      expect(await login.logIn({ idToken })).toEqual(refused('key'));
    } finally {
      await other.stop();
    }
  });

  test('without a kid is rejected while there are several keys', async () => {
    issuer.keys = [rsa, await makeKey('RS256')];
    expect(await login.logIn({ idToken: await tokenWith({}, { kid: undefined }) })).toEqual(refused('key'));
  });

  test('with an unknown critical extension is rejected', async () => {
    const [, payload, signature] = (await tokenWith()).split('.');
    const header = Buffer.from(JSON.stringify({ alg: 'RS256', kid: rsa.kid, crit: ['x'], x: 1 })).toString('base64url');
    expect(await login.logIn({ idToken: `${header}.${payload}.${signature}` })).toEqual(refused('algorithm'));
  });

  test('does not fit a token whose payload was changed', async () => {
    const [header, , signature] = (await tokenWith()).split('.');
    const payload = Buffer.from(JSON.stringify(claimsWith({ sub: 'admin' }))).toString('base64url');
    expect(await login.logIn({ idToken: `${header}.${payload}.${signature}` })).toEqual(refused('signature'));
  });

  test('does not fit a token of which any one character was changed', async () => {
    const idToken = await tokenWith();
    const signed = idToken.lastIndexOf('.');
    for (let at = 0; at < signed; at += 3) {
      const changed = idToken.slice(0, at) + (idToken[at] === 'A' ? 'B' : 'A') + idToken.slice(at + 1);
      expect(await login.logIn({ idToken: changed })).toMatchObject({ status: 'ID_TOKEN_REFUSED' });
    }
  });
});

test.each([
  ['no JWT', 'token'],
  ['an encrypted token', 'a.b.c.d.e'],
  ['three empty parts', '..'],
  ['no JSON', 'e30.e30x.e30'],
  ['a payload that is no object', `e30.${Buffer.from('[]').toString('base64url')}.e30`],
])('%s is malformed', async (_what, idToken) => {
  expect(await login.logIn({ idToken })).toEqual(refused('malformed'));
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

test('a faulty field is named, and no provider is called', async () => {
  const idToken = await tokenWith();
  for (const given of [undefined, null, '', 7, { iss: issuer.issuer }]) {
    expect(await login.logIn({ idToken: given })).toMatchObject({ status: 'FIELD_ERROR', field: 'idToken' });
  }
  for (const nonce of [null, '', 7]) {
    expect(await login.logIn({ idToken, nonce })).toMatchObject({ status: 'FIELD_ERROR', field: 'nonce' });
  }
  expect(issuer.asked).toEqual([]);
});

describe("the provider's keys", () => {
  test('and its discovery document are fetched once for many log-ins', async () => {
    for (const _ of [1, 2, 3]) expect(await login.logIn({ idToken: await tokenWith() })).toEqual(LOGGED_IN);
    expect(issuer.asked).toEqual([DISCOVERY, '/keys']);
  });

  test('are fetched again for a kid that is not among them: the provider has a new key', async () => {
    moveSystemClock();
    expect(await login.logIn({ idToken: await tokenWith() })).toEqual(LOGGED_IN);
    issuer.keys = [rsa, ec];
    clock.advance(31_000);
    expect(await login.logIn({ idToken: await signedBy(ec, claimsWith()) })).toEqual(LOGGED_IN);
    expect(issuer.asked).toEqual([DISCOVERY, '/keys', '/keys']);
  });

  test('are not fetched again within 30 s, whatever tokens are made up', async () => {
    moveSystemClock();
    await login.logIn({ idToken: await tokenWith() });
    for (let n = 0; n < 20; n++) {
      const idToken = await tokenWith({}, { kid: `unknown-${n}` });
      expect(await login.logIn({ idToken })).toEqual(refused('key'));
    }
    expect(timesAsked('/keys')).toBe(1);
    clock.advance(31_000);
    for (let n = 0; n < 20; n++) await login.logIn({ idToken: await tokenWith({}, { kid: `unknown-${n}` }) });
    expect(timesAsked('/keys')).toBe(2);
  });

  test('are believed for ten minutes at most after the provider has withdrawn them', async () => {
    moveSystemClock();
    await login.logIn({ idToken: await tokenWith() });
    issuer.keys = [ec];
    clock.advance(600_000);
    expect(await login.logIn({ idToken: await tokenWith() })).toEqual(refused('key'));
    expect(await login.logIn({ idToken: await signedBy(ec, claimsWith()) })).toEqual(LOGGED_IN);
  });

  test('are looked for at another place after an hour, should they have moved', async () => {
    moveSystemClock();
    await login.logIn({ idToken: await tokenWith() });
    issuer.document = { jwks_uri: `${issuer.origin}/new-keys` };
    issuer.instead.set('/new-keys', (to) => to.end(JSON.stringify({ keys: [ec.publicJwk] })));
    clock.advance(3_600_000);
    expect(await login.logIn({ idToken: await signedBy(ec, claimsWith()) })).toEqual(LOGGED_IN);
    expect(issuer.asked).toEqual([DISCOVERY, '/keys', DISCOVERY, '/new-keys']);
  });
});

describe('a provider is unavailable', () => {
  const answering =
    (status: number, body = '', headers = {}) =>
    (to: ServerResponse) =>
      to.writeHead(status, headers).end(body);

  test('if nothing listens there', async () => {
    const idToken = await tokenWith();
    await issuer.stop();
    expect(await login.logIn({ idToken })).toMatchObject({
      ...DOWN,
      error: { name: 'ProviderUnavailable', message: expect.stringMatching(/^http:.*: .*fetch failed$/) },
    });
  });

  test.each<[string, string, (to: ServerResponse) => unknown]>([
    ['its discovery document is answered with 500', DISCOVERY, answering(500)],
    ['its discovery document is a page', DISCOVERY, answering(200, '<html>')],
    ['its discovery document is null', DISCOVERY, answering(200, 'null')],
    ['its discovery document redirects', DISCOVERY, answering(302, '', { location: '/elsewhere' })],
    ['its keys are answered with 429', '/keys', answering(429)],
    ['its keys are a page', '/keys', answering(200, '<html>')],
    ['its keys are no key set', '/keys', answering(200, '{"keys":{}}')],
    ['its keys redirect', '/keys', answering(302, '', { location: '/elsewhere' })],
    ['it hangs up', '/keys', (to) => to.destroy()],
  ])('if %s, and logs the same token in when it is back', async (_what, path, answer) => {
    const idToken = await tokenWith();
    issuer.instead.set(path, (to) => void answer(to));
    expect(await login.logIn({ idToken })).toMatchObject(DOWN);
    expect(timesAsked('/elsewhere')).toBe(0);
    issuer.instead.clear();
    expect(await login.logIn({ idToken })).toEqual(LOGGED_IN);
  });

  test.each([DISCOVERY, '/keys'])('if it does not answer within 3 s (%s)', async (path) => {
    const timeout = AbortSignal.timeout;
    const asked = jest.spyOn(AbortSignal, 'timeout').mockImplementation(() => timeout(100));
    issuer.instead.set(path, () => undefined);
    expect(await login.logIn({ idToken: await tokenWith() })).toMatchObject(DOWN);
    expect(new Set(asked.mock.calls.flat())).toEqual(new Set([3000]));
  });

  test.each<[string, Claims, string]>([
    ['is of another issuer', { issuer: 'https://evil.example' }, 'belongs to the issuer "https://evil.example"'],
    ['writes the issuer otherwise', { issuer: 'HTTP://127.0.0.1' }, 'belongs to the issuer'],
    ['names no issuer', { issuer: undefined }, 'belongs to the issuer undefined'],
    ['names no keys', { jwks_uri: undefined }, 'jwks_uri must be an https URL'],
    ['has its keys elsewhere by plain http', { jwks_uri: 'http://example.com/keys' }, 'jwks_uri must be'],
    ['has its keys in a file', { jwks_uri: 'file:///etc/passwd' }, 'jwks_uri must be an https URL'],
    ['has its keys nowhere', { jwks_uri: '/keys' }, 'jwks_uri must be an https URL'],
  ])('if its discovery document %s', async (_what, document, message) => {
    issuer.document = document;
    expect(await login.logIn({ idToken: await tokenWith() })).toMatchObject({
      ...DOWN,
      error: { message: expect.stringContaining(message) },
    });
    expect(issuer.asked).toEqual([DISCOVERY]);
  });

  test('if a provider on the internet has its keys on this machine', async () => {
    const remote = 'https://issuer.example';
    const asked: string[] = [];
    const answer = async (url: string) => {
      asked.push(url);
      return Response.json({ issuer: remote, jwks_uri: `${issuer.origin}/keys` });
    };
    login = loginWith({ issuers: [{ issuer: remote, audiences: [CLIENT] }], fetch: answer });
    expect(await login.logIn({ idToken: await tokenWith({ iss: remote }) })).toMatchObject(DOWN);
    expect(asked).toEqual([`${remote}${DISCOVERY}`]);
  });
});

describe('an ID token is exchanged once', () => {
  const USED = refused('already used');

  test('and rejected the second time, also by another process', async () => {
    const idToken = await tokenWith({ nonce: 'n-1' });
    expect(await login.logIn({ idToken, nonce: 'n-1' })).toEqual(LOGGED_IN);
    expect(await login.logIn({ idToken, nonce: 'n-1' })).toEqual(USED);
    expect(await loginWith({}).logIn({ idToken, nonce: 'n-1' })).toEqual(USED);
  });

  test('of ten times at once', async () => {
    const idToken = await tokenWith();
    const results = await Promise.all(Array.from({ length: 10 }, () => login.logIn({ idToken })));
    expect(results.filter(({ status }) => status === 'OK')).toHaveLength(1);
    expect(results.filter(({ status }) => status === 'ID_TOKEN_REFUSED')).toHaveLength(9);
  });

  test('also if its signature was written otherwise', async () => {
    issuer.keys = [ec];
    const idToken = await signedBy(ec, claimsWith());
    expect(await login.logIn({ idToken: withOtherSignature(idToken) })).toEqual(LOGGED_IN);
    expect(await login.logIn({ idToken })).toEqual(USED);
  });

  test('even if the answer to the write was lost and it was sent again', async () => {
    const { db } = database;
    const twice: DynamoDb = { ...db, put: async (...put) => (await db.put(...put)) && db.put(...put) };
    const idToken = await tokenWith();
    expect(await loginWith({ db: twice }).logIn({ idToken })).toEqual(LOGGED_IN);
    expect(await login.logIn({ idToken })).toEqual(USED);
  });

  test('with one write, which holds no token and is deleted once the token would be rejected anyway', async () => {
    const idToken = await tokenWith({ exp: seconds(599.5) });
    const signed = idToken.slice(0, idToken.lastIndexOf('.'));
    expect(await operationsOf(() => login.logIn({ idToken }))).toEqual(['PutItem']);
    const pk = `id-token#${createHash('sha256').update(signed).digest('base64url')}`;
    expect(await database.db.get(database.tables.users, { pk })).toEqual({
      pk,
      exchange: expect.any(String),
      ttl: seconds(630),
    });
    clock.advance(630_000);
    expect(await login.logIn({ idToken })).toEqual(refused('expired'));
  });

  test('and its caller hears that DynamoDB is unavailable', async () => {
    const put = () => Promise.reject(new DynamoDbError('Unavailable', 'PutItem', 'throttled'));
    const down = loginWith({ db: { ...database.db, put } });
    await expect(down.logIn({ idToken: await tokenWith() })).rejects.toMatchObject({ fault: 'Unavailable' });
  });

  /** (r, s) and (r, n - s) are both signatures of the same text by the same key; n is the order of P-256. */
  function withOtherSignature(idToken: string): string {
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const dot = idToken.lastIndexOf('.');
    const signature = Buffer.from(idToken.slice(dot + 1), 'base64url');
    const s = BigInt(`0x${signature.subarray(32).toString('hex')}`);
    const other = Buffer.from((order - s).toString(16).padStart(64, '0'), 'hex');
    return `${idToken.slice(0, dot)}.${Buffer.concat([signature.subarray(0, 32), other]).toString('base64url')}`;
  }
});

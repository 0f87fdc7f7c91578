import type { ServerResponse } from 'node:http';
import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { bodyOf, invoke, logged, startFunction, userEnvironment } from '../fixtures/lambda.ts';
import {
  type Claims,
  type IssuerKey,
  idTokenClaims,
  makeKey,
  signedBy,
  startTestIssuer,
  type TestIssuer,
} from '../fixtures/oidc-issuer.ts';

const REDIRECT = 'http://localhost:3000/auth/callback/example';
const CLIENT = 'our-client';

let database: TestDatabase;
let issuer: TestIssuer;
let key: IssuerKey;
let handler: LambdaHandler;
beforeAll(async () => {
  [database, issuer, key] = await Promise.all([startTestDatabase(), startTestIssuer(), makeKey('RS256')]);
  issuer.keys = [key];
  const endpoint = (name: string) => `${issuer.origin}/${name}`;
  issuer.document = {
    authorization_endpoint: endpoint('authorize'),
    token_endpoint: endpoint('token'),
    userinfo_endpoint: endpoint('userinfo'),
  };
  const discovery = `oidcDiscoveryEndpoint=${issuer.issuer}/.well-known/openid-configuration`;
  const clients = `example=${CLIENT},${discovery};linkedin=${CLIENT},${discovery};github=${CLIENT};apple=app,keyId=k,teamId=t`;
  const environment = {
    ...userEnvironment(database.endpoint, database.tables),
    THIRD_PARTY_CLIENTS: clients,
    THIRD_PARTY_SECRETS: JSON.stringify({ example: 'secret', linkedin: 'secret', github: 'secret', apple: 'key' }),
  };
  handler = (await startFunction(environment, () => import('../../handlers/user.ts'))).handler;
});
afterAll(() => Promise.all([database?.stop(), issuer?.stop()]));
beforeEach(() => {
  logged.length = 0;
});

const jsonAnswer = (body: object) => (response: ServerResponse) =>
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));

/** What the provider answers: tokens for a code, and the user of an access token. */
function letProviderAnswer(
  tokens: object,
  user: object = { sub: 'ann', email: 'ann@example.com', email_verified: true },
) {
  issuer.instead.set('/token', jsonAnswer(tokens));
  issuer.instead.set('/userinfo', jsonAnswer(user));
}

async function begin() {
  const query = { thirdPartyId: 'example', redirectURIOnProviderDashboard: REDIRECT };
  const answer = bodyOf(await invoke(handler, 'GET', '/auth/authorisationurl', { query }));
  const nonce = new URL(String(answer.urlWithQueryParams)).searchParams.get('nonce');
  return { nonce, pkceCodeVerifier: String(answer.pkceCodeVerifier) };
}

const signInUp = (body: object) =>
  invoke(handler, 'POST', '/auth/signinup', {
    headers: { 'st-auth-mode': 'header' },
    body: { thirdPartyId: 'example', ...body },
  });

const withCode = (pkceCodeVerifier: string) =>
  signInUp({
    redirectURIInfo: {
      redirectURIOnProviderDashboard: REDIRECT,
      redirectURIQueryParams: { code: 'code' },
      pkceCodeVerifier,
    },
  });

const claims = (changes: Claims = {}) =>
  idTokenClaims(issuer.issuer, CLIENT, Date.now(), { email: 'ann@example.com', email_verified: true, ...changes });

/** Signs in with an ID token that has such claims. */
async function signInWith(changes: Claims, signer = key) {
  const { nonce, pkceCodeVerifier } = await begin();
  letProviderAnswer({ access_token: 'access', id_token: await signedBy(signer, claims({ nonce, ...changes })) });
  return withCode(pkceCodeVerifier);
}

function expectRefused(answer: Awaited<ReturnType<typeof withCode>>, reason: string, thirdPartyId = 'example'): void {
  expect([answer.statusCode, bodyOf(answer)]).toEqual([
    401,
    { code: 'id_token_rejected', message: expect.any(String) },
  ]);
  expect(answer.headers['st-access-token']).toBeUndefined();
  expect(logged).toContainEqual(
    expect.objectContaining({
      message: 'ThirdPartySignInRefused',
      details: expect.objectContaining({ thirdPartyId, reason }),
    }),
  );
}

test('an honest sign-in passes', async () => {
  const answer = await signInWith({});
  expect(bodyOf(answer)).toMatchObject({ status: 'OK', user: { emails: ['ann@example.com'] } });
});

test.each([
  ['of another sign-in, which an attacker has slipped in', { nonce: 'of another sign-in' }, 'nonce'],
  ['without a nonce', { nonce: undefined }, 'nonce'],
  ['of another issuer that has the same keys', { iss: 'https://other.example' }, 'issuer'],
  ['for another app', { aud: 'other-client' }, 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
  ['that has expired', { exp: Math.floor(Date.now() / 1000) - 600 }, 'ERR_JWT_EXPIRED'],
  ['about another user than the user information', { sub: 'ben' }, 'subject'],
])('an ID token %s does not sign anyone in', async (_which, changes, reason) => {
  expectRefused(await signInWith(changes), reason);
});

test('an e-mail that the core stores as another one is not verified by the provider', async () => {
  // The core folds the Kelvin sign, which is no ASCII letter, to `k`.
  const answer = await signInWith({ email: '\u212aim@example.com' });
  expect(bodyOf(answer)).toMatchObject({
    status: 'OK',
    user: { emails: ['kim@example.com'], loginMethods: [{ verified: false }] },
  });
});

test.each(['Kim2@Example.com', ' kim2@example.com'])('an e-mail in capitals or with blanks, %j, is', async (email) => {
  const answer = await signInWith({ email });
  expect(bodyOf(answer)).toMatchObject({
    status: 'OK',
    user: { emails: ['kim2@example.com'], loginMethods: [{ verified: true }] },
  });
});

test('an ID token that the provider has not signed does not sign anyone in', async () => {
  const forger = { ...(await makeKey('RS256')), kid: key.kid };
  expectRefused(await signInWith({}, forger), 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED');
});

test('a code without an ID token does not sign anyone in', async () => {
  const { pkceCodeVerifier } = await begin();
  letProviderAnswer({ access_token: 'access' });
  expectRefused(await withCode(pkceCodeVerifier), 'missing');
});

test('a refusal with status 200, as GitHub sends it, does not sign anyone in', async () => {
  const { pkceCodeVerifier } = await begin();
  letProviderAnswer({ error: 'bad_verification_code' });
  const answer = await withCode(pkceCodeVerifier);
  expect([answer.statusCode, bodyOf(answer)]).toMatchObject([400, { code: 'provider_code_rejected' }]);
});

describe("another app's tokens", () => {
  test('an access token alone does not sign its user in', async () => {
    letProviderAnswer({});
    const answer = await signInUp({ oAuthTokens: { access_token: 'of another app' } });
    expect([answer.statusCode, bodyOf(answer)]).toMatchObject([400, { code: 'id_token_missing' }]);
  });

  test('an access token does not bring its user into the ID token of another', async () => {
    letProviderAnswer({}, { sub: 'victim', email: 'victim@example.com', email_verified: true });
    const idToken = await signedBy(key, claims({ sub: 'attacker', email: undefined, email_verified: undefined }));
    const answer = await signInUp({ oAuthTokens: { access_token: 'of another app', id_token: idToken } });
    expectRefused(answer, 'subject');
  });

  test.each([
    ['an empty text', ''],
    ['null', null],
    ['a list', ['of another app']],
  ])('an access token with %s for an ID token does not sign its user in', async (_what, idToken) => {
    letProviderAnswer({});
    const answer = await signInUp({ oAuthTokens: { access_token: 'of another app', id_token: idToken } });
    expect([answer.statusCode, bodyOf(answer)]).toMatchObject([400, { code: 'id_token_missing' }]);
    expect(answer.headers['st-access-token']).toBeUndefined();
  });

  test.each([
    ['null', null],
    ['a text', 'of another app'],
    ['a list', ['of another app']],
  ])('are refused as %s in place of an object', async (_what, oAuthTokens) => {
    const answer = await signInUp({ oAuthTokens });
    expect([answer.statusCode, bodyOf(answer)]).toMatchObject([400, { code: 'invalid_request' }]);
  });

  test('an access token does not bring user information without a user into the ID token of another', async () => {
    letProviderAnswer({}, { email: 'victim@example.com', email_verified: true });
    const idToken = await signedBy(key, claims({ sub: 'attacker', email: undefined, email_verified: undefined }));
    const answer = await signInUp({ oAuthTokens: { access_token: 'of another app', id_token: idToken } });
    expectRefused(answer, 'subject');
  });

  describe('at a provider whose code in the SDK does not look for whom a token is', () => {
    const VICTIM = 'victim@example.com';
    /** What the providers say of any access token. @param app which app GitHub says it is for */
    const letAnyTokenLeadToVictim = (app: string) => {
      const answers: Readonly<Record<string, object>> = {
        'https://api.github.com/user': { id: 7 },
        'https://api.github.com/user/emails': [{ email: VICTIM, primary: true, verified: true }],
        [`https://api.github.com/applications/${CLIENT}/token`]: { app: { client_id: app } },
        'https://api.linkedin.com/v2/userinfo': { sub: 'victim', email: VICTIM, email_verified: true },
      };
      const real = globalThis.fetch;
      jest.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
        const answer = answers[String(input).replace(/\?$/, '')];
        return answer === undefined ? real(input, init) : Response.json(answer);
      });
    };
    afterEach(() => jest.restoreAllMocks());

    test("GitHub's access token of another app does not sign its user in", async () => {
      letAnyTokenLeadToVictim('other-client');
      const answer = await signInUp({ thirdPartyId: 'github', oAuthTokens: { access_token: 'of another app' } });
      expectRefused(answer, 'access token', 'github');
    });

    test("GitHub's access token of this app signs its user in", async () => {
      letAnyTokenLeadToVictim(CLIENT);
      const answer = await signInUp({ thirdPartyId: 'github', oAuthTokens: { access_token: 'of this app' } });
      expect(bodyOf(answer)).toMatchObject({ status: 'OK', user: { emails: [VICTIM] } });
    });

    test("LinkedIn's access token of another app does not sign its user in with a made-up ID token", async () => {
      letAnyTokenLeadToVictim('other-client');
      const oAuthTokens = { access_token: 'of another app', id_token: 'made up' };
      expectRefused(await signInUp({ thirdPartyId: 'linkedin', oAuthTokens }), 'missing', 'linkedin');
    });
  });

  test('an ID token of this app signs its user in', async () => {
    letProviderAnswer({});
    const answer = await signInUp({ oAuthTokens: { id_token: await signedBy(key, claims()) } });
    expect(bodyOf(answer)).toMatchObject({ status: 'OK' });
  });
});

describe("Apple's form", () => {
  const post = (frontendRedirectURI: string | undefined, cookies: readonly string[] = []) =>
    invoke(handler, 'POST', '/auth/callback/apple', {
      cookies,
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://appleid.apple.com' },
      body: new URLSearchParams({
        code: 'the code',
        state: Buffer.from(JSON.stringify({ frontendRedirectURI })).toString('base64'),
      }).toString(),
    });

  test.each([
    ['', []],
    [', also with the cookies of an old session', ['sAccessToken=x']],
  ])('brings the browser to the website%s', async (_how, cookies) => {
    const answer = await post('http://localhost:3000/auth/callback/apple', cookies);
    expect(answer.cookies ?? []).toEqual([]);
    expect(answer.statusCode).toBe(303);
    const location = new URL(String(answer.headers.location ?? answer.headers.Location));
    expect([location.origin, location.searchParams.get('code')]).toEqual(['http://localhost:3000', 'the code']);
  });

  test.each([
    ['https://evil.example/'],
    ['http://localhost:3000.evil.example/'],
    ['http://localhost:3000@evil.example/'],
    ['javascript:alert(1)'],
    [undefined],
  ])('does not bring a code to %s', async (target) => {
    const answer = await post(target);
    expect([answer.statusCode, answer.headers.location, answer.headers.Location]).toEqual([400, undefined, undefined]);
  });
});

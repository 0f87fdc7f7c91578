import { createHash, randomBytes } from 'node:crypto';
import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from 'jose';
import {
  type SignInProvider,
  startSignInProvider,
  usesThirdParty,
} from '../../lib/dev/sign-in-provider/sign-in-provider.ts';
import { freePort } from '../fixtures/free-port.ts';
import { visitProvider } from '../fixtures/provider-visitor.ts';

const REDIRECT = 'http://localhost:3000/auth/callback/local';
let provider: SignInProvider;
let client: { readonly id: string; readonly secret: string };

beforeAll(async () => {
  provider = await startSignInProvider(await freePort());
  const { THIRD_PARTY_CLIENTS = '', THIRD_PARTY_SECRETS = '{}' } = provider.environment;
  client = {
    id: /^local=([^,]+),/.exec(THIRD_PARTY_CLIENTS)?.[1] ?? '',
    secret: (JSON.parse(THIRD_PARTY_SECRETS) as { local: string }).local,
  };
});
afterAll(() => provider?.stop());

const verifier = randomBytes(32).toString('base64url');
const challenge = createHash('sha256').update(verifier).digest('base64url');

function authorizationUrl(parameters: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams({
    client_id: client.id,
    response_type: 'code',
    redirect_uri: REDIRECT,
    scope: 'openid email',
    state: 'some state',
    nonce: 'some nonce',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...parameters,
  });
  return `${provider.issuer}/auth?${query}`;
}

async function exchange(code: string | null, codeVerifier = verifier) {
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code: code ?? '',
    redirect_uri: REDIRECT,
    client_id: client.id,
    client_secret: client.secret,
    code_verifier: codeVerifier,
  });
  const response = await fetch(`${provider.issuer}/token`, { method: 'POST', body });
  return { status: response.status, body: (await response.json()) as Readonly<Record<string, string>> };
}

async function codeOf(choice: string) {
  const { callback } = await visitProvider(authorizationUrl(), choice);
  return callback.searchParams.get('code');
}

test.each([
  ['ann', true],
  ['eve', false],
])('%s signs in, and the ID token says whether the e-mail is verified: %s', async (user, isVerified) => {
  const { callback, page } = await visitProvider(authorizationUrl(), user);
  expect(page).toContain(`${user}@example.com`);
  expect(`${callback.origin}${callback.pathname}`).toBe(REDIRECT);
  expect(callback.searchParams.get('state')).toBe('some state');
  const { status, body } = await exchange(callback.searchParams.get('code'));
  expect(status).toBe(200);
  const keys = (await (await fetch(`${provider.issuer}/jwks`)).json()) as JSONWebKeySet;
  const { payload } = await jwtVerify(body.id_token ?? '', createLocalJWKSet(keys), {
    issuer: provider.issuer,
    audience: client.id,
  });
  expect(payload).toMatchObject({
    sub: user,
    email: `${user}@example.com`,
    email_verified: isVerified,
    nonce: 'some nonce',
  });
});

test.each([
  ['cancel', 'access_denied'],
  ['fail', 'server_error'],
])('the button %s ends with the error %s', async (choice, error) => {
  const { callback } = await visitProvider(authorizationUrl(), choice);
  expect(Object.fromEntries(callback.searchParams)).toMatchObject({ error, state: 'some state' });
});

test('a code works once', async () => {
  const code = await codeOf('ann');
  expect((await exchange(code)).status).toBe(200);
  expect(await exchange(code)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
});

test('a browser that has signed in before is asked again, and can choose another user', async () => {
  const cookies = new Map<string, string>();
  await visitProvider(authorizationUrl(), 'ann', cookies);
  const { callback, page } = await visitProvider(authorizationUrl(), 'ben', cookies);
  expect(page).toContain('ben@example.com');
  const { body } = await exchange(callback.searchParams.get('code'));
  expect(decodeJwt(body.id_token ?? '').sub).toBe('ben');
});

test('a code needs the verifier of its challenge', async () => {
  const other = randomBytes(32).toString('base64url');
  expect(await exchange(await codeOf('ann'), other)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
});

test('a request without PKCE is sent back with an error', async () => {
  const url = new URL(authorizationUrl());
  url.searchParams.delete('code_challenge');
  url.searchParams.delete('code_challenge_method');
  const { callback } = await visitProvider(String(url), 'ann');
  expect(callback.searchParams.get('error')).toBe('invalid_request');
});

test('codes reach websites on this machine alone', async () => {
  const response = await fetch(authorizationUrl({ redirect_uri: 'https://evil.example/' }), { redirect: 'manual' });
  expect(response.status).toBe(400);
  const own = authorizationUrl({ redirect_uri: 'http://localhost:4321/anywhere' });
  expect((await visitProvider(own, 'ann')).callback.origin).toBe('http://localhost:4321');
});

test('your own providers stay with the local one', async () => {
  const own = { THIRD_PARTY_CLIENTS: 'google=1234', THIRD_PARTY_SECRETS: '{"google":"abc"}' };
  const other = await startSignInProvider(await freePort(), own);
  await other.stop();
  const { THIRD_PARTY_CLIENTS, THIRD_PARTY_SECRETS = '' } = other.environment;
  expect(THIRD_PARTY_CLIENTS).toMatch(/^google=1234;local=/);
  expect(JSON.parse(THIRD_PARTY_SECRETS)).toEqual({ google: 'abc', local: expect.any(String) });
});

test.each([
  ["import ThirdParty from 'supertokens-node/recipe/thirdparty';", true],
  ["// import ThirdParty from 'supertokens-node/recipe/thirdparty';", false],
  ["import EmailPassword from 'supertokens-node/recipe/emailpassword';", false],
])('a list of recipes with the line %s uses ThirdParty: %s', (line, isUsed) => {
  expect(usesThirdParty(`import Session from 'supertokens-node/recipe/session';\n${line}\n`)).toBe(isUsed);
});

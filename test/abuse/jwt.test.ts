import { createPrivateKey, createPublicKey, type KeyObject, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { JsonObject } from '../../lib/core/types.ts';
import { authorizerEvent } from '../fixtures/authorizer-events.ts';
import { createSession, refresh, textIn, verify } from '../fixtures/cdi-session.ts';
import { ManualClock, makeTestCore, startTestDatabase, type TestCore, type TestDatabase } from '../fixtures/core.ts';
import { invoke, lambdaContext } from '../fixtures/lambda.ts';
import { listenOnLoopback, stopServer } from '../fixtures/loopback.ts';
import {
  type IssuerKey,
  idTokenClaims,
  makeKey,
  signedBy,
  startTestIssuer,
  type TestIssuer,
} from '../fixtures/oidc-issuer.ts';
import { ATTACKERS_JWK, forgedTokens, type Loot, signedWith } from './forged-tokens.ts';
import { type AttackedService, startService, type Tokens } from './service.ts';

let database: TestDatabase;
let service: AttackedService;
let core: TestCore;
let issuer: TestIssuer;
let issuersKey: IssuerKey;
let tokens: Tokens;
let loot: Loot;
/** What has signed the tokens: only we have it, and can make what we would never sign. */
let ownKey: KeyObject;
const evil = { asked: [] as (string | undefined)[], url: '' };
const evilServer = createServer((request, response) => {
  evil.asked.push(request.url);
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [ATTACKERS_JWK] }));
});

beforeAll(async () => {
  evil.url = `http://127.0.0.1:${await listenOnLoopback(evilServer)}`;
  [database, issuer, issuersKey] = await Promise.all([startTestDatabase(), startTestIssuer(), makeKey('RS256')]);
  issuer.keys = [issuersKey];
  service = await startService(database, ['session-info', 'sessions', 'authorizer', 'auth', 'login-oidc'], {
    OIDC_PROVIDERS: `${issuer.issuer}=web`,
  });
  core = makeTestCore(database.store, {}, new ManualClock(Date.now()));
  tokens = await service.logIn();
  ownKey = await signingKey();
  loot = {
    token: tokens.access,
    other: (await service.logIn()).access,
    publicKey: createPublicKey(ownKey),
    evil: evil.url,
  };
});
afterAll(async () => {
  await stopServer(evilServer);
  await issuer?.stop();
  await database?.stop();
});

async function signingKey(): Promise<KeyObject> {
  const key = (await database.store.keyring.read())?.dynamicKeys[0]?.privateKey;
  if (key === undefined) throw new Error('There is no signing key');
  return createPrivateKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'pkcs8' });
}

const inCookie = (token: string) => ({ cookies: [`sAccessToken=${encodeURIComponent(token)}`] });
const inHeader = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

/** Everybody who verifies access tokens: what each says of one, `true` if it is good. */
const VERIFIERS: Readonly<Record<string, (token: string) => Promise<boolean>>> = {
  'a protected route, cookie': (token) => isOk('session-info', 'GET', '/sessioninfo', inCookie(token)),
  'a protected route, header': (token) => isOk('session-info', 'GET', '/sessioninfo', inHeader(token)),
  'a route with checkDatabase': (token) => isOk('sessions', 'GET', '/sessions', inHeader(token)),
  'the Lambda authorizer, HTTP API': async (token) => {
    const event = authorizerEvent('http-api-v2', inHeader(token));
    const { isAuthorized } = (await service.handler('authorizer')(event, lambdaContext)) as { isAuthorized: boolean };
    return isAuthorized;
  },
  'the Lambda authorizer, REST API': async (token) => {
    const asked = service.handler('authorizer')(authorizerEvent('rest-api', inCookie(token)), lambdaContext);
    const answer = await asked.catch((error: Error) => error.message);
    if (answer !== 'Unauthorized')
      expect(answer).toMatchObject({ policyDocument: { Statement: [{ Effect: 'Allow' }] } });
    return answer !== 'Unauthorized';
  },
  'POST /recipe/session/verify': async (accessToken) => {
    const answers = await Promise.all(
      ['3.1', '5.4', '5.6'].map((version) => verify(core, accessToken, { version, checkDatabase: true })),
    );
    const statuses = new Set(answers.map(({ status }) => status));
    expect(['OK', 'TRY_REFRESH_TOKEN']).toContain([...statuses].join());
    return statuses.has('OK');
  },
};

async function isOk(name: string, method: string, path: string, call: object): Promise<boolean> {
  const { statusCode, headers, cookies } = await invoke(service.handler(name), method, path, call);
  expect([200, 401]).toContain(statusCode);
  // A client that sends rubbish with a good refresh token stays logged in.
  expect([headers['front-token'], cookies]).toEqual([undefined, []]);
  return statusCode === 200;
}

const expectOfAll = async (token: string, isGood: boolean): Promise<void> => {
  for (const [verifier, takes] of Object.entries(VERIFIERS)) {
    expect({ verifier, token, isGood: await takes(token) }).toEqual({ verifier, token, isGood });
  }
};

test('a good token is taken by all of them', () => expectOfAll(tokens.access, true));

describe.each([
  ...['alg none', 'HS256 with the public key', 'foreign kid', 'kid path tricks', 'swapped payload'],
  ...['trimmed signature', 'other typ or crit', 'b64=false', 'duplicate members', 'embedded jwk, jku, x5u, x5c'],
  ...['other algorithms', 'no JWT'],
])('%s', (attack) => {
  test.each(Object.keys(VERIFIERS))('is rejected by %s', async (verifier) => {
    const forged = forgedTokens(loot).get(attack) ?? [];
    expect(forged.length).toBeGreaterThan(5);
    for (const token of forged) expect([token, await VERIFIERS[verifier]?.(token)]).toEqual([token, false]);
    expect(evil.asked).toEqual([]);
  });
});

/** What the good token says, with something else in its header or its claims; and the signature is ours. */
function resigned(claims: Record<string, unknown>, header: Record<string, unknown> = {}): string {
  const [head, body] = tokens.access.split('.').map((part) => Buffer.from(part, 'base64url').toString());
  return signedWith({ ...JSON.parse(head ?? ''), ...header }, { ...JSON.parse(body ?? ''), ...claims }, ownKey);
}
const seconds = (ahead: number): number => Math.floor(Date.now() / 1000) + ahead;

test('expired: every route rejects it', async () => {
  // The core's clock stands still: on a busy machine it is a minute behind by now.
  core.clock.time = Date.now();
  await expectOfAll(resigned({ iat: seconds(-3600), exp: seconds(600) }), true);
  await expectOfAll(resigned({ iat: seconds(-3600), exp: seconds(-60) }), false);
  await expectOfAll(resigned({ iat: seconds(-3600), exp: seconds(-86_400) }), false);
  // Else there would be tokens for ever.
  for (const exp of [undefined, null, String(seconds(60)), [seconds(60)]]) await expectOfAll(resigned({ exp }), false);
});

test('not yet valid: every entry rejects it', async () => {
  const early = resigned({ nbf: seconds(3600) });
  for (const verifier of FRONT) expect([verifier, await VERIFIERS[verifier]?.(early)]).toEqual([verifier, false]);
  // For the core, as for the official one, `nbf` is a claim of the application: backends look at it by themselves.
  expect((await verify(core, early)).status).toBe('OK');
});

/** All but the core itself, which only backends ask. */
const FRONT = Object.keys(VERIFIERS).filter((verifier) => !verifier.startsWith('POST'));

test('wrong issuer: a token of another installation is rejected, whatever it says of itself', async () => {
  const elsewhere = await startTestDatabase();
  try {
    const others = makeTestCore(elsewhere.store, {}, core.clock);
    const claims = { iss: 'http://localhost:3001/auth' };
    const { accessToken } = await createSession(others, { userId: tokens.userId, payload: claims });
    await expectOfAll(accessToken, false);
    const key = (await elsewhere.store.keyring.read())?.dynamicKeys[0]?.privateKey ?? '';
    const theirs = createPrivateKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'pkcs8' });
    const [head = '', body = ''] = tokens.access.split('.').map((part) => Buffer.from(part, 'base64url').toString());
    await expectOfAll(signedWith(head, body, theirs), false);
  } finally {
    await elsewhere.stop();
  }
});

test('another kind of token that the same key has signed is rejected at every entry', async () => {
  const others = [
    resigned({}, { typ: 'at+jwt' }),
    resigned({}, { crit: ['x'], x: 1 }),
    // An OAuth2 access token of a SuperTokens core.
    resigned({ stt: 1 }),
    resigned({}, { version: '2' }),
    resigned({ sessionHandle: undefined }),
    await jwtOf({ sub: tokens.userId, iss: 'http://localhost:3001/auth' }),
  ];
  for (const token of others)
    for (const verifier of FRONT) expect([token, await VERIFIERS[verifier]?.(token)]).toEqual([token, false]);
});

async function jwtOf(payload: JsonObject): Promise<string> {
  const body = { payload, algorithm: 'RS256', jwksDomain: 'https://a.example', validity: 60 };
  return textIn((await core.ask('/recipe/jwt', { ...body, useStaticSigningKey: false })).json, 'jwt');
}

test('POST /recipe/jwt signs any claims: claims that a client chose could be those of a session', async () => {
  const body = Buffer.from(tokens.access.split('.')[1] ?? '', 'base64url').toString();
  const signed = await jwtOf({ ...(JSON.parse(body) as JsonObject), sub: 'admin' });
  // The SDK takes a token without a version for one of version 3. The core does not.
  expect(await VERIFIERS['a protected route, header']?.(signed)).toBe(true);
  expect(await VERIFIERS['a route with checkDatabase']?.(signed)).toBe(false);
  expect((await verify(core, signed)).status).toBe('TRY_REFRESH_TOKEN');
});

test('stolen signing key: an attacker can be any user, with checkDatabase too if they know a live session', async () => {
  await expectOfAll(resigned({ sub: 'admin', rsub: 'admin' }), true);
  const ofNoSession = resigned({ sessionHandle: randomUUID() });
  expect(await VERIFIERS['a protected route, header']?.(ofNoSession)).toBe(true);
  expect((await verify(core, ofNoSession, { checkDatabase: true })).status).toBe('UNAUTHORISED');
});

test('a refresh token as an access token is rejected', async () => {
  await expectOfAll(tokens.refresh, false);
});

test('an access token as a refresh token is rejected, and no theft', async () => {
  const call = { headers: { authorization: `Bearer ${tokens.access}`, 'st-auth-mode': 'header' } };
  const cookie = { cookies: [`sRefreshToken=${tokens.access}`], headers: { rid: 'session' } };
  for (const sent of [call, cookie]) {
    const answer = await invoke(service.handler('auth'), 'POST', '/auth/session/refresh', sent);
    expect([answer.statusCode, answer.body]).toEqual([401, '{"code":"unauthorised","message":"unauthorised"}']);
  }
  for (const version of ['3.1', '5.4', '5.6']) {
    expect(await refresh(core, tokens.access, { version })).toMatchObject({ status: 'UNAUTHORISED' });
  }
  await expectOfAll(tokens.access, true);
});

/** Those that test/login/oidc-login.test.ts does not have. */
describe('ID tokens', () => {
  const idToken = () => signedBy(issuersKey, idTokenClaims(issuer.issuer, 'web', Date.now()));
  const logIn = (token: string) =>
    invoke(service.handler('login-oidc'), 'POST', '/login/oidc', { body: { idToken: token } });

  test.each([
    ...['alg none', 'HS256 with the public key', 'kid path tricks', 'trimmed signature', 'swapped payload'],
    ...['other typ or crit', 'b64=false', 'duplicate members', 'embedded jwk, jku, x5u, x5c', 'other algorithms'],
  ])('%s: logs no user in, and asks only the issuer for a key', async (attack) => {
    const publicKey = createPublicKey({ key: { ...issuersKey.publicJwk }, format: 'jwk' });
    const stolen = { token: await idToken(), other: await idToken(), publicKey, evil: evil.url };
    for (const forged of forgedTokens(stolen).get(attack) ?? []) {
      const { statusCode, body } = await logIn(forged);
      expect([forged, statusCode, body]).toEqual([
        forged,
        401,
        expect.stringMatching(/^\{"code":"id_token_rejected","message":"ID token rejected: /),
      ]);
    }
    expect(evil.asked).toEqual([]);
    expect((await logIn(stolen.token)).statusCode).toBe(200);
  });

  test('an access token or a refresh token as an ID token logs no user in', async () => {
    for (const token of [tokens.access, tokens.refresh, resigned({ iss: issuer.issuer, aud: 'web' })])
      expect([token, (await logIn(token)).statusCode]).toEqual([token, 401]);
  });

  test('an ID token as an access token is rejected', async () => {
    await expectOfAll(await idToken(), false);
  });
});

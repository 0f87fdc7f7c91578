import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from 'jose';
import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import {
  type Answer,
  bodyOf,
  httpApiEvent,
  invoke,
  lambdaContext,
  startFunction,
  verifyEnvironment,
} from '../fixtures/lambda.ts';
import { logInWith } from '../fixtures/log-in.ts';
import { database, proxy, sessionFunction, sessionVariables, useWatchedDatabase } from './watched-functions.ts';

const AUDIENCE = 'https://api.example.com';
const ENVIRONMENT = { API_DOMAIN: 'https://api.example.com', API_GATEWAY_PATH: '/v1', JWT_AUDIENCE: AUDIENCE };
/** What stands in the template as the authorizer's issuerUrl. */
const ISSUER = 'https://api.example.com/v1/auth';

useWatchedDatabase();

const loadAuth = async (extra: Record<string, string> = ENVIRONMENT): Promise<LambdaHandler> =>
  (await sessionFunction(() => import('../../handlers/auth.ts'), extra)).handler;

const logIn = (extra: Record<string, string> = ENVIRONMENT) => logInWith(sessionVariables(extra));

const accessToken = ({ headers }: Answer): string => headers['st-access-token'] ?? '';
const refresh = (auth: LambdaHandler, { headers }: Answer) =>
  invoke(auth, 'POST', '/auth/session/refresh', {
    headers: { 'st-auth-mode': 'header', authorization: `Bearer ${headers['st-refresh-token']}` },
  });

/** The path of one of our URLs as a function sees it: without what API Gateway puts before it. */
const routeOf = (url: string): string => new URL(url).pathname.replace(/^\/v1/, '');

/**
 * What API Gateway's JWT authorizer does, with an independent implementation of JWT.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
async function authorizeAsApiGateway(auth: LambdaHandler, token: string, audience: string) {
  const discovery = await invoke(auth, 'GET', routeOf(`${ISSUER}/.well-known/openid-configuration`));
  const { issuer, jwks_uri } = bodyOf(discovery) as { issuer: string; jwks_uri: string };
  expect(issuer).toBe(ISSUER);
  const jwks = bodyOf(await invoke(auth, 'GET', routeOf(jwks_uri))) as unknown as JSONWebKeySet;
  const { payload } = await jwtVerify(token, createLocalJWKSet(jwks), { issuer, audience, algorithms: ['RS256'] });
  expect(payload.iat).toBeLessThanOrEqual(Math.floor(Date.now() / 1000));
  return payload;
}

test('its access tokens pass the checks of the JWT authorizer', async () => {
  const session = await logIn();
  const claims = await authorizeAsApiGateway(await loadAuth(), accessToken(session), AUDIENCE);
  expect(claims).toMatchObject({ sub: session.userId, iss: ISSUER, aud: AUDIENCE, exp: expect.any(Number) });
});

test('a forged token, one for another audience, and one without any do not', async () => {
  const auth = await loadAuth();
  const token = accessToken(await logIn());
  const forged = `${token.slice(0, -8)}AAAAAAAA`;
  await expect(authorizeAsApiGateway(auth, forged, AUDIENCE)).rejects.toThrow('signature verification failed');
  await expect(authorizeAsApiGateway(auth, token, 'https://other.example')).rejects.toThrow('"aud"');
  const { JWT_AUDIENCE: _audience, ...without } = ENVIRONMENT;
  const plain = accessToken(await logIn(without));
  expect(decodeJwt(plain)).not.toHaveProperty('aud');
  await expect(authorizeAsApiGateway(auth, plain, AUDIENCE)).rejects.toThrow('"aud"');
});

test('a refreshed token keeps the audience, and an older session gets it with its next refresh', async () => {
  const auth = await loadAuth();
  const { JWT_AUDIENCE: _audience, ...without } = ENVIRONMENT;
  for (const session of [await logIn(), await logIn(without), await logIn({ ...ENVIRONMENT, JWT_AUDIENCE: 'old' })]) {
    const refreshed = await refresh(auth, session);
    const claims = await authorizeAsApiGateway(auth, accessToken(refreshed), AUDIENCE);
    expect(claims.sub).toBe(session.userId);
    const again = await refresh(auth, refreshed);
    expect(decodeJwt(accessToken(again))).toMatchObject({ aud: AUDIENCE, iss: ISSUER });
  }
});

test('the audience costs a refresh nothing once it is there', async () => {
  const auth = await loadAuth();
  const first = await refresh(auth, await logIn());
  proxy.calls.length = 0;
  await refresh(auth, first);
  const { sessions } = database.tables;
  expect(proxy.calls.filter(({ table }) => table === sessions).map(({ operation }) => operation)).toEqual([
    'GetItem',
    'UpdateItem',
  ]);
});

test('keys that change too often for API Gateway are rejected at the start', async () => {
  const interval = (hours: string) => ({
    ...ENVIRONMENT,
    ACCESS_TOKEN_DYNAMIC_SIGNING_KEY_UPDATE_INTERVAL: hours,
  });
  await expect(loadAuth(interval('10'))).rejects.toThrow(
    'ACCESS_TOKEN_DYNAMIC_SIGNING_KEY_UPDATE_INTERVAL must be at least 11 with JWT_AUDIENCE',
  );
  await expect(loadAuth(interval('11'))).resolves.toBeInstanceOf(Function);
  await expect(loadAuth({ ...interval('10'), JWT_AUDIENCE: '' })).resolves.toBeInstanceOf(Function);
});

describe('the two public documents', () => {
  const DISCOVERY = '/auth/.well-known/openid-configuration';
  const JWKS = '/auth/jwt/jwks.json';
  const cacheControl = (answer: Answer) =>
    Object.entries(answer.headers).filter(([name]) => name.toLowerCase() === 'cache-control');

  test('discovery may be cached for an hour, and needs nothing of DynamoDB', async () => {
    proxy.isBroken = true;
    const auth = await loadAuth();
    const answer = await invoke(auth, 'GET', DISCOVERY);
    proxy.isBroken = false;
    expect(cacheControl(answer)).toEqual([['cache-control', 'public, max-age=3600']]);
  });

  test('the JWKS may be cached for ten minutes, and changes nothing at a cold start', async () => {
    await logIn();
    proxy.calls.length = 0;
    const auth = await loadAuth();
    const answer = await invoke(auth, 'GET', JWKS);
    expect(cacheControl(answer)).toEqual([['cache-control', 'public, max-age=600, must-revalidate']]);
    // What the function reads when it starts, and the JWKS.
    expect(new Set(proxy.calls.map(({ operation }) => operation))).toEqual(new Set(['GetItem']));
    const keys = bodyOf(answer).keys as { kid: string; kty: string; alg: string; use: string }[];
    for (const key of keys)
      expect(key).toMatchObject({ kty: 'RSA', alg: 'RS256', use: 'sig', kid: expect.any(String) });
  });

  test('nothing else may, nor an error in their place', async () => {
    const auth = await loadAuth();
    const session = await logIn();
    expect(cacheControl(await refresh(auth, session))).toEqual([]);
    expect(cacheControl(await invoke(auth, 'POST', JWKS))).toEqual([['cache-control', 'no-store']]);
    expect(cacheControl(await invoke(auth, 'GET', '/auth/other'))).toEqual([['cache-control', 'no-store']]);
    const cold = await loadAuth();
    proxy.isBroken = true;
    const broken = await invoke(cold, 'GET', JWKS);
    proxy.isBroken = false;
    expect(broken.statusCode).toBe(503);
    expect(cacheControl(broken)).toEqual([['cache-control', 'no-store']]);
  });
});

describe('the route behind it', () => {
  const askRoute = async (authorizer: object | undefined) => {
    const environment = { ...verifyEnvironment(proxy.endpoint, database.tables), ...ENVIRONMENT };
    const { jwtAuthorized: handler } = await startFunction(
      environment,
      () => import('../fixtures/handlers/behind-authorizer.ts'),
    );
    const event = httpApiEvent('GET', '/behind-authorizer');
    const requestContext = { ...event.requestContext, ...(authorizer && { authorizer }) };
    return (await handler({ ...event, requestContext }, lambdaContext)) as Answer;
  };

  test('reads the claims that API Gateway has checked', async () => {
    const answer = await askRoute({ jwt: { claims: { sub: 'user', aud: AUDIENCE }, scopes: null } });
    expect(answer.statusCode).toBe(200);
    expect(bodyOf(answer)).toEqual({ userId: 'user', aud: AUDIENCE });
  });

  test('is a 500 if the route lacks the authorizer', async () => {
    for (const authorizer of [undefined, {}, { jwt: {} }, { lambda: { userId: 'user' } }]) {
      expect((await askRoute(authorizer)).statusCode).toBe(500);
    }
  });
});

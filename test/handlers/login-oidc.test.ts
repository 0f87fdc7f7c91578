import { randomUUID } from 'node:crypto';
import { decodeJwt } from 'jose';
import { ConfigurationError, readServiceConfig } from '../../lib/config/service-config.ts';
import type { OnOidcLogIn } from '../../lib/http/oidc-routes.ts';
import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import {
  bodyOf,
  type Call,
  invoke,
  logged,
  sessionEnvironment,
  startFunction,
  verifyEnvironment,
} from '../fixtures/lambda.ts';
import {
  type Claims,
  type IssuerKey,
  idTokenClaims,
  makeKey,
  signedBy,
  startTestIssuer,
  type TestIssuer,
} from '../fixtures/oidc-issuer.ts';
import { startRecordingProxy } from '../fixtures/recording-proxy.ts';

let database: TestDatabase;
let issuer: TestIssuer;
let key: IssuerKey;

beforeAll(async () => {
  [database, issuer, key] = await Promise.all([startTestDatabase(), startTestIssuer(), makeKey('ES256')]);
  issuer.keys = [key];
});
afterAll(async () => {
  await issuer?.stop();
  await database?.stop();
});
beforeEach(() => {
  logged.length = 0;
});

async function startLogin(extra: Record<string, string> = {}): Promise<LambdaHandler> {
  const environment = { ...sessionEnvironment(database.endpoint, database.tables), ...extra };
  const { handler } = await startFunction(environment, () => import('../../handlers/login-oidc.ts'));
  return handler;
}

/** A function that trusts the issuer of these tests. */
const startConfigured = (extra: Record<string, string> = {}) =>
  startLogin({ OIDC_PROVIDERS: `https://other.example=app;${issuer.issuer}=web,app`, ...extra });

const tokenWith = (claims: Claims = {}) => signedBy(key, idTokenClaims(issuer.issuer, 'web', Date.now(), claims));
const post = (handler: LambdaHandler, body: Call['body'] = {}, mode = 'header') =>
  invoke(handler, 'POST', '/login/oidc', { headers: { 'st-auth-mode': mode }, body });

test('an ID token becomes a session, which protected routes accept', async () => {
  const answer = await post(await startConfigured(), { idToken: await tokenWith({ nonce: 'n-1' }), nonce: 'n-1' });
  expect(answer.statusCode).toBe(200);
  const { userId, ...others } = bodyOf(answer);
  expect(userId).toMatch(/^oidc-[A-Za-z0-9_-]{43}$/);
  expect(others).toEqual({});
  const { handler } = await startFunction(
    verifyEnvironment(database.endpoint, database.tables),
    () => import('../../handlers/session-info.ts'),
  );
  const headers = { authorization: `Bearer ${answer.headers['st-access-token']}` };
  expect(bodyOf(await invoke(handler, 'GET', '/sessioninfo', { headers }))).toMatchObject({ userId });
});

test('the session travels in cookies if the client asks so', async () => {
  const { statusCode, cookies = [] } = await post(await startConfigured(), { idToken: await tokenWith() }, 'cookie');
  expect(statusCode).toBe(200);
  expect(cookies.map((cookie) => cookie.replace(/=.*/, ''))).toEqual(['sAccessToken', 'sRefreshToken']);
});

test('the same user gets the same id each time, and a session of their own', async () => {
  const handler = await startConfigured();
  const sub = randomUUID();
  const answers = [
    await post(handler, { idToken: await tokenWith({ sub }) }),
    await post(handler, { idToken: await tokenWith({ sub, aud: 'app' }) }),
  ];
  expect(new Set(answers.map((answer) => bodyOf(answer).userId)).size).toBe(1);
  expect(new Set(answers.map(({ headers }) => headers['st-refresh-token'])).size).toBe(2);
});

test('a rejected token is 401 with the class of its fault; the log says more, but not the token', async () => {
  const idToken = await tokenWith({ aud: ['web', 'stranger'], azp: 'web' });
  const answer = await post(await startConfigured(), { idToken });
  expect(answer).toMatchObject({
    statusCode: 401,
    body: '{"code":"id_token_rejected","message":"ID token rejected: audience"}',
    cookies: [],
  });
  expect(Object.keys(answer.headers)).not.toContain('st-access-token');
  expect(logged).toEqual([
    {
      level: 'warn',
      message: 'IdTokenRefused',
      details: {
        reason: 'audience',
        detail: 'every "aud" must be configured',
        function: 'sessions-test-function',
        coldStart: true,
        requestId: 'request-id',
        awsRequestId: 'aws-request-id',
      },
    },
  ]);
  expect(JSON.stringify(logged)).not.toContain(idToken.split('.')[2]);
});

test('a token of an issuer that is not configured is 401, and the log names it', async () => {
  const idToken = await tokenWith({ iss: `${issuer.issuer}/` });
  expect(bodyOf(await post(await startConfigured(), { idToken }))).toEqual({
    code: 'id_token_rejected',
    message: 'ID token rejected: issuer',
  });
  expect(logged[0]?.details).toMatchObject({ detail: `"${issuer.issuer}/" is not configured` });
});

test('an exchanged token is 401 the second time, also in another process', async () => {
  const body = { idToken: await tokenWith() };
  expect((await post(await startConfigured(), body)).statusCode).toBe(200);
  const again = await post(await startConfigured(), body);
  expect(again).toMatchObject({
    statusCode: 401,
    body: '{"code":"id_token_rejected","message":"ID token rejected: already used"}',
  });
});

test.each<[string, Call['body'], object]>([
  ['no ID token', {}, { field: 'idToken', message: 'An ID token is a JWT.' }],
  ['an ID token that is no text', { idToken: 7 }, { field: 'idToken', message: 'An ID token is a JWT.' }],
  ['a nonce that is no text', { idToken: 'a.b.c', nonce: 7 }, { field: 'nonce', message: expect.any(String) }],
  ['no JSON', 'idToken', { message: 'The body must be a JSON object' }],
])('%s is 400', async (_what, body, error) => {
  const answer = await post(await startConfigured(), body);
  expect(answer.statusCode).toBe(400);
  expect(bodyOf(answer)).toEqual({ code: 'invalid_request', ...error });
});

test('OIDC_NONCE_REQUIRED makes the nonce compulsory', async () => {
  const handler = await startConfigured({ OIDC_NONCE_REQUIRED: 'true' });
  const missing = await post(handler, { idToken: await tokenWith() });
  expect([missing.statusCode, bodyOf(missing).field]).toEqual([400, 'nonce']);
  const answer = await post(handler, { idToken: await tokenWith({ nonce: 'n-1' }), nonce: 'n-1' });
  expect(answer.statusCode).toBe(200);
});

test('a provider that does not answer is 503 with Retry-After, and the log says why', async () => {
  const handler = await startConfigured();
  issuer.instead.set('/keys', (to) => to.writeHead(500).end());
  const answer = await post(handler, { idToken: await tokenWith() });
  issuer.instead.clear();
  expect(answer).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' }, cookies: [] });
  expect(bodyOf(answer)).toEqual({
    code: 'service_unavailable',
    message: 'The service is not available right now. Please try again.',
  });
  expect(logged[0]).toMatchObject({
    level: 'error',
    message: 'OidcProviderUnavailable',
    details: { error: { message: expect.stringContaining(`${issuer.issuer}: Expected 200 OK`) } },
  });
});

test('without a configured provider it is 404, which says what is missing', async () => {
  const answer = await post(await startLogin(), { idToken: await tokenWith() });
  expect(answer).toMatchObject({ statusCode: 404, headers: { 'content-type': 'application/json' } });
  expect(bodyOf(answer)).toEqual({
    code: 'not_found',
    message: 'No OpenID Connect provider is configured: OIDC_PROVIDERS is empty',
  });
});

describe('the configuration', () => {
  const configured = (OIDC_PROVIDERS: string) =>
    readServiceConfig({ PUBLISHED_KEYS_TABLE: 'keys', OIDC_PROVIDERS }).oidc;
  const FORM =
    'OIDC_PROVIDERS must be <issuer>=<client id>,<client id>;<issuer>=…, each issuer an https URL without ? # { }';

  test('names each issuer with its client ids', () => {
    const given = ' https://accounts.google.com = a.apps.googleusercontent.com , b ; https://tenant.auth0.com/=c=d; ';
    expect(configured(given)).toEqual({
      issuers: [
        { issuer: 'https://accounts.google.com', audiences: ['a.apps.googleusercontent.com', 'b'] },
        { issuer: 'https://tenant.auth0.com/', audiences: ['c=d'] },
      ],
      isNonceRequired: false,
    });
    expect(configured('')).toEqual({ issuers: [], isNonceRequired: false });
  });

  test.each([
    ['without client ids', 'https://a.example'],
    ['with an empty client id', 'https://a.example=web,'],
    ['with a blank in a client id', 'https://a.example=web app'],
    ['that is no URL', 'accounts.google.com=web'],
    ['by plain http', 'http://a.example=web'],
    ['with a query', 'https://a.example/?tenant'],
    ['for any tenant', 'https://login.microsoftonline.com/{tenantid}/v2.0=web'],
    ['that another entry follows without ;', 'https://a.example=web https://b.example=web'],
  ])('refuses an issuer %s', (_what, given) => {
    expect(() => configured(given)).toThrow(new ConfigurationError([FORM]));
  });

  test('rejects an issuer that is listed twice', () => {
    const fault = 'OIDC_PROVIDERS must name each issuer once, with all its client ids';
    expect(() => configured('https://a.example=web;https://a.example=app')).toThrow(new ConfigurationError([fault]));
  });

  test('keeps the function from starting if it is faulty, and names every fault', async () => {
    const faulty = { OIDC_PROVIDERS: 'accounts.google.com=web', OIDC_NONCE_REQUIRED: 'maybe' };
    await expect(startLogin(faulty)).rejects.toMatchObject({
      faults: [FORM, 'OIDC_NONCE_REQUIRED must be true or false'],
    });
  });
});

describe('the hook of lib/app', () => {
  /** The route with a hook of these tests instead of the user's. */
  const startWith = (makeHook: () => Promise<OnOidcLogIn>, endpoint = database.endpoint) => {
    const environment = {
      ...sessionEnvironment(endpoint, database.tables),
      OIDC_PROVIDERS: `${issuer.issuer}=web`,
    };
    return startFunction(environment, async () => {
      const { answerOidcLogIn } = await import('../../lib/http/oidc-routes.ts');
      const { publicRoute } = await import('../../lib/index.ts');
      return publicRoute(answerOidcLogIn(await makeHook()));
    });
  };
  const payloadOf = ({ headers }: Awaited<ReturnType<typeof post>>) => decodeJwt(String(headers['st-access-token']));

  test('sees the verified claims, and what it returns is in the access token', async () => {
    const seen: unknown[] = [];
    const handler = await startWith(async () => async ({ userId, issuer: from, claims }) => {
      seen.push({ userId, from, email: claims.email });
      return { plan: 'pro', groups: claims.groups as string[] };
    });
    const answer = await post(handler, { idToken: await tokenWith({ email: 'ann@example.com', groups: ['staff'] }) });
    const { userId } = bodyOf(answer);
    expect(seen).toEqual([{ userId, from: issuer.issuer, email: 'ann@example.com' }]);
    expect(payloadOf(answer)).toMatchObject({ sub: userId, plan: 'pro', groups: ['staff'] });
  });

  test('gives roles, which a claim validator of a protected route sees', async () => {
    const handler = await startWith(async () => {
      const { claimsOf } = await import('../../lib/index.ts');
      const { RolesClaim } = await import('../fixtures/handlers/roles.ts');
      return async ({ claims }) => claimsOf(RolesClaim, claims.groups === 'admins' ? ['admin'] : []);
    });
    const { handler: report } = await startFunction(
      verifyEnvironment(database.endpoint, database.tables),
      () => import('../fixtures/handlers/admin-only.ts'),
    );
    for (const [groups, statusCode] of [
      ['admins', 200],
      ['users', 403],
    ] as const) {
      const { headers } = await post(handler, { idToken: await tokenWith({ groups }) });
      const authorization = { authorization: `Bearer ${headers['st-access-token']}` };
      expect((await invoke(report, 'GET', '/admin-only', { headers: authorization })).statusCode).toBe(statusCode);
    }
  });

  test.each(['malformed', 'expired'])('is not called for a token that is %s', async (fault) => {
    const onLogIn = jest.fn(async () => ({}));
    const idToken = fault === 'malformed' ? 'x' : await tokenWith({ exp: 1 });
    expect((await post(await startWith(async () => onLogIn), { idToken })).statusCode).toBe(401);
    expect(onLogIn).not.toHaveBeenCalled();
  });

  test('rejects a log-in by its error, and no session is created', async () => {
    const proxy = await startRecordingProxy(database.endpoint);
    try {
      const refusing = await startWith(async () => {
        const { HttpError } = await import('../../lib/index.ts');
        return async () => {
          throw new HttpError(403, 'Only staff may log in');
        };
      }, proxy.endpoint);
      const answer = await post(refusing, { idToken: await tokenWith() });
      expect([answer.statusCode, bodyOf(answer)]).toEqual([
        403,
        { code: 'forbidden', message: 'Only staff may log in' },
      ]);
      expect(answer.headers).not.toHaveProperty('st-access-token');
      const { users, sessions } = database.tables;
      const written = proxy.calls.filter(({ operation }) => operation === 'PutItem').map(({ table }) => table);
      // The token has been used up.
      expect(written).toContain(users);
      expect(written).not.toContain(sessions);
    } finally {
      await proxy.stop();
    }
  });
});

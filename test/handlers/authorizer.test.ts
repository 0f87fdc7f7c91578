import { generateKeyPairSync, sign } from 'node:crypto';
import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import {
  AUTHORIZER_EVENTS,
  type AuthorizerCall,
  type AuthorizerEventKind,
  authorizerEvent,
} from '../fixtures/authorizer-events.ts';
import { bodyOf, httpApiEvent, invoke, lambdaContext } from '../fixtures/lambda.ts';
import { logInWith } from '../fixtures/log-in.ts';
import { stopDate } from '../fixtures/still-date.ts';
import {
  database,
  proxy,
  sessionFunction,
  sessionVariables,
  useWatchedDatabase,
  verifyingFunction,
} from './watched-functions.ts';

const WEBSITE = 'http://localhost:3000';
useWatchedDatabase();

interface Tokens {
  readonly userId: string;
  readonly access: string;
  readonly cookie: string;
  readonly bearer: { readonly authorization: string };
  readonly antiCsrf: string | undefined;
}

/** Logs a user in, and returns both kinds of tokens. */
async function logIn(extra: Record<string, string> = {}): Promise<Tokens> {
  const { userId, headers, cookies = [] } = await logInWith(sessionVariables(extra), { mode: 'cookie' });
  const cookie = cookies.find((candidate) => candidate.startsWith('sAccessToken='))?.replace(/;.*/, '') ?? '';
  const access = decodeURIComponent(cookie.replace('sAccessToken=', ''));
  return { userId, access, cookie, bearer: { authorization: `Bearer ${access}` }, antiCsrf: headers['anti-csrf'] };
}

interface Answer {
  readonly isAuthorized?: boolean;
  readonly principalId?: string;
  readonly policyDocument?: { readonly Statement: readonly { readonly Effect: string; readonly Resource: string }[] };
  readonly context?: Readonly<Record<string, string>>;
}

const loadAuthorizer = (extra: Record<string, string> = {}) =>
  verifyingFunction(() => import('../../handlers/authorizer.ts'), extra);

const ask = async (handler: LambdaHandler, kind: AuthorizerEventKind, call: AuthorizerCall): Promise<Answer> =>
  (await handler(authorizerEvent(kind, call), lambdaContext)) as Answer;

/** What API Gateway makes of the answer: the status, or 200 if the request goes on to its route. */
async function statusOf(handler: LambdaHandler, kind: AuthorizerEventKind, call: AuthorizerCall): Promise<number> {
  try {
    const { isAuthorized, policyDocument } = await ask(handler, kind, call);
    if (kind === 'http-api-v2') return isAuthorized === true ? 200 : 403;
    return policyDocument?.Statement[0]?.Effect === 'Allow' ? 200 : 403;
  } catch (error) {
    const isRest = kind === 'rest-api' || kind === 'websocket';
    return isRest && (error as Error).message === 'Unauthorized' ? 401 : 500;
  }
}

const REFUSAL = { 'http-api-v2': 403, 'http-api-v1': 403, 'rest-api': 401, websocket: 401 } as const;
/** Browsers send it with every WebSocket handshake. */
const fromWebsite = { origin: WEBSITE };

describe.each(AUTHORIZER_EVENTS)('asked by %s', (kind) => {
  test.each(['cookie', 'header'] as const)('it lets a token in the %s pass, and says whose it is', async (method) => {
    const { userId, cookie, bearer } = await logIn();
    const { handler } = await loadAuthorizer();
    const call = method === 'cookie' ? { cookies: [cookie], headers: fromWebsite } : { headers: bearer };
    const answer = await ask(handler, kind, call);
    expect(answer.context).toEqual({
      userId,
      sessionHandle: expect.stringMatching(/^[0-9a-f-]{36}$/),
      accessTokenPayload: expect.any(String),
    });
    expect(JSON.parse(answer.context?.accessTokenPayload ?? '')).toMatchObject({ sub: userId, tId: 'public' });
    if (kind === 'http-api-v2') expect(answer.isAuthorized).toBe(true);
    else expect(answer).toMatchObject({ principalId: userId, policyDocument: { Version: '2012-10-17' } });
  });

  test('a bad token is rejected, never a 500', async () => {
    const { access } = await logIn();
    const { handler } = await loadAuthorizer();
    for (const token of badTokens(access)) {
      const inHeader = { headers: { authorization: `Bearer ${token}` } };
      const inCookie = { headers: fromWebsite, cookies: [`sAccessToken=${token}`] };
      expect([token, await statusOf(handler, kind, inHeader)]).toEqual([token, REFUSAL[kind]]);
      expect([token, await statusOf(handler, kind, inCookie)]).toEqual([token, REFUSAL[kind]]);
    }
  });

  test('so is a request without one, with two, or with one in the wrong place', async () => {
    const { access, cookie } = await logIn();
    const { handler } = await loadAuthorizer();
    const calls: AuthorizerCall[] = [
      {},
      { headers: { ...fromWebsite, authorization: access } },
      { headers: { ...fromWebsite, authorization: `Basic ${access}` } },
      { headers: fromWebsite, cookies: ['sRefreshToken=x'] },
      { headers: fromWebsite, cookies: [cookie, cookie] },
      { headers: fromWebsite, cookies: [cookie, 'sIdRefreshToken=x'] },
      { headers: fromWebsite, cookies: ['%', '=;', 'sAccessToken=j:{"a":1}'] },
    ];
    for (const call of calls) expect([call, await statusOf(handler, kind, call)]).toEqual([call, REFUSAL[kind]]);
  });

  test('a store that does not answer is a 500, and no refusal', async () => {
    const { bearer } = await logIn();
    const { handler } = await loadAuthorizer();
    proxy.isBroken = true;
    expect(await statusOf(handler, kind, { headers: bearer })).toBe(500);
    expect(await statusOf(handler, kind, {})).toBe(500);
    proxy.isBroken = false;
    expect(await statusOf(handler, kind, { headers: bearer })).toBe(200);
  });

  test('a claim validator that rejects is a 403', async () => {
    const { bearer } = await logIn();
    const handler = await verifyingFunction(async () => {
      const { sessionAuthorizer } = await import('../../lib/http/authorizer.ts');
      const { RolesClaim } = await import('../fixtures/handlers/roles.ts');
      return sessionAuthorizer({ overrideGlobalClaimValidators: () => [RolesClaim.validators.includes('admin')] });
    });
    expect(await statusOf(handler, kind, { headers: bearer })).toBe(403);
  });

  test("the session's secrets are not passed on", async () => {
    const { bearer } = await logIn({ ANTI_CSRF: 'VIA_TOKEN' });
    const { handler } = await loadAuthorizer({ ANTI_CSRF: 'VIA_TOKEN' });
    const { context } = await ask(handler, kind, { headers: bearer });
    const payload = JSON.parse(context?.accessTokenPayload ?? '');
    expect(Object.keys(payload)).toEqual(['iat', 'exp', 'sub', 'tId', 'rsub', 'sessionHandle', 'iss']);
  });
});

/** Tokens that the core has not issued. */
function badTokens(good: string): string[] {
  const [header = '', payload = '', signature = ''] = good.split('.');
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
  const jose = JSON.parse(Buffer.from(header, 'base64url').toString()) as object;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const forge = (head: string, body: string) =>
    `${head}.${body}.${sign('sha256', Buffer.from(`${head}.${body}`), privateKey).toString('base64url')}`;
  return [
    '',
    'x',
    '..',
    `${header}..${signature}`,
    `${header}.${payload}.`,
    `${header}.${encode({ ...claims, sub: 'admin' })}.${signature}`,
    `${encode({ ...jose, alg: 'none' })}.${payload}.`,
    forge(header, payload),
    forge(encode({ ...jose, kid: 'd-1' }), payload),
    forge(encode({ ...jose, version: '2', kid: undefined }), payload),
    `${header}.${encode({ ...claims, stt: 1 })}.${signature}`,
    `${header}.${encode([])}.${signature}`,
  ];
}

test('an expired token is rejected', async () => {
  const { bearer } = await logIn();
  const { handler } = await loadAuthorizer();
  expect(await statusOf(handler, 'http-api-v2', { headers: bearer })).toBe(200);
  // The date alone moves; everything that waits still does.
  stopDate(Date.now() + 3_601_000);
  try {
    for (const kind of AUTHORIZER_EVENTS) {
      expect(await statusOf(handler, kind, { headers: bearer })).toBe(REFUSAL[kind]);
    }
  } finally {
    jest.useRealTimers();
  }
});

test('a revoked session passes until its token expires; with checkDatabase it does not', async () => {
  const { bearer } = await logIn();
  const { handler } = await loadAuthorizer();
  const checking = await sessionFunction(async () => {
    const { sessionAuthorizer } = await import('../../lib/http/authorizer.ts');
    return sessionAuthorizer({ checkDatabase: true });
  });
  expect(await statusOf(checking, 'http-api-v2', { headers: bearer })).toBe(200);
  const { handler: auth } = await sessionFunction(() => import('../../handlers/auth.ts'));
  expect((await invoke(auth, 'POST', '/auth/signout', { headers: bearer })).statusCode).toBe(200);
  expect(await statusOf(handler, 'http-api-v2', { headers: bearer })).toBe(200);
  expect(await statusOf(checking, 'http-api-v2', { headers: bearer })).toBe(403);
  proxy.isBroken = true;
  expect(await statusOf(checking, 'http-api-v2', { headers: bearer })).toBe(500);
});

test('a SuperTokens core without keys is a 500 too', async () => {
  const { bearer } = await logIn();
  // Nothing listens there.
  const { handler } = await loadAuthorizer({ SUPERTOKENS_CONNECTION_URI: 'http://127.0.0.1:1' });
  for (const kind of AUTHORIZER_EVENTS) expect(await statusOf(handler, kind, { headers: bearer })).toBe(500);
});

test('checkDatabase on a function that only verifies keeps it from starting', async () => {
  const load = async () => {
    const { sessionAuthorizer } = await import('../../lib/http/authorizer.ts');
    return sessionAuthorizer({ checkDatabase: true });
  };
  await expect(verifyingFunction(load)).rejects.toThrow(/SESSIONS_TABLE, KEYS_TABLE and role SessionRole/);
});

test('it reads the published keys once, and nothing else', async () => {
  const { bearer } = await logIn();
  const { handler } = await loadAuthorizer();
  proxy.calls.length = 0;
  for (const kind of AUTHORIZER_EVENTS) await ask(handler, kind, { headers: bearer });
  expect(proxy.calls).toEqual([{ operation: 'GetItem', table: database.tables.publishedKeys }]);
});

test('what is no authorizer request of the type REQUEST is left alone', async () => {
  const { handler } = await loadAuthorizer();
  const token = { type: 'TOKEN', authorizationToken: 'Bearer x', methodArn: 'arn:aws:execute-api:r:1:a/s/GET/' };
  for (const event of [undefined, {}, { source: 'serverless-plugin-warmup' }, token, httpApiEvent('GET', '/')]) {
    expect(await handler(event, lambdaContext)).toEqual({ ignored: 'not an authorizer request' });
  }
});

describe('anti-CSRF is checked as verifySession does', () => {
  const KINDS = ['http-api-v2', 'http-api-v1', 'rest-api'] as const;

  test.each(KINDS)('VIA_TOKEN, %s: with cookies, other methods than GET need the token', async (kind) => {
    const mode = { ANTI_CSRF: 'VIA_TOKEN' };
    const { cookie, bearer, antiCsrf = '' } = await logIn(mode);
    const { handler } = await loadAuthorizer(mode);
    const post = { method: 'POST', cookies: [cookie] };
    expect(await statusOf(handler, kind, { cookies: [cookie] })).toBe(200);
    expect(await statusOf(handler, kind, post)).toBe(REFUSAL[kind]);
    expect(await statusOf(handler, kind, { ...post, headers: { 'anti-csrf': 'x' } })).toBe(REFUSAL[kind]);
    expect(await statusOf(handler, kind, { ...post, headers: { 'anti-csrf': antiCsrf } })).toBe(200);
    expect(await statusOf(handler, kind, { method: 'POST', headers: bearer })).toBe(200);
  });

  test.each(KINDS)('VIA_CUSTOM_HEADER, %s: with cookies, other methods than GET need rid', async (kind) => {
    const mode = { ANTI_CSRF: 'VIA_CUSTOM_HEADER' };
    const { cookie, bearer } = await logIn(mode);
    const { handler } = await loadAuthorizer(mode);
    const post = { method: 'POST', cookies: [cookie] };
    expect(await statusOf(handler, kind, { cookies: [cookie] })).toBe(200);
    expect(await statusOf(handler, kind, post)).toBe(REFUSAL[kind]);
    expect(await statusOf(handler, kind, { ...post, headers: { rid: 'session' } })).toBe(200);
    expect(await statusOf(handler, kind, { method: 'POST', headers: bearer })).toBe(200);
  });

  test.each(['VIA_TOKEN', 'VIA_CUSTOM_HEADER', 'NONE'])(
    '%s: a WebSocket handshake with cookies must come from the website',
    async (mode) => {
      const { cookie, bearer } = await logIn({ ANTI_CSRF: mode });
      const { handler } = await loadAuthorizer({ ANTI_CSRF: mode });
      const open = (headers: Record<string, string>, cookies: string[] = [cookie]) =>
        statusOf(handler, 'websocket', { headers, cookies });
      const evil = { origin: 'https://evil.example' };
      expect(await open(fromWebsite)).toBe(200);
      expect(await open(evil)).toBe(401);
      expect(await open({ origin: `${WEBSITE}.evil.example` })).toBe(401);
      expect(await open({ origin: 'null' })).toBe(401);
      expect(await open({})).toBe(401);
      // What a browser makes of wss://user:password@…
      expect(await open({ ...evil, authorization: 'Basic dXNlcjpwYXNzd29yZA==' })).toBe(401);
      // An app, which no page can speak for.
      expect(await open(bearer, [])).toBe(200);
      expect(await open({ ...evil, ...bearer }, [])).toBe(200);
    },
  );
});

describe('an answer that API Gateway may cache', () => {
  const VARIATIONS: AuthorizerCall[] = [
    {},
    { method: 'POST' },
    { method: 'DELETE', path: '/other/path' },
    { headers: { origin: 'https://evil.example', 'anti-csrf': 'x', rid: 'x', 'st-auth-mode': 'cookie' } },
    { cookies: ['theme=dark'] },
  ];

  test.each(AUTHORIZER_EVENTS)('depends on the Authorization header alone: %s', async (kind) => {
    const [mine, others] = [await logIn(), await logIn()];
    const { headerHandler } = await loadAuthorizer({ ANTI_CSRF: 'VIA_TOKEN' });
    const variations: AuthorizerCall[] = [
      ...VARIATIONS,
      { cookies: [others.cookie], headers: fromWebsite },
      { cookies: [others.cookie], headers: fromWebsite, method: 'POST' },
      { cookies: [others.cookie, 'sIdRefreshToken=x'] },
    ];
    // The last ones are the same for many users: nothing of a cookie may be kept under them.
    const identities = [mine.bearer.authorization, 'Bearer x', 'Basic c2hhcmVkOnByb3h5', ''];
    for (const authorization of identities) {
      const answers = new Set<string>();
      for (const { headers, ...call } of variations) {
        const asked = ask(headerHandler, kind, { ...call, headers: { ...headers, authorization } });
        answers.add(JSON.stringify(await asked.catch((error: Error) => error.message)));
      }
      expect(answers.size).toBe(1);
      const isMine = authorization === mine.bearer.authorization;
      expect([...answers].join().includes(mine.userId)).toBe(isMine);
    }
  });

  test.each([
    ['http-api-v1', 'arn:aws:execute-api:us-east-1:123456789012:abcdef123/test/*'],
    ['rest-api', 'arn:aws:execute-api:us-east-1:123456789012:abcdef123/test/*'],
    ['websocket', 'arn:aws:execute-api:us-east-1:123456789012:abcdef123/default/*'],
  ] as const)('is a policy for the whole stage: %s', async (kind, stage) => {
    const { bearer } = await logIn();
    const { handler, headerHandler } = await loadAuthorizer();
    for (const authorizer of [handler, headerHandler]) {
      for (const call of VARIATIONS) {
        const answer = await ask(authorizer, kind, { ...call, headers: { ...call.headers, ...bearer } });
        expect(answer.policyDocument?.Statement).toEqual([
          { Action: 'execute-api:Invoke', Effect: 'Allow', Resource: stage },
        ]);
      }
    }
  });
});

describe('the route behind it', () => {
  const session = { userId: 'user', sessionHandle: 'handle', accessTokenPayload: '{}' };
  const askRoute = async (authorizer: object | undefined) => {
    const { lambdaAuthorized: handler } = await verifyingFunction(
      () => import('../fixtures/handlers/behind-authorizer.ts'),
    );
    const event = httpApiEvent('GET', '/behind-authorizer');
    const requestContext = { ...event.requestContext, ...(authorizer && { authorizer }) };
    return (await handler({ ...event, requestContext }, lambdaContext)) as Awaited<ReturnType<typeof invoke>>;
  };

  test('reads the context of an HTTP API and of a REST API', async () => {
    for (const authorizer of [{ lambda: session }, { ...session, principalId: 'user', integrationLatency: 1 }]) {
      const answer = await askRoute(authorizer);
      expect(answer.statusCode).toBe(200);
      expect(bodyOf(answer)).toEqual(session);
    }
  });

  test('is a 500 if the route lacks the authorizer', async () => {
    for (const authorizer of [undefined, {}, { lambda: null }, { lambda: {} }, { jwt: { claims: {} } }]) {
      expect((await askRoute(authorizer)).statusCode).toBe(500);
    }
  });
});

import fc from 'fast-check';
import { payloadFormatOf } from '../../lib/http/gateway.ts';
import { AUTHORIZER_EVENTS, authorizerEvent } from '../fixtures/authorizer-events.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { expectHttpAnswer } from '../fixtures/gateway.ts';
import { invoke, lambdaContext, logged } from '../fixtures/lambda.ts';
import { anyEvent, type GoodRequest, MARK, spoiltAuthorizerFields, spoiltEvents } from './malformed-events.ts';
import { type AttackedService, CORE_KEY, ENGINE_FUNCTIONS, startService } from './service.ts';

/** A good request to each function that answers HTTP. */
const GOOD: Readonly<Record<string, GoodRequest>> = {
  auth: { method: 'POST', path: '/auth/session/refresh' },
  core: {
    method: 'POST',
    path: '/core/recipe/session/refresh',
    headers: { 'api-key': CORE_KEY, 'cdi-version': '5.4' },
    body: { refreshToken: 'a.b.V2', enableAntiCsrf: false, useDynamicSigningKey: true },
  },
  health: { method: 'GET', path: '/health' },
  'admin-only': { method: 'GET', path: '/admin-only' },
  'save-note': { method: 'POST', path: '/notes', body: { text: 'a' } },
  'behind-authorizer#lambdaAuthorized': { method: 'GET', path: '/behind-lambda-authorizer' },
  'behind-authorizer#jwtAuthorized': { method: 'GET', path: '/behind-jwt-authorizer' },
  'login-oidc': { method: 'POST', path: '/login/oidc', body: { idToken: 'a.b.c', nonce: 'n' } },
  'not-found': { method: 'GET', path: '/nothing' },
  page: { method: 'GET', path: '/' },
  'revoke-session': { method: 'DELETE', path: '/sessions/0b5c1a52-6f6e-4c43-9c47-1f8f0c6c1f6b' },
  'session-info': { method: 'GET', path: '/sessioninfo' },
  sessions: { method: 'GET', path: '/sessions' },
  'signout-everywhere': { method: 'POST', path: '/signout-everywhere' },
  user: {
    method: 'POST',
    path: '/auth/signin',
    body: {
      formFields: [
        { id: 'email', value: 'c@example.com' },
        { id: 'password', value: 'correct horse 1' },
      ],
    },
  },
};
const NOT_HTTP = ['authorizer', 'rotate-keys'];
const HEADER_AUTHORIZER = 'authorizer#headerHandler';

/** Events per function and kind; more find more. (That a rejection stays unhandled is a failure for jest itself.) */
const RUNS = Number(process.env.FUZZ_RUNS ?? 40);

let database: TestDatabase;
let service: AttackedService;
/** What a client may hold that has logged in. */
let credentials: readonly Readonly<Record<string, string>>[];

beforeAll(async () => {
  database = await startTestDatabase();
  service = await startService(database, [...Object.keys(GOOD), ...NOT_HTTP, HEADER_AUTHORIZER], {
    OIDC_PROVIDERS: 'https://issuer.example=web',
    ROUTES: 'GET /known,POST /known/{id}',
  });
  const tokens = await service.logIn();
  credentials = [
    tokens.bearer,
    { cookie: `${tokens.accessCookie}; ${tokens.refreshCookie}`, rid: 'session' },
    { authorization: `Bearer ${tokens.refresh}` },
  ];
});
afterAll(() => database?.stop());
beforeEach(() => {
  logged.length = 0;
});

test('every function of the engine is attacked', () => {
  expect([...Object.keys(GOOD), ...NOT_HTTP]).toEqual(expect.arrayContaining(ENGINE_FUNCTIONS));
});

/** What API Gateway's authorizers add for the routes that have one, and no client can. */
const AUTHORIZED = {
  authorizer: {
    ...{ userId: 'u', sessionHandle: 'h', accessTokenPayload: '{}' },
    jwt: { claims: { sub: 'u', aud: 'https://api.example.com' } },
  },
};

describe.each(Object.entries(GOOD))('malformed events: %s', (name, good) => {
  test('never a 5xx, nor a header or value back that was not asked for', async () => {
    const property = fc.asyncProperty(spoiltEvents(good, credentials, AUTHORIZED), (event) => attack(name, event));
    await fc.assert(property, { numRuns: RUNS });
    expect(logged.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('what is no event is ignored, or rejected like any other event', async () => {
    const isBehindGateway = name.startsWith('behind-authorizer');
    const property = fc.asyncProperty(anyEvent, async (event) => {
      // Without what its authorizer adds, such a route says that it has none: a 500.
      if (!isBehindGateway || payloadFormatOf(event) === undefined) await attack(name, event);
    });
    await fc.assert(property, { numRuns: RUNS });
    expect(logged.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

async function attack(name: string, event: unknown): Promise<void> {
  const format = payloadFormatOf(event);
  const answer = await service.handler(name)(event, lambdaContext);
  if (format === undefined) return expect(answer).toEqual({ ignored: 'not an HTTP request' });
  expectHttpAnswer(answer, format);
  expectHarmless(answer as HttpAnswer);
}

interface HttpAnswer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>>;
  readonly cookies?: readonly string[];
  readonly body: string;
}

function expectHarmless(answer: HttpAnswer): void {
  const { statusCode, headers = {}, multiValueHeaders = {}, cookies = [], body } = answer;
  expect(statusCode).toBeGreaterThanOrEqual(200);
  expect(statusCode).toBeLessThan(500);
  for (const text of [...Object.entries(headers).flat(), ...cookies, ...Object.values(multiValueHeaders).flat()]) {
    // RFC 9110, section 5.5: nothing that could end a header and begin another.
    expect(text).toMatch(/^[\t\x20-\x7e]*$/);
    expect(text.toLowerCase()).not.toContain(MARK.toLowerCase());
  }
  expect(body.toLowerCase()).not.toContain(MARK.toLowerCase());
}

describe.each(['authorizer', HEADER_AUTHORIZER])('malformed events: %s', (name) => {
  test.each(AUTHORIZER_EVENTS)('called with %s, rejects and never fails', async (kind) => {
    const sent = fc.constantFrom({}, ...credentials);
    const property = fc.asyncProperty(sent, spoiltAuthorizerFields, async (headers, spoilt) => {
      const event = { ...authorizerEvent(kind, { headers }), ...spoilt };
      expect(JSON.stringify(await authorize(name, event))).not.toContain(MARK);
    });
    await fc.assert(property, { numRuns: RUNS });
    expect(logged.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('ignores what is no question to an authorizer', async () => {
    const property = fc.asyncProperty(anyEvent, async (event) => {
      expect(await authorize(name, event)).toEqual({ ignored: 'not an authorizer request' });
    });
    await fc.assert(property, { numRuns: RUNS });
  });
});

/** @throws whatever would be a 500: all errors but the one by which a REST API or a WebSocket API answers 401 */
async function authorize(name: string, event: unknown): Promise<unknown> {
  try {
    return await service.handler(name)(event, lambdaContext);
  } catch (error) {
    if ((error as Error).message === 'Unauthorized') return 'Unauthorized';
    throw error;
  }
}

test('malformed events: the making of keys does not look at its event', async () => {
  const ask = service.handler('rotate-keys');
  const property = fc.asyncProperty(anyEvent, async (event) => {
    expect(await ask(event, lambdaContext)).toEqual({ done: true });
  });
  await fc.assert(property, { numRuns: RUNS });
});

test('TRACE, which verifySession lets pass unseen, reaches no protected route', async () => {
  for (const [name, { path }] of Object.entries(GOOD)) {
    const { statusCode = 0 } = await invoke(service.handler(name), 'TRACE', path);
    expect([name, statusCode]).toEqual([name, PROTECTED.includes(name) ? 401 : expect.any(Number)]);
  }
});
const PROTECTED = ['admin-only', 'save-note', 'revoke-session', 'session-info', 'sessions', 'signout-everywhere'];

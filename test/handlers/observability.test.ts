import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { createDynamoDbUserStores } from '../../lib/core/store/dynamodb/user-stores.ts';
import type { UserId } from '../../lib/core/types.ts';
import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import { METRICS } from '../../lib/observability/metrics.ts';
import { authorizerEvent } from '../fixtures/authorizer-events.ts';
import { capturedOutput } from '../fixtures/captured-output.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import {
  type Answer,
  bodyOf,
  type Call,
  invoke,
  lambdaContext,
  sessionEnvironment,
  startFunctionAloud,
  userEnvironment,
} from '../fixtures/lambda.ts';
import { credentials, userIdIn } from '../fixtures/log-in.ts';
import {
  type IssuerKey,
  idTokenClaims,
  makeKey,
  signedBy,
  startTestIssuer,
  type TestIssuer,
} from '../fixtures/oidc-issuer.ts';
import { type RecordingProxy, startRecordingProxy } from '../fixtures/recording-proxy.ts';
import { Secrets } from '../fixtures/secrets.ts';

const HEADER_MODE = { 'st-auth-mode': 'header' };
const REFRESH = '/auth/session/refresh';
const email = `${randomUUID()}@example.com`;
const password = `correct horse ${randomUUID()}`;
const secrets = new Secrets();
let database: TestDatabase;
let proxy: RecordingProxy;
let issuer: TestIssuer;
let key: IssuerKey;

type Line = Readonly<Record<string, unknown>>;
/** Each step's lines, as they were printed. */
const printed = new Map<string, readonly string[]>();
/** How long each step took, ms. */
const took = new Map<string, number>();
const allLines = (): string[] => [...printed.values()].flat();
const linesOf = (step: string): Line[] => (printed.get(step) ?? []).map((line) => JSON.parse(line) as Line);

interface Functions {
  readonly loginOidc: LambdaHandler;
  readonly auth: LambdaHandler;
  readonly sessions: LambdaHandler;
  readonly authorizer: LambdaHandler;
  readonly failing: LambdaHandler;
}

const WITH_METRICS = { METRICS: 'on', SERVICE_NAME: 'sessions', STAGE: 'test' };

const startUser = async (): Promise<LambdaHandler> => {
  const environment = { ...userEnvironment(proxy.endpoint, database.tables), ...WITH_METRICS };
  return (await startFunctionAloud(environment, () => import('../../handlers/user.ts'))).handler;
};

const start = (extra: Record<string, string> = {}): Promise<Functions> =>
  startFunctionAloud(
    {
      ...sessionEnvironment(proxy.endpoint, database.tables),
      OIDC_PROVIDERS: `${issuer.issuer}=web`,
      ...WITH_METRICS,
      ...extra,
    },
    async () => ({
      loginOidc: (await import('../../handlers/login-oidc.ts')).handler,
      auth: (await import('../../handlers/auth.ts')).handler,
      sessions: (await import('../../handlers/sessions.ts')).handler,
      authorizer: (await import('../../handlers/authorizer.ts')).handler,
      failing: (await import('../../lib/index.ts')).protectedRoute(async ({ headers, session }) => {
        throw new Error(`Cannot do it for ${headers.authorization}`, { cause: new Error(session.getAccessToken()) });
      }),
    }),
  );

/** Answers a request; what is printed meanwhile is kept under the step's name. */
async function step(name: string, handler: LambdaHandler, method: string, path: string, call: Call = {}) {
  let answer: Answer | undefined;
  const began = performance.now();
  printed.set(
    name,
    await capturedOutput(async () => {
      answer = await invoke(handler, method, path, { ...call, headers: { ...HEADER_MODE, ...call.headers } });
    }),
  );
  took.set(name, performance.now() - began);
  if (answer === undefined) throw new Error(`${name} has no answer`);
  secrets.addTokensOf(answer);
  return answer;
}

const bearer = (token: string | undefined) => ({ headers: { authorization: `Bearer ${token}` } });
const accessTokenOf = ({ headers }: Answer) => bearer(headers['st-access-token']);
const refreshTokenOf = ({ headers }: Answer) => bearer(headers['st-refresh-token']);
const handleOf = ({ headers }: Answer): string => {
  const [, payload = ''] = String(headers['st-access-token']).split('.');
  return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sessionHandle: string }).sessionHandle;
};

const handles: Record<string, string> = {};
let userId: UserId;

async function passwordFlow(functions: Functions, user: LambdaHandler): Promise<void> {
  const { auth, sessions } = functions;
  const wrong = `wrong ${randomUUID()}`;
  for (const secret of [password, wrong]) secrets.add(secret);
  const body = credentials(email, password);
  const signedUp = await step('sign-up', user, 'POST', '/auth/signup', { body });
  handles.signUp = handleOf(signedUp);
  userId = userIdIn(bodyOf(signedUp)) as UserId;
  await step('second sign-up', user, 'POST', '/auth/signup', { body });
  const withCookies = { headers: { 'st-auth-mode': 'cookie' }, body };
  const { cookies = [] } = await step('sign-in by cookie', user, 'POST', '/auth/signin', withCookies);
  await step('wrong password', user, 'POST', '/auth/signin', { body: credentials(email, wrong) });
  await step('body that is no JSON', user, 'POST', '/auth/signin', { body: `${password}"` });
  await step('published keys', auth, 'GET', '/auth/jwt/jwks.json');
  const refreshed = await step('refresh', auth, 'POST', REFRESH, refreshTokenOf(signedUp));
  await step('grace reuse', auth, 'POST', REFRESH, refreshTokenOf(signedUp));
  const sent = cookies.map((cookie) => cookie.replace(/;.*/, ''));
  await step('refresh by cookie', auth, 'POST', REFRESH, { cookies: sent, headers: { rid: 'anti-csrf' } });
  await step('devices', sessions, 'GET', '/sessions', accessTokenOf(refreshed));
  await step('sign-out', auth, 'POST', '/auth/signout', accessTokenOf(refreshed));
}

async function idTokenFor(audience: string): Promise<string> {
  const token = await signedBy(key, idTokenClaims(issuer.issuer, audience, Date.now()));
  secrets.add(token);
  return token;
}

const exchange = (name: string, { loginOidc }: Functions, idToken: string) =>
  step(name, loginOidc, 'POST', '/login/oidc', { body: { idToken } });

/** A session without the time that hashing a password takes. */
const logIn = async (functions: Functions) => exchange('log-in', functions, await idTokenFor('web'));

async function theftFlow(functions: Functions): Promise<void> {
  const { auth } = functions;
  const stolen = await logIn(functions);
  handles.theft = handleOf(stolen);
  await step('refresh without grace', auth, 'POST', REFRESH, refreshTokenOf(stolen));
  await step('theft', auth, 'POST', REFRESH, refreshTokenOf(stolen));
}

async function oidcFlow(functions: Functions): Promise<void> {
  const good = await idTokenFor('web');
  issuer.instead.set('/keys', (to) => to.writeHead(500).end());
  await exchange('provider down', functions, good);
  issuer.instead.clear();
  await exchange('ID token', functions, good);
  await exchange('ID token again', functions, good);
  await exchange('ID token for others', functions, await idTokenFor('other'));
  await exchange('ID token cut off', functions, good.slice(0, -10));
}

async function malformedFlow(functions: Functions): Promise<void> {
  const { auth, sessions, authorizer } = functions;
  const { headers } = await logIn(functions);
  const [access = '', refresh = ''] = [headers['st-access-token'], headers['st-refresh-token']];
  const cut = (token: string) => token.slice(0, -12);
  await step('malformed access token', sessions, 'GET', '/sessions', bearer(cut(access)));
  await step('malformed refresh token', auth, 'POST', REFRESH, bearer(cut(refresh)));
  await step('tokens in the wrong place', auth, 'POST', REFRESH, bearer(access));
  printed.set(
    'authorizer',
    await capturedOutput(async () => {
      await authorizer(authorizerEvent('http-api-v2', bearer(access)), lambdaContext);
      await authorizer(authorizerEvent('http-api-v2', bearer(cut(access))), lambdaContext);
      const refused = authorizer(authorizerEvent('rest-api', bearer(cut(access))), lambdaContext);
      await expect(refused).rejects.toThrow('Unauthorized');
    }),
  );
}

async function brokenFlow(functions: Functions): Promise<void> {
  const { auth, sessions, failing } = functions;
  const session = await logIn(functions);
  handles.failing = handleOf(session);
  await step('handler that quotes tokens', failing, 'GET', '/failing', accessTokenOf(session));
  proxy.isBroken = true;
  await step('sign-out without a store', auth, 'POST', '/auth/signout', accessTokenOf(session));
  await step('refresh without a store', auth, 'POST', REFRESH, refreshTokenOf(session));
  await step('devices without a store', sessions, 'GET', '/sessions', accessTokenOf(session));
  proxy.isBroken = false;
}

beforeAll(async () => {
  [database, issuer, key] = await Promise.all([startTestDatabase(), startTestIssuer(), makeKey('ES256')]);
  issuer.keys = [key];
  proxy = await startRecordingProxy(database.endpoint);
  const functions = await start();
  await passwordFlow(functions, await startUser());
  await theftFlow(await start({ REFRESH_TOKEN_ROTATION_GRACE_PERIOD: '0' }));
  await oidcFlow(functions);
  await malformedFlow(functions);
  await brokenFlow(functions);
});
afterAll(async () => {
  await issuer?.stop();
  await proxy?.stop();
  await database?.stop();
});

test('no line shows a token, a cookie, a password, or the hash of one, whatever goes wrong', async () => {
  const { users } = createDynamoDbUserStores(database.db, database.tables.coreUsers);
  secrets.add(String((await users.get(userId))?.passwordHash));
  const keyring = await database.store.keyring.read();
  secrets.add(String(keyring?.refreshTokenSecret));
  secrets.add(String(keyring?.successorSecret));
  secrets.add(String(keyring?.dynamicKeys[0]?.privateKey));
  expect(secrets.size).toBeGreaterThan(100);
  expect(allLines().length).toBeGreaterThan(20);
  expect(secrets.toldBy(allLines())).toEqual([]);
  expect(allLines().filter((line) => line.includes(email))).toEqual([]);
});

test('the check finds a secret in each form, wherever it stands in a line', () => {
  const forms = ['correct', encodeURIComponent('correct'), Buffer.from('correct').toString('base64')];
  const own = new Secrets();
  own.add('correct');
  const lines = forms.map((form) => `{"message":"so ${form} it is"}`);
  expect(own.toldBy([...lines, '{"message":"nothing"}'])).toEqual(lines);
});

test('every line is JSON, and says when, how bad, what, and which request it was', () => {
  // Keys are made while a function starts, before it knows of any request.
  for (const line of allLines().filter((text) => !text.includes('SigningKeyMade'))) {
    expect(JSON.parse(line)).toMatchObject({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      level: expect.stringMatching(/^(info|warn|error)$/),
      message: expect.stringMatching(/^[A-Z]\w+$/),
      coldStart: expect.any(Boolean),
      function: 'sessions-test-function',
      requestId: expect.any(String),
      awsRequestId: 'aws-request-id',
    });
  }
});

test('the session stands in the lines of whatever knew it', () => {
  const sessionsOf = (name: string) => linesOf(name).map(({ sessionHandle }) => sessionHandle);
  expect(sessionsOf('sign-up').at(-1)).toBe(handles.signUp);
  expect(new Set(sessionsOf('grace reuse'))).toEqual(new Set([handles.signUp]));
  expect(new Set(sessionsOf('theft'))).toEqual(new Set([handles.theft]));
  expect(new Set(sessionsOf('handler that quotes tokens'))).toEqual(new Set([handles.failing]));
  expect(new Set(sessionsOf('sign-out without a store'))).toEqual(new Set([handles.failing]));
  expect(sessionsOf('wrong password')).toEqual([undefined]);
});

/** What a step measured, without the latency, which differs each time. */
const metricsOf = (name: string) =>
  linesOf(name)
    .filter(({ message }) => message === 'Metrics')
    .map((line) => Object.fromEntries(Object.entries(line).filter(([key]) => key in METRICS && key !== 'CoreLatency')));

test.each<[string, object[]]>([
  ['sign-up', [{ Signups: 1, Logins: 1, ColdStarts: 1 }]],
  ['second sign-up', [{}]],
  ['sign-in by cookie', [{ Logins: 1 }]],
  ['published keys', [{ ColdStarts: 1 }]],
  ['wrong password', [{ LoginFailures: 1 }]],
  ['body that is no JSON', []],
  ['refresh', [{ Refreshes: 1 }]],
  ['refresh by cookie', [{ Refreshes: 1 }]],
  ['grace reuse', [{ Refreshes: 1, RefreshGraceReuse: 1 }]],
  ['devices', [{}]],
  ['sign-out', [{}]],
  ['theft', [{ TokenTheftDetected: 1 }]],
  ['ID token', [{ Logins: 1 }]],
  ['ID token again', [{ LoginFailures: 1 }]],
  ['ID token for others', [{ LoginFailures: 1 }]],
  ['provider down', [{ Failures: 1 }]],
  ['malformed access token', []],
  ['malformed refresh token', [{}]],
  ['authorizer', []],
  ['handler that quotes tokens', [{ Failures: 1 }]],
  ['sign-out without a store', [{ Failures: 1 }]],
])('%s is counted as it should, in one line at most', (name, metrics) => {
  expect(metricsOf(name)).toEqual(metrics);
});

test('each call of the core is timed, in ms', () => {
  const [line] = linesOf('refresh').filter(({ message }) => message === 'Metrics');
  expect(line?.CoreLatency).toBeGreaterThan(0);
  // It is rounded, to hundredths.
  expect(line?.CoreLatency).toBeLessThanOrEqual(Math.ceil(took.get('refresh') ?? 0));
});

test('without METRICS no metrics are printed', async () => {
  const answer = await logIn(await start({ METRICS: 'off' }));
  expect(bodyOf(answer)).toEqual({ userId: expect.any(String) });
  expect(linesOf('log-in')).toEqual([]);
});

describe('docs/observability.md', () => {
  const text = readFileSync('docs/observability.md', 'utf8');
  const blocks = (language: string) =>
    [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, code = '']) => code);
  /** The cells of the first column below a heading. */
  const firstColumn = (heading: string) =>
    [...(text.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '').matchAll(/^\| `(\w+)` \|/gm)].map(
      ([, cell]) => cell,
    );
  const lines = () => allLines().map((line) => JSON.parse(line) as Line);
  const isOfAccessLog = (query: string) => text.split('## Access log')[1]?.split('\n## ')[0]?.includes(query);
  const accessLogFields = Object.keys(
    JSON.parse(parse(readFileSync('lib/build/stack/http-api.yml', 'utf8')).accessLog),
  );

  test.each(blocks('text').map((query) => [query.split('\n', 1)[0], query]))(
    'asks for what lines have: %s',
    (_, query = '') => {
      const [, message] = /message = "(\w+)"/.exec(query) ?? [];
      const asked = lines().filter((line) => message === undefined || line.message === message);
      const known = new Set(isOfAccessLog(query) ? accessLogFields : asked.flatMap((line) => fieldsOf(line)));
      expect(fieldsAskedBy(query).length).toBeGreaterThan(0);
      expect(fieldsAskedBy(query).filter((field) => !known.has(field))).toEqual([]);
    },
  );

  test('names the metrics that there are, and every message that is logged', () => {
    expect(firstColumn('Metrics')).toEqual(Object.keys(METRICS));
    const messages = new Set(lines().map(({ message }) => message));
    expect(firstColumn('Log lines')).toEqual(expect.arrayContaining([...messages]));
  });

  test('shows the line of a refresh as it is', () => {
    const shown = JSON.parse(blocks('json')[0] ?? '') as Line & { _aws: { CloudWatchMetrics: unknown } };
    const line = linesOf('refresh').find(({ message }) => message === 'Metrics');
    expect(Object.keys(line ?? {})).toEqual(Object.keys(shown));
    expect(line).toMatchObject({ _aws: { CloudWatchMetrics: shown._aws.CloudWatchMetrics } });
    // With ids as long as AWS's.
    expect(JSON.stringify(shown).length).toBeLessThan(620);
  });
});

/** What Logs Insights calls the fields of a line. */
const fieldsOf = (line: object, prefix = ''): string[] =>
  Object.entries(line).flatMap(([name, value]) => [
    prefix + name,
    ...(typeof value === 'object' && value !== null ? fieldsOf(value, `${prefix}${name}.`) : []),
  ]);

/** The fields that a query names, without its own. */
function fieldsAskedBy(query: string): string[] {
  const code = query.replace(/"[^"]*"/g, '');
  const own = [...code.matchAll(/ as (\w+)/g)].map(([, name]) => name);
  const words = code.match(/(?<!\w)@?[A-Za-z_][\w.]*/g) ?? [];
  return words.filter((word) => !SYNTAX.includes(word) && !own.includes(word) && !word.startsWith('@'));
}

const SYNTAX = [
  ...['fields', 'filter', 'stats', 'sort', 'limit', 'by', 'as', 'and', 'or', 'desc'],
  ...['count', 'sum', 'pct', 'bin', 'ispresent'],
];

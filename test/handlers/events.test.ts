import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import { Client, type ClientAnswer, type TransferMethod } from '../fixtures/client.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { type Deployment, fetchFrom, type Route } from '../fixtures/gateway.ts';
import { sessionEnvironment, startFunction, userEnvironment } from '../fixtures/lambda.ts';
import { credentials } from '../fixtures/log-in.ts';
import { stopDate } from '../fixtures/still-date.ts';

const VALIDITY = 60_000;
const GRACE_PERIOD = 10_000;

let database: TestDatabase;
beforeAll(async () => {
  // Only the time of day stands still, until it is moved.
  stopDate();
  database = await startTestDatabase();
});
afterAll(async () => {
  jest.useRealTimers();
  await database?.stop();
});
afterEach(() => jest.restoreAllMocks());

const later = (by: number) => jest.setSystemTime(Date.now() + by);

const OWN = 'https://id.execute-api.us-east-1.amazonaws.com';
const CUSTOM = 'https://api.example.com';
const DEPLOYMENTS: readonly (Deployment & { readonly how: string; readonly prefix: string })[] = [
  { how: 'HTTP API, payload 2.0, default stage', kind: 'http-api-v2', origin: OWN, stage: '$default', prefix: '' },
  { how: 'HTTP API, payload 2.0, stage dev', kind: 'http-api-v2', origin: OWN, stage: 'dev', prefix: '/dev' },
  {
    how: 'HTTP API, payload 2.0, stage dev behind the mapping v1',
    kind: 'http-api-v2',
    origin: CUSTOM,
    stage: 'dev',
    mapping: 'v1',
    prefix: '/v1',
  },
  {
    how: 'HTTP API, payload 2.0, default stage behind a mapping that is called like a route',
    kind: 'http-api-v2',
    origin: CUSTOM,
    stage: '$default',
    mapping: 'auth',
    prefix: '/auth',
  },
  { how: 'HTTP API, payload 1.0, default stage', kind: 'http-api-v1', origin: OWN, stage: '$default', prefix: '' },
  { how: 'HTTP API, payload 1.0, stage dev', kind: 'http-api-v1', origin: OWN, stage: 'dev', prefix: '/dev' },
  {
    how: 'HTTP API, payload 1.0, stage dev behind the mapping v1',
    kind: 'http-api-v1',
    origin: CUSTOM,
    stage: 'dev',
    mapping: 'v1',
    prefix: '/v1',
  },
  { how: 'REST API, stage dev', kind: 'rest-api', origin: OWN, stage: 'dev', prefix: '/dev' },
  { how: 'REST API, custom domain without a mapping', kind: 'rest-api', origin: CUSTOM, stage: 'dev', prefix: '' },
  {
    how: 'REST API, stage dev behind the mapping v1',
    kind: 'rest-api',
    origin: CUSTOM,
    stage: 'dev',
    mapping: 'v1',
    prefix: '/v1',
  },
  {
    how: 'function URL',
    kind: 'function-url',
    origin: 'https://id.lambda-url.us-east-1.on.aws',
    stage: '$default',
    prefix: '',
  },
  { how: 'load balancer', kind: 'alb', origin: CUSTOM, stage: '$default', prefix: '' },
  { how: 'load balancer behind a path', kind: 'alb', origin: CUSTOM, stage: '$default', mapping: 'v1', prefix: '/v1' },
  { how: 'load balancer with lists', kind: 'alb-multi-value', origin: CUSTOM, stage: '$default', prefix: '' },
];

/** As serverless.yml has them. */
const ROUTES = [
  ['ANY /auth/{proxy+}', 'auth'],
  ['GET /sessioninfo', 'session-info'],
] as const;

/** Logs in without a password: hashing one takes long. */
async function sessionRoute(): Promise<Route> {
  const { publicRoute } = await import('../../lib/index.ts');
  const { default: SuperTokens } = await import('supertokens-node');
  const { default: Session } = await import('supertokens-node/recipe/session');
  const handler = publicRoute(async (request) => {
    await Session.createNewSession(request, request, 'public', SuperTokens.convertToRecipeUserId('user'));
    return { statusCode: 201 };
  });
  return { key: 'POST /session', handler };
}

/** The functions of one configuration. Those without users are in one process. */
async function startRoutes(origin: string, gatewayPath: string): Promise<readonly Route[]> {
  const environment = {
    ...sessionEnvironment(database.endpoint, database.tables),
    API_DOMAIN: origin,
    WEBSITE_DOMAIN: origin,
    API_GATEWAY_PATH: gatewayPath,
    ACCESS_TOKEN_VALIDITY: String(VALIDITY / 1000),
    ACCESS_TOKEN_VALIDITY_JITTER: '0',
    REFRESH_TOKEN_ROTATION_GRACE_PERIOD: String(GRACE_PERIOD / 1000),
  };
  const user = await startFunction(
    { ...userEnvironment(database.endpoint, database.tables), ...environment },
    () => import('../../handlers/user.ts'),
  );
  const others = await startFunction(environment, async () => [
    await sessionRoute(),
    { key: 'POST /notes', handler: (await import('../fixtures/handlers/save-note.ts')).handler },
    ...(await Promise.all(
      ROUTES.map(async ([key, file]) => {
        const { handler } = (await import(`../../handlers/${file}.ts`)) as { handler: LambdaHandler };
        return { key, handler };
      }),
    )),
  ]);
  return [{ key: 'POST /auth/signup', handler: user.handler }, ...others];
}

const refreshCookiePath = (client: Client): string | undefined =>
  client.setCookies.map((cookie) => /^sRefreshToken=.*; Path=([^;]*)/.exec(cookie)?.[1]).find(Boolean);

describe.each(DEPLOYMENTS)('$how', ({ how, prefix, ...deployment }) => {
  const { origin, kind } = deployment;
  const refreshPath = `${prefix}/auth/session/refresh`;
  // Headers know nothing of paths: they are tried once with each kind.
  const isFirst = DEPLOYMENTS.find((other) => other.kind === kind)?.how === how;
  const methods: TransferMethod[] = isFirst ? ['cookie', 'header'] : ['cookie'];
  let routes: readonly Route[];
  beforeAll(async () => {
    routes = await startRoutes(origin, prefix);
  });
  beforeEach(() => {
    jest.spyOn(globalThis, 'fetch').mockImplementation(fetchFrom(deployment, routes));
  });

  const refresh = (client: Client): Promise<ClientAnswer> => client.post(refreshPath);
  const save = (client: Client): Promise<ClientAnswer> => client.post(`${prefix}/notes`, { text: 'a' });

  test.each(methods)('the whole flow passes with tokens in a %s', async (method) => {
    const client = new Client(origin, method);
    expect((await client.post(`${prefix}/auth/signup`, credentials())).body).toMatchObject({ status: 'OK' });
    expect(refreshCookiePath(client)).toBe(method === 'cookie' ? refreshPath : undefined);
    const thief = client.copy();
    expect(await save(client)).toMatchObject({ status: 200, body: { userId: expect.any(String) } });
    const info = await client.get(`${prefix}/sessioninfo`);
    expect(info).toMatchObject({ status: 200, body: { accessTokenPayload: { iss: `${origin}${prefix}/auth` } } });

    later(VALIDITY + 1000);
    expect(await save(client)).toMatchObject({
      status: 401,
      body: { code: 'try_refresh_token', message: 'try refresh token' },
    });
    expect((await refresh(client)).status).toBe(200);
    expect((await save(client)).status).toBe(200);
    expect((await refresh(client)).status).toBe(200);

    later(GRACE_PERIOD + 1000);
    expect(await refresh(thief)).toMatchObject({
      status: 401,
      body: { code: 'token_theft_detected', message: 'token theft detected' },
    });
    expect(await refresh(client)).toMatchObject({
      status: 401,
      body: { code: 'unauthorised', message: 'unauthorised' },
    });
    expect(client.token('refresh')).toBeUndefined();
  });

  test.each(methods)('sign out revokes the session and clears the tokens in a %s', async (method) => {
    const client = new Client(origin, method);
    expect((await client.post(`${prefix}/session`)).status).toBe(201);
    const otherTab = client.copy();
    expect(await client.post(`${prefix}/auth/signout`)).toMatchObject({ status: 200, body: { status: 'OK' } });
    expect([client.token('access'), client.token('refresh')]).toEqual([undefined, undefined]);
    // A browser drops a cookie only where it is.
    expect(refreshCookiePath(client)).toBe(method === 'cookie' ? refreshPath : undefined);
    expect(await refresh(otherTab)).toMatchObject({
      status: 401,
      body: { code: 'unauthorised', message: 'unauthorised' },
    });
  });

  test('discovery names the issuer, and keys that are where it says', async () => {
    const discovery = await fetch(`${origin}${prefix}/auth/.well-known/openid-configuration`);
    const { issuer, jwks_uri: keysAt } = (await discovery.json()) as { issuer: string; jwks_uri: string };
    expect(issuer).toBe(`${origin}${prefix}/auth`);
    const { keys } = (await (await fetch(keysAt)).json()) as { keys: unknown[] };
    expect(keys.length).toBeGreaterThan(0);
  });
});

import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { withinBudget } from '../../lib/dynamodb/time-budget.ts';
import { ServiceUnavailable } from '../../lib/http/errors.ts';
import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import { connectRemoteCore } from '../../lib/supertokens/remote-core.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { type CoreProcess, startCore } from '../fixtures/core-process.ts';
import { freePort } from '../fixtures/free-port.ts';
import {
  type Answer,
  bodyOf,
  invoke,
  logged,
  sessionEnvironment,
  startFunction,
  verifyEnvironment,
} from '../fixtures/lambda.ts';
import { askForSession } from '../fixtures/log-in.ts';
import { listenOnLoopback, stopServer } from '../fixtures/loopback.ts';
import { type RecordingProxy, startRecordingProxy } from '../fixtures/recording-proxy.ts';

const KEY = 'first-key-of-this-core-0001';
let database: TestDatabase;
let proxy: RecordingProxy;
let core: CoreProcess;

beforeAll(async () => {
  database = await startTestDatabase();
  proxy = await startRecordingProxy(database.endpoint);
  core = await startCore({ API_KEYS: KEY, REFRESH_TOKEN_ROTATION_GRACE_PERIOD: '0' });
});
afterAll(async () => {
  await core?.stop();
  await proxy?.stop();
  await database?.stop();
});

interface Functions {
  readonly logIn: LambdaHandler;
  readonly auth: LambdaHandler;
  readonly saveNote: LambdaHandler;
  readonly sessions: LambdaHandler;
  readonly revokeSession: LambdaHandler;
  readonly signoutEverywhere: LambdaHandler;
  /** The same, but after each hundred sessions its time is up. */
  readonly signoutHurried: LambdaHandler;
  readonly health: LambdaHandler;
}

async function loadHurried(): Promise<LambdaHandler> {
  const { json, protectedRoute } = await import('../../lib/index.ts');
  const { signOutEverywhere } = await import('../../lib/http/sign-out-everywhere.ts');
  return protectedRoute(async ({ session }) => json(200, await signOutEverywhere(session, 1_000_000)), {
    checkDatabase: true,
  });
}

const start = (connectionUri: string, apiKey = KEY, extra: Record<string, string> = {}): Promise<Functions> =>
  startFunction(
    {
      ...sessionEnvironment(proxy.endpoint, database.tables),
      SUPERTOKENS_CONNECTION_URI: connectionUri,
      SUPERTOKENS_API_KEY: apiKey,
      ...extra,
    },
    async () => ({
      logIn: (await import('../fixtures/handlers/log-in.ts')).handler,
      auth: (await import('../../handlers/auth.ts')).handler,
      saveNote: (await import('../fixtures/handlers/save-note.ts')).handler,
      sessions: (await import('../../handlers/sessions.ts')).handler,
      revokeSession: (await import('../../handlers/revoke-session.ts')).handler,
      signoutEverywhere: (await import('../../handlers/signout-everywhere.ts')).handler,
      signoutHurried: await loadHurried(),
      health: (await import('../../handlers/health.ts')).handler,
    }),
  );

const logIn = (functions: Functions): Promise<Answer> => askForSession(functions.logIn);
const withToken = (token: string | undefined) => ({ 'st-auth-mode': 'header', authorization: `Bearer ${token}` });
const save = ({ saveNote }: Pick<Functions, 'saveNote'>, session: Answer) =>
  invoke(saveNote, 'POST', '/notes', {
    headers: withToken(session.headers['st-access-token']),
    body: { text: 'a' },
  });
const refresh = ({ auth }: Functions, session: Answer) =>
  invoke(auth, 'POST', '/auth/session/refresh', { headers: withToken(session.headers['st-refresh-token']) });

test('the whole flow runs on a core over HTTP, and no table or key of the built-in one is touched', async () => {
  proxy.calls.length = 0;
  const functions = await start(core.url);
  const first = await logIn(functions);
  expect((await save(functions, first)).statusCode).toBe(200);
  const second = await refresh(functions, first);
  expect(second.statusCode).toBe(200);
  // CDI 5.4's second phase: the first use of the new access token makes its refresh token the live one.
  const used = await save(functions, second);
  expect(used.statusCode).toBe(200);
  const current = used.headers['st-access-token'] ?? '';
  const devices = await invoke(functions.sessions, 'GET', '/sessions', { headers: withToken(current) });
  expect(bodyOf(devices).sessions).toHaveLength(1);
  expect(await refresh(functions, first)).toMatchObject({
    statusCode: 401,
    body: '{"code":"token_theft_detected","message":"token theft detected"}',
  });
  expect((await refresh(functions, second)).statusCode).toBe(401);
  expect([...new Set(proxy.calls.map(({ table }) => table))]).toEqual([database.tables.users]);
});

describe('a function that only verifies', () => {
  /** It has neither session tables nor the core's API key. */
  const startVerifying = <T>(load: () => Promise<T>): Promise<T> =>
    startFunction(
      { ...verifyEnvironment(proxy.endpoint, database.tables), SUPERTOKENS_CONNECTION_URI: core.url },
      load,
    );
  const startSaveNote = async () => ({
    saveNote: (await startVerifying(() => import('../fixtures/handlers/save-note.ts'))).handler,
  });

  test('needs no API key, not even for a refreshed token', async () => {
    const functions = await start(core.url);
    const verifying = await startSaveNote();
    const first = await logIn(functions);
    expect((await save(verifying, first)).statusCode).toBe(200);
    const second = await refresh(functions, first);
    expect((await save(verifying, second)).statusCode).toBe(200);
    expect((await refresh(functions, second)).statusCode).toBe(200);
  });

  test('leaves it to session functions to make a refreshed token the live one', async () => {
    const functions = await start(core.url);
    const first = await logIn(functions);
    const second = await refresh(functions, first);
    await save(await startSaveNote(), second);
    expect((await refresh(functions, first)).statusCode).toBe(200);
    await save(functions, second);
    expect(await refresh(functions, first)).toMatchObject({
      statusCode: 401,
      body: '{"code":"token_theft_detected","message":"token theft detected"}',
    });
  });

  test('rejects a forged token', async () => {
    const session = await logIn(await start(core.url));
    const token = `${session.headers['st-access-token']?.slice(0, -8)}AAAAAAAA`;
    const { saveNote } = await startSaveNote();
    const answer = await invoke(saveNote, 'POST', '/notes', { headers: withToken(token), body: { text: 'a' } });
    expect(answer.statusCode).toBe(401);
  });

  test('does not start with checkDatabase', async () => {
    const load = () => import('../../handlers/sessions.ts');
    await expect(startVerifying(load)).rejects.toThrow('SESSIONS_TABLE, KEYS_TABLE and role SessionRole');
  });

  test('cannot change claims, and its log says what it lacks', async () => {
    const session = await logIn(await start(core.url));
    const handler = await startVerifying(async () => {
      const { json, protectedRoute } = await import('../../lib/index.ts');
      return protectedRoute(async (request) => {
        await request.session.mergeIntoAccessTokenPayload({ role: 'admin' });
        return json(200, {});
      });
    });
    logged.length = 0;
    const answer = await invoke(handler, 'POST', '/', { headers: withToken(session.headers['st-access-token']) });
    expect(answer.statusCode).toBe(500);
    expect(JSON.stringify(logged)).toContain('This function only verifies access tokens');
  });
});

/** Of a user who logs in that many times. */
async function loggedInTimes(functions: Functions, count: number) {
  const userId = randomUUID();
  const sessions: Answer[] = [];
  while (sessions.length < count) sessions.push(await askForSession(functions.logIn, userId));
  return sessions as [Answer, ...Answer[]];
}

test("a user's sessions are listed in pages, and revoked one by one or all", async () => {
  const functions = await start(core.url);
  const [own, ...others] = await loggedInTimes(functions, 4);
  const headers = withToken(own.headers['st-access-token']);
  const ask = async (query: Record<string, string>) =>
    bodyOf(await invoke(functions.sessions, 'GET', '/sessions', { headers, query })) as {
      sessions: { sessionHandle: string; isCurrent: boolean }[];
      next?: string;
    };
  const first = await ask({ limit: '3' });
  const rest = await ask({ limit: '3', after: first.next ?? '' });
  const listed = [...first.sessions, ...rest.sessions];
  expect([new Set(listed.map(({ sessionHandle }) => sessionHandle)).size, rest.next]).toEqual([4, undefined]);
  const handle = listed.find(({ isCurrent }) => !isCurrent)?.sessionHandle ?? '';
  const revoke = (revoked: string) =>
    invoke(functions.revokeSession, 'DELETE', `/sessions/${revoked}`, { headers, pathParameters: { handle: revoked } });
  expect(await revoke(randomUUID())).toMatchObject({ statusCode: 404 });
  expect(await revoke(handle)).toMatchObject({ statusCode: 204 });
  const signedOut = await invoke(functions.signoutEverywhere, 'POST', '/signout-everywhere', { headers });
  expect(signedOut).toMatchObject({ statusCode: 200, headers: { 'front-token': 'remove' } });
  expect(bodyOf(signedOut)).toEqual({ revoked: 3, complete: true });
  for (const session of [own, ...others]) expect((await refresh(functions, session)).statusCode).toBe(401);
});

test('signing out everywhere revokes as many sessions as there is time for, and continues when it is repeated', async () => {
  const functions = await start(core.url);
  const [own] = await loggedInTimes(functions, 1);
  const { userId } = bodyOf(own);
  const body = { userId, userDataInJWT: {}, userDataInDatabase: {}, enableAntiCsrf: false, useDynamicSigningKey: true };
  const init = { method: 'POST', headers: { 'api-key': KEY, 'cdi-version': '5.4' }, body: JSON.stringify(body) };
  for (let n = 0; n < 120; n++) expect((await fetch(`${core.url}/recipe/session`, init)).status).toBe(200);
  const signOut = async () =>
    bodyOf(await invoke(functions.signoutHurried, 'POST', '/', { headers: withToken(own.headers['st-access-token']) }));
  expect(await signOut()).toEqual({ revoked: 100, complete: false });
  expect(await signOut()).toEqual({ revoked: 21, complete: true });
});

test('its refreshes and its thefts are counted and logged, though it reports none of them', async () => {
  const functions = await start(core.url, KEY, { METRICS: 'on', SERVICE_NAME: 'sessions', STAGE: 'test' });
  const first = await logIn(functions);
  const second = await refresh(functions, first);
  await save(functions, second);
  logged.length = 0;
  await refresh(functions, second);
  await refresh(functions, first);
  const sessionHandle = expect.stringMatching(/^[0-9a-f-]{36}$/);
  expect(logged.map(({ message, details }) => ({ message, ...details }))).toMatchObject([
    { message: 'Metrics', Refreshes: 1, CoreLatency: expect.any(Number), sessionHandle },
    { message: 'TokenTheftDetected', sessionHandle },
    { message: 'Metrics', TokenTheftDetected: 1, sessionHandle },
  ]);
});

test('the JWKS and health are those of that core', async () => {
  const { auth, health } = await start(core.url);
  const jwks = bodyOf(await invoke(auth, 'GET', '/auth/jwt/jwks.json'));
  expect(jwks).toEqual(await (await fetch(`${core.url}/.well-known/jwks.json`)).json());
  expect(bodyOf(await invoke(health, 'GET', '/health'))).toEqual({ status: 'ok', core: 'remote', store: 'ok' });
});

test('of several cores, one that is down does no harm', async () => {
  const functions = await start(`http://127.0.0.1:${await freePort()};${core.url}`);
  const session = await logIn(functions);
  expect(session.statusCode).toBe(200);
  expect((await save(functions, session)).statusCode).toBe(200);
  expect((await refresh(functions, session)).statusCode).toBe(200);
  expect(await invoke(functions.health, 'GET', '/health')).toMatchObject({ statusCode: 200 });
});

test('a core that is down is 503 with Retry-After and a clear message, and no user is logged out', async () => {
  const session = await logIn(await start(core.url));
  const down = await start(`http://127.0.0.1:${await freePort()}`);
  for (const answer of [await refresh(down, session), await save(down, session), await logIn(down)]) {
    expect(answer).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } });
    expect(bodyOf(answer).message).toMatch(/not available/);
    expect(answer.headers).not.toHaveProperty('front-token');
    expect(answer.cookies).toEqual([]);
  }
  expect(await invoke(down.health, 'GET', '/health')).toMatchObject({ statusCode: 503 });
});

test('an address that leads to a website is 503, and the log names the address', async () => {
  const website = createServer((_request, response) => response.end('<!doctype html><title>My app</title>'));
  const uri = `http://127.0.0.1:${await listenOnLoopback(website)}`;
  try {
    const session = await logIn(await start(core.url));
    const mistaken = await start(uri);
    logged.length = 0;
    expect(await save(mistaken, session)).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } });
    expect(JSON.stringify(logged)).toContain(
      `${uri}/.well-known/jwks.json returned no keys. Is it a SuperTokens core?`,
    );
    expect(await invoke(mistaken.health, 'GET', '/health')).toMatchObject({ statusCode: 503 });
    expect(JSON.stringify(logged)).toContain(`${uri}/hello did not answer as a SuperTokens core does`);
  } finally {
    await stopServer(website);
  }
});

test('several cores that say nothing are waited for no longer than the request has', async () => {
  const silent = createServer(() => undefined);
  const uri = `http://127.0.0.1:${await listenOnLoopback(silent)}`;
  const keys = connectRemoteCore(`${uri}/a;${uri}/b;${uri}/c`, Date.now);
  const start = performance.now();
  try {
    await expect(withinBudget(300, () => keys.read())).rejects.toBeInstanceOf(ServiceUnavailable);
    // Each of the three would have 4 s otherwise.
    expect(performance.now() - start).toBeLessThan(11_000);
  } finally {
    await stopServer(silent);
  }
});

test("a wrong API key is our fault, not the client's: 500, and no user is logged out", async () => {
  const session = await logIn(await start(core.url));
  const answer = await refresh(await start(core.url, 'wrong-key-of-this-core-00009'), session);
  expect(answer).toMatchObject({
    statusCode: 500,
    body: '{"code":"internal_error","message":"Internal Server Error"}',
  });
  expect(answer.headers).not.toHaveProperty('front-token');
});

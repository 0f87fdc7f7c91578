import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { type CoreProcess, startCore } from '../fixtures/core-process.ts';
import { bodyOf, invoke, userEnvironment } from '../fixtures/lambda.ts';
import { credentials, form } from '../fixtures/log-in.ts';
import { listenOnLoopback, stopServer } from '../fixtures/loopback.ts';
import { type ResetFunction, startResetFunction } from '../fixtures/reset-function.ts';

// A sign-in with the old password while the password is reset, with the users in another core: a process of its own.

const KEY = 'a-key-of-this-other-core-0001';
let core: CoreProcess;
let database: TestDatabase;
/** Between the thief's function and the core. */
let proxy: Server;
let thief: ResetFunction;
let owner: ResetFunction;
/** Is awaited before the core creates a session for the thief's function. */
let beforeSession: () => Promise<void>;

beforeAll(async () => {
  [core, database] = await Promise.all([startCore({ API_KEYS: KEY, ARGON2_MEMORY_KB: '64' }), startTestDatabase()]);
  proxy = createServer(async (request, response) => {
    if (request.method === 'POST' && request.url?.endsWith('/recipe/session')) await beforeSession();
    const body = request.method === 'GET' ? null : await buffer(request);
    const { host, connection, 'content-length': length, ...headers } = request.headers as Record<string, string>;
    const { method = '' } = request;
    const answer = await fetch(`${core.url}${request.url}`, { method, headers, body });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    response.end(await answer.text());
  });
  thief = await start(`http://127.0.0.1:${await listenOnLoopback(proxy)}`);
  owner = await start(core.url);
});
afterAll(async () => {
  await stopServer(proxy);
  await core?.stop();
  await database?.stop();
});
beforeEach(() => {
  beforeSession = async () => undefined;
});

const start = (coreUrl: string) =>
  startResetFunction({
    ...userEnvironment(database.endpoint, database.tables),
    SUPERTOKENS_CONNECTION_URI: coreUrl,
    SUPERTOKENS_API_KEY: KEY,
  });

const NEW = 'battery staple 2';
const post = ({ handler }: ResetFunction, path: string, body: object) =>
  invoke(handler, 'POST', `/auth/${path}`, { headers: { 'st-auth-mode': 'header' }, body });

/** A user who has asked for a reset mail. */
async function userWithReset() {
  const email = `${randomUUID()}@example.com`;
  const signUp = bodyOf(await post(owner, 'signup', credentials(email)));
  await post(owner, 'user/password/reset/token', form({ email }));
  return { email, userId: (signUp.user as { id: string }).id };
}

const reset = async () =>
  bodyOf(
    await post(owner, 'user/password/reset', {
      method: 'token',
      token: owner.sentToken(),
      ...form({ password: NEW }),
    }),
  ).status;

test('gets no session', async () => {
  const { email, userId } = await userWithReset();
  beforeSession = async () => expect(await reset()).toBe('OK');
  const answer = await post(thief, 'signin', credentials(email));
  expect(bodyOf(answer)).toEqual({ status: 'WRONG_CREDENTIALS_ERROR' });
  expect([answer.headers['st-access-token'], answer.headers['st-refresh-token']]).toEqual(['', '']);
  expect(await owner.sessionsOf(userId)).toEqual([]);
});

test('does not keep the new password, or that of another user, from signing in', async () => {
  const { email, userId } = await userWithReset();
  expect(await reset()).toBe('OK');
  expect(bodyOf(await post(thief, 'signin', credentials(email, NEW)))).toMatchObject({ status: 'OK' });
  expect(await owner.sessionsOf(userId)).toHaveLength(1);
  const other = await userWithReset();
  beforeSession = async () => expect(await reset()).toBe('OK');
  expect(bodyOf(await post(thief, 'signin', credentials(email, NEW)))).toMatchObject({ status: 'OK' });
  expect(await owner.sessionsOf(userId)).toHaveLength(2);
  expect(await owner.sessionsOf(other.userId)).toEqual([]);
});

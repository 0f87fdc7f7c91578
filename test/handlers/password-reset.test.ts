import { randomUUID } from 'node:crypto';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { before, pass, startFaultyProxy } from '../fixtures/faulty-proxy.ts';
import { bodyOf, invoke, userEnvironment } from '../fixtures/lambda.ts';
import { form } from '../fixtures/log-in.ts';
import { type ResetFunction, startResetFunction } from '../fixtures/reset-function.ts';
import { fault } from '../fixtures/stub-dynamodb.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database?.stop());

const start = (environment: Readonly<Record<string, string>> = {}): Promise<ResetFunction> =>
  startResetFunction({ ...userEnvironment(database.endpoint, database.tables), ...environment });

const [OLD, NEW] = ['correct horse 1', 'battery staple 2'];

/** A user who has two sessions, and has asked for a reset mail. */
async function userWithReset({ handler }: ResetFunction): Promise<{ email: string; userId: string }> {
  const email = `${randomUUID()}@example.com`;
  const signUp = await invoke(handler, 'POST', '/auth/signup', { body: form({ email, password: OLD }) });
  await invoke(handler, 'POST', '/auth/signin', { body: form({ email, password: OLD }) });
  await invoke(handler, 'POST', '/auth/user/password/reset/token', { body: form({ email }) });
  return { email, userId: (bodyOf(signUp).user as { id: string }).id };
}

const reset = ({ handler, sentToken }: ResetFunction) =>
  invoke(handler, 'POST', '/auth/user/password/reset', {
    body: { method: 'token', token: sentToken(), ...form({ password: NEW }) },
  });

test('a password reset ends all sessions of the user', async () => {
  const user = await start();
  const { userId } = await userWithReset(user);
  expect(await user.sessionsOf(userId)).toHaveLength(2);
  expect(bodyOf(await reset(user))).toMatchObject({ status: 'OK' });
  expect(await user.sessionsOf(userId)).toEqual([]);
});

test('PASSWORD_RESET_ENDS_SESSIONS=off keeps the sessions', async () => {
  const user = await start({ PASSWORD_RESET_ENDS_SESSIONS: 'off' });
  const { userId } = await userWithReset(user);
  expect(bodyOf(await reset(user))).toMatchObject({ status: 'OK' });
  expect(await user.sessionsOf(userId)).toHaveLength(2);
});

test('a reset whose sessions cannot be ended answers with an error, although the password has changed', async () => {
  const proxy = await startFaultyProxy(database.endpoint);
  try {
    const user = await start({ DYNAMODB_ENDPOINT: proxy.endpoint });
    const { email, userId } = await userWithReset(user);
    const failing = before(fault(400, 'AccessDeniedException'));
    proxy.begin((exchange) => {
      const { pk } = (exchange.body.Key ?? {}) as { pk?: { S?: string } };
      const isSession = exchange.operation === 'DeleteItem' && pk?.S?.startsWith('session#') === true;
      return isSession ? failing(exchange) : pass(exchange);
    });
    expect((await reset(user)).statusCode).toBe(500);
    await proxy.end();
    expect(await user.sessionsOf(userId)).toHaveLength(2);
    const signIn = await invoke(user.handler, 'POST', '/auth/signin', { body: form({ email, password: NEW }) });
    expect(bodyOf(signIn)).toMatchObject({ status: 'OK' });
  } finally {
    await proxy.stop();
  }
});

test('a wrong value of PASSWORD_RESET_ENDS_SESSIONS keeps the function from starting', async () => {
  await expect(start({ PASSWORD_RESET_ENDS_SESSIONS: 'no' })).rejects.toThrow(
    'PASSWORD_RESET_ENDS_SESSIONS must be one of on, off',
  );
});

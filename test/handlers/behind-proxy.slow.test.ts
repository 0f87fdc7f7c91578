import type { UserId } from '../../lib/core/types.ts';
import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import { createPasswordHashing } from '../../lib/login/password-hash.ts';
import { createUsers } from '../../lib/login/users.ts';
import { startTestDatabase, systemRandom, type TestDatabase } from '../fixtures/core.ts';
import { type Answer, invoke, sessionEnvironment, startFunction } from '../fixtures/lambda.ts';

const PASSWORD = 'correct horse';
/** CloudFront's, from which all requests come. */
const EDGE = '198.51.100.200';
const TRUSTING = { TRUSTED_PROXY_HEADER: 'X-Forwarded-For' };

let database: TestDatabase;
beforeAll(async () => {
  // The date stands still: the window of attempts must not end in the middle of a test.
  const real = ['hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate'] as const;
  const realTimers = ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] as const;
  jest.useFakeTimers({ doNotFake: [...real, ...realTimers], now: Date.UTC(2026, 10, 23, 12) });
  database = await startTestDatabase();
});
afterAll(async () => {
  jest.useRealTimers();
  await database?.stop();
});
// Each test has windows of its own.
beforeEach(() => jest.setSystemTime(Date.now() + 3_600_000));

const startLogIn = async (settings: Readonly<Record<string, string>>): Promise<LambdaHandler> => {
  const environment = { ...sessionEnvironment(database.endpoint, database.tables), ...settings };
  return (await startFunction(environment, () => import('../../handlers/login.ts'))).handler;
};

const emailOf = (n: number) => `user${n}@example.com`;
const viewer = (n: number) => `203.0.113.${n}`;

/** That many users, all with the same password. */
async function addUsers(count: number): Promise<void> {
  const users = createUsers(database.db, database.tables.users);
  const hashing = createPasswordHashing({ random: systemRandom, cost: { ln: 4, r: 8, p: 1 } });
  const passwordHash = await hashing.hash(PASSWORD);
  for (let n = 0; n < count; n++)
    await users.add(emailOf(n), { id: `user-${n}` as UserId, passwordHash, createdAt: 1 });
}

/** @param forwarded what comes to API Gateway, which appends the edge's address */
const logIn = (handler: LambdaHandler, n: number, password: string, forwarded: string): Promise<Answer> =>
  invoke(handler, 'POST', '/login', {
    body: { email: emailOf(n), password },
    headers: { 'st-auth-mode': 'header', 'x-forwarded-for': `${forwarded}, ${EDGE}` },
    sourceIp: EDGE,
  });

async function statusesOf(count: number, attempt: (n: number) => Promise<Answer>): Promise<Record<string, number>> {
  const statuses: Record<string, number> = {};
  for (let n = 0; n < count; n++) {
    const status = String((await attempt(n)).statusCode);
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
  return statuses;
}

describe('behind CloudFront', () => {
  beforeAll(() => addUsers(101));

  test.each([
    ['trusted', TRUSTING],
    ['not trusted', {}],
  ])('101 users with the right password log in while it is %s', async (_what, settings) => {
    const handler = await startLogIn(settings);
    expect(await statusesOf(101, (n) => logIn(handler, n, PASSWORD, viewer(n)))).toEqual({ 200: 101 });
  });

  test('wrong passwords of one client do not keep the others out, if it is trusted', async () => {
    const handler = await startLogIn(TRUSTING);
    const guesses = await statusesOf(110, (n) => logIn(handler, n + 1000, 'wrong', viewer(1)));
    expect(guesses).toEqual({ 401: 100, 429: 10 });
    expect((await logIn(handler, 1, PASSWORD, viewer(2))).statusCode).toBe(200);
  });

  test('entries that a client adds itself give it no more guesses', async () => {
    const handler = await startLogIn(TRUSTING);
    const spoofed = (n: number) => `192.0.2.${n}, 2001:db8:${n}::1, ${viewer(1)}`;
    const guesses = await statusesOf(110, (n) => logIn(handler, n + 1000, 'wrong', spoofed(n)));
    expect(guesses).toEqual({ 401: 100, 429: 10 });
  });

  test('without the setting, no entry counts', async () => {
    const handler = await startLogIn({});
    const guesses = await statusesOf(110, (n) => logIn(handler, n + 1000, 'wrong', viewer(n)));
    expect(guesses).toEqual({ 401: 100, 429: 10 });
  });
});

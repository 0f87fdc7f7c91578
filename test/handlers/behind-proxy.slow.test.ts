import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { type Answer, bodyOf, invoke, startFunction, userEnvironment } from '../fixtures/lambda.ts';
import { credentials, PASSWORD } from '../fixtures/log-in.ts';
import { stopDate } from '../fixtures/still-date.ts';

/** CloudFront's, from which all requests come. */
const EDGE = '198.51.100.200';
const TRUSTING = { TRUSTED_PROXY_HEADER: 'X-Forwarded-For' };

let database: TestDatabase;
beforeAll(async () => {
  // The date stands still: the window of attempts must not end in the middle of a test.
  stopDate(Date.UTC(2026, 10, 23, 12));
  database = await startTestDatabase();
});
afterAll(async () => {
  jest.useRealTimers();
  await database?.stop();
});
// Each test has windows of its own.
beforeEach(() => jest.setSystemTime(Date.now() + 3_600_000));

const startUser = async (settings: Readonly<Record<string, string>>): Promise<LambdaHandler> => {
  const environment = { ...userEnvironment(database.endpoint, database.tables), ...settings };
  return (await startFunction(environment, () => import('../../handlers/user.ts'))).handler;
};

const emailOf = (n: number) => `user${n}@example.com`;
const viewer = (n: number) => `203.0.113.${n}`;

/** That many users, all with the same password. */
async function addUsers(count: number): Promise<void> {
  const handler = await startUser({});
  for (let n = 0; n < count; n++) {
    const call = { body: credentials(emailOf(n)), sourceIp: `192.0.2.${n}` };
    expect(bodyOf(await invoke(handler, 'POST', '/auth/signup', call))).toMatchObject({ status: 'OK' });
  }
}

/** @param forwarded what comes to API Gateway, which appends the edge's address */
const signIn = (handler: LambdaHandler, n: number, password: string, forwarded: string): Promise<Answer> =>
  invoke(handler, 'POST', '/auth/signin', {
    body: credentials(emailOf(n), password),
    headers: { 'st-auth-mode': 'header', 'x-forwarded-for': `${forwarded}, ${EDGE}` },
    sourceIp: EDGE,
  });

/** How many attempts were answered how: by the status in SuperTokens' body, or with 429. */
async function statusesOf(count: number, attempt: (n: number) => Promise<Answer>): Promise<Record<string, number>> {
  const statuses: Record<string, number> = {};
  for (let n = 0; n < count; n++) {
    const answer = await attempt(n);
    const status = answer.statusCode === 429 ? 429 : String(bodyOf(answer).status);
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
  return statuses;
}

describe('behind CloudFront', () => {
  beforeAll(() => addUsers(101));

  test.each([
    ['trusted', TRUSTING],
    ['not trusted', {}],
  ])('101 users with the right password sign in while it is %s', async (_what, settings) => {
    const handler = await startUser(settings);
    expect(await statusesOf(101, (n) => signIn(handler, n, PASSWORD, viewer(n)))).toEqual({ OK: 101 });
  });

  test('wrong passwords of one client do not keep the others out, if it is trusted', async () => {
    const handler = await startUser(TRUSTING);
    const guesses = await statusesOf(110, (n) => signIn(handler, n + 1000, 'wrong', viewer(1)));
    expect(guesses).toEqual({ WRONG_CREDENTIALS_ERROR: 100, 429: 10 });
    expect(bodyOf(await signIn(handler, 1, PASSWORD, viewer(2))).status).toBe('OK');
  });

  test('entries that a client adds itself give it no more guesses', async () => {
    const handler = await startUser(TRUSTING);
    const spoofed = (n: number) => `192.0.2.${n}, 2001:db8:${n}::1, ${viewer(1)}`;
    const guesses = await statusesOf(110, (n) => signIn(handler, n + 1000, 'wrong', spoofed(n)));
    expect(guesses).toEqual({ WRONG_CREDENTIALS_ERROR: 100, 429: 10 });
  });

  test('without the setting, no entry counts', async () => {
    const handler = await startUser({});
    const guesses = await statusesOf(110, (n) => signIn(handler, n + 1000, 'wrong', viewer(n)));
    expect(guesses).toEqual({ WRONG_CREDENTIALS_ERROR: 100, 429: 10 });
  });
});

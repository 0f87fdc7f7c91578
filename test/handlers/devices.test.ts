import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import {
  type Answer,
  bodyOf,
  httpApiEvent,
  lambdaContext,
  sessionEnvironment,
  startFunction,
} from '../fixtures/lambda.ts';
import { seedUser } from '../fixtures/seeded-user.ts';

let database: TestDatabase;
let functions: Record<'logIn' | 'sessions' | 'revoke' | 'auth' | 'sessionInfo', LambdaHandler>;

beforeAll(async () => {
  database = await startTestDatabase();
  // One process for all: they share one SuperTokens, as they share one database.
  functions = await startFunction(sessionEnvironment(database.endpoint, database.tables), async () => ({
    logIn: (await import('../fixtures/handlers/log-in.ts')).handler,
    sessions: (await import('../../handlers/sessions.ts')).handler,
    revoke: (await import('../../handlers/revoke-session.ts')).handler,
    auth: (await import('../../handlers/auth.ts')).handler,
    sessionInfo: (await import('../../handlers/session-info.ts')).handler,
  }));
});
afterAll(() => database.stop());

interface Asked {
  readonly token?: string;
  readonly body?: object;
  readonly userAgent?: string;
  readonly handle?: string;
  readonly query?: Readonly<Record<string, string>>;
}

const ask = async (
  name: keyof typeof functions,
  method: string,
  path: string,
  { token, body, userAgent, handle, query }: Asked = {},
): Promise<Answer> => {
  const headers: Record<string, string> = {
    'st-auth-mode': 'header',
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(userAgent !== undefined && { 'user-agent': userAgent }),
  };
  const event: APIGatewayProxyEventV2 = {
    ...httpApiEvent(method, path, { headers, ...(body !== undefined && { body }), ...(query && { query }) }),
    ...(handle !== undefined && { pathParameters: { handle } }),
  };
  return (await functions[name](event, lambdaContext)) as Answer;
};

interface Session {
  readonly access: string;
  readonly refresh: string;
}
const tokensOf = ({ headers }: Answer): Session => ({
  access: headers['st-access-token'] ?? '',
  refresh: headers['st-refresh-token'] ?? '',
});

/** A user who is logged in on a phone and on a laptop. */
async function loggedInTwice() {
  const body = { userId: randomUUID() };
  const phone = tokensOf(await ask('logIn', 'POST', '/log-in', { body, userAgent: 'Phone' }));
  const laptop = tokensOf(await ask('logIn', 'POST', '/log-in', { body, userAgent: 'Laptop' }));
  return { phone, laptop };
}

/** One for all tests that change nothing. */
let unchanged: ReturnType<typeof loggedInTwice> | undefined;
const anyUser = () => {
  unchanged ??= loggedInTwice();
  return unchanged;
};

const listed = async (session: Session) => {
  const answer = await ask('sessions', 'GET', '/sessions', { token: session.access });
  return bodyOf(answer).sessions as {
    sessionHandle: string;
    userAgent: string;
    isCurrent: boolean;
    created: number;
    lastRefreshed: number;
  }[];
};
const revoke = (session: Session, handle: string) =>
  ask('revoke', 'DELETE', `/sessions/${handle}`, { token: session.access, handle });

test('a user sees where they are logged in, since when, and which of them this is', async () => {
  const { phone, laptop } = await loggedInTwice();
  const refreshed = tokensOf(await ask('auth', 'POST', '/auth/session/refresh', { token: phone.refresh }));
  expect(await listed(laptop)).toEqual([
    {
      sessionHandle: expect.any(String),
      userAgent: 'Laptop',
      isCurrent: true,
      created: expect.any(Number),
      lastRefreshed: expect.any(Number),
      expires: expect.any(Number),
    },
    expect.objectContaining({ userAgent: 'Phone', isCurrent: false }),
  ]);
  const [, phoneSession] = await listed(laptop);
  expect(phoneSession?.lastRefreshed).toBeGreaterThan(phoneSession?.created ?? Number.POSITIVE_INFINITY);
  expect((await listed(refreshed))[0]).toMatchObject({ userAgent: 'Phone', isCurrent: true });
});

test('a user ends one of their sessions, which is seen at once where the database is asked, and elsewhere at expiry', async () => {
  const { phone, laptop } = await loggedInTwice();
  const [, phoneSession] = await listed(laptop);
  expect(await revoke(laptop, phoneSession?.sessionHandle ?? '')).toMatchObject({ statusCode: 204 });
  expect(await listed(laptop)).toHaveLength(1);
  expect((await ask('sessions', 'GET', '/sessions', { token: phone.access })).statusCode).toBe(401);
  expect((await ask('auth', 'POST', '/auth/session/refresh', { token: phone.refresh })).statusCode).toBe(401);
  expect((await ask('sessionInfo', 'GET', '/sessioninfo', { token: phone.access })).statusCode).toBe(200);
});

test('a user ends the current session, and its tokens are cleared', async () => {
  const { laptop } = await loggedInTwice();
  const [current] = await listed(laptop);
  const answer = await revoke(laptop, current?.sessionHandle ?? '');
  expect(answer).toMatchObject({ statusCode: 204, headers: { 'front-token': 'remove', 'st-access-token': '' } });
});

test.each([
  ["another user's", async () => (await listed((await loggedInTwice()).phone))[0]?.sessionHandle ?? ''],
  ['an unknown', async () => randomUUID()],
  ["another tenant's", async () => `${randomUUID()}_t1`],
  ['no', async () => ''],
])('%s session cannot be ended, and the answer tells nothing about it', async (_whose, handleOf) => {
  const { laptop } = await anyUser();
  const answer = await revoke(laptop, await handleOf());
  expect(answer).toMatchObject({ statusCode: 404, body: '{"code":"not_found","message":"You have no such session"}' });
});

test('a very long user agent is cut off, so that it cannot fill the session row', async () => {
  const body = { userId: randomUUID() };
  const session = tokensOf(await ask('logIn', 'POST', '/log-in', { body, userAgent: 'x'.repeat(5000) }));
  expect((await listed(session))[0]?.userAgent).toBe('x'.repeat(300));
});

describe('pages of sessions', () => {
  interface Page {
    readonly sessions: { readonly sessionHandle: string; readonly isCurrent: boolean }[];
    readonly next?: string;
  }
  const page = async ({ access }: Session, query: Record<string, string> = {}): Promise<Page> =>
    bodyOf(await ask('sessions', 'GET', '/sessions', { token: access, query })) as unknown as Page;

  /** A user who is logged in here and on 120 other devices. */
  async function loggedInManyTimes() {
    const userId = randomUUID();
    const answer = await ask('logIn', 'POST', '/log-in', { body: { userId } });
    const rows = await seedUser(database, userId, 120);
    return { session: tokensOf(answer), handles: rows.map(({ handle }) => String(handle)) };
  }

  /** The session that asks stands anywhere in the order, so a page can end at it. Revoked, it could not ask again. */
  async function pageEndingAtAnotherSession(session: Session): Promise<Page> {
    const current = (first: Page) => first.sessions.find(({ isCurrent }) => isCurrent)?.sessionHandle;
    const first = await page(session, { limit: '60' });
    return first.next === current(first) ? page(session, { limit: '61' }) : first;
  }

  test('have every session once, the current one first, and end at the one without next', async () => {
    const { session, handles } = await loggedInManyTimes();
    const pages = [await page(session, { limit: '50' })];
    for (let next = pages[0]?.next; next !== undefined; next = pages.at(-1)?.next) {
      pages.push(await page(session, { limit: '50', after: next }));
    }
    expect(pages.map(({ sessions }) => sessions.length <= 51)).toEqual([true, true, true]);
    const [first, ...others] = pages.flatMap(({ sessions }) => sessions);
    expect(first?.isCurrent).toBe(true);
    expect(others.map(({ isCurrent }) => isCurrent)).toEqual(others.map(() => false));
    expect(others.map(({ sessionHandle }) => sessionHandle).sort()).toEqual(handles.sort());
  });

  test('have 100 sessions without a limit', async () => {
    const { session } = await loggedInManyTimes();
    const first = await page(session);
    expect([first.sessions.length === 100 || first.sessions.length === 101, first.next]).toEqual([
      true,
      expect.any(String),
    ]);
    expect((await page(session, { after: first.next ?? '' })).next).toBeUndefined();
  });

  test('continue although the session at which the last page ended is revoked', async () => {
    const { session, handles } = await loggedInManyTimes();
    const first = await pageEndingAtAnotherSession(session);
    await revoke(session, first.next ?? '');
    const rest = await page(session, { after: first.next ?? '' });
    const listed = [...first.sessions, ...rest.sessions].map(({ sessionHandle }) => sessionHandle);
    expect(handles.filter((handle) => !listed.includes(handle))).toEqual([]);
  });

  test.each([
    ['limit', '0'],
    ['limit', '101'],
    ['limit', '-1'],
    ['limit', '1e1'],
    ['limit', ''],
    ['after', ''],
    ['after', 'a b'],
    ['after', 'x'.repeat(201)],
  ])('with the %s %p are refused with 400', async (name, value) => {
    const { laptop } = await anyUser();
    const answer = await ask('sessions', 'GET', '/sessions', { token: laptop.access, query: { [name]: value } });
    expect(answer.statusCode).toBe(400);
    expect(bodyOf(answer).message).toMatch(new RegExp(`^${name} must be`));
  });
});

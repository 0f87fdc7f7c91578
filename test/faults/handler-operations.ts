import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import { createSession, type Issued, refresh, sessionsOf } from '../fixtures/cdi-session.ts';
import type { TestCore, TestDatabase } from '../fixtures/core.ts';
import { type Answer, bodyOf, type Call, httpApiEvent, lambdaContext } from '../fixtures/lambda.ts';
import { credentials, userIdIn } from '../fixtures/log-in.ts';
import { someUser } from '../fixtures/session-row.ts';

/** The function for users, which has a process of its own: its SDK has more recipes. */
export const loadUserFunction = async () => ({ user: (await import('../../handlers/user.ts')).handler });

/** Every other function that needs DynamoDB, all of one process. */
export const loadFunctions = async () => ({
  loginOidc: (await import('../../handlers/login-oidc.ts')).handler,
  auth: (await import('../../handlers/auth.ts')).handler,
  saveNote: (await import('../fixtures/handlers/save-note.ts')).handler,
  sessions: (await import('../../handlers/sessions.ts')).handler,
  revokeSession: (await import('../../handlers/revoke-session.ts')).handler,
  signoutEverywhere: (await import('../../handlers/signout-everywhere.ts')).handler,
  health: (await import('../../handlers/health.ts')).handler,
  changeClaims: await changeClaims(),
  changeData: await changeData(),
});

/** Routes of a session function as its developers may write them. */
async function changeClaims(): Promise<LambdaHandler> {
  const { protectedRoute } = await import('../../lib/index.ts');
  return protectedRoute(async ({ session }) => {
    await session.mergeIntoAccessTokenPayload({ role: 'editor' });
    return { statusCode: 204 };
  });
}

async function changeData(): Promise<LambdaHandler> {
  const { protectedRoute } = await import('../../lib/index.ts');
  return protectedRoute(async ({ session }) => {
    await session.updateSessionDataInDatabase({ theme: 'dark' });
    return { statusCode: 204 };
  });
}

export type Functions = Awaited<ReturnType<typeof loadFunctions>> & Awaited<ReturnType<typeof loadUserFunction>>;

export interface HandlerWorld {
  readonly functions: Functions;
  readonly database: TestDatabase;
  /** A core that nothing is wrong with. */
  readonly healthy: TestCore;
  /** Of the provider that the functions trust. */
  makeIdToken(): Promise<string>;
}

/** A request of a client, and what must be true afterwards. */
export interface HandlerAttempt {
  /** @param timeLeft the time that the function has left when Lambda invokes it, ms */
  ask(timeLeft: number): Promise<Answer>;
  /** @param answer to the first attempt, or to a retry @param isRetry whose first attempt may have done it all */
  expectDone(answer: Answer, isRetry: boolean): Promise<void>;
}

export interface HandlerOperation {
  readonly name: string;
  readonly isReadOnly?: true;
  prepare(world: HandlerWorld): Promise<HandlerAttempt>;
}

let lastAddress = 0;

/** Each from an address of its own, for log-ins are limited. */
function asker(handler: LambdaHandler, method: string, path: string, call: Call): HandlerAttempt['ask'] {
  const address = ++lastAddress;
  const sourceIp = `10.0.${address >> 8}.${address & 255}`;
  const headers = { 'st-auth-mode': 'cookie', ...call.headers };
  return async (timeLeft) => {
    const context = { ...lambdaContext, getRemainingTimeInMillis: () => timeLeft };
    return (await handler(httpApiEvent(method, path, { ...call, headers, sourceIp }), context)) as Answer;
  };
}

/** What a browser keeps for a user whose session this is. */
const cookiesOf = ({ accessToken, refreshToken }: Issued) => [
  `sAccessToken=${accessToken}`,
  `sRefreshToken=${refreshToken}`,
];

const newSession = ({ healthy }: HandlerWorld): Promise<Issued> => createSession(healthy, { userId: someUser() });

async function expectAlive({ healthy }: HandlerWorld, { handle, userId }: Issued): Promise<void> {
  expect(await sessionsOf(healthy, userId)).toEqual([handle]);
}

async function expectGone({ healthy, database }: HandlerWorld, session: Issued): Promise<void> {
  expect(await database.store.sessions.get(session.handle)).toBeUndefined();
  expect(await sessionsOf(healthy, session.userId)).toEqual([]);
  expect(await refresh(healthy, session.refreshToken)).toMatchObject({ status: 'UNAUTHORISED' });
}

const cookieIn = ({ cookies = [] }: Answer, name: string): string =>
  cookies.find((cookie) => cookie.startsWith(`${name}=`))?.replace(/^[^=]*=([^;]*).*$/s, '$1') ?? '';

/** The client that got this answer has a session that is listed, and can refresh it. */
async function expectLoggedIn({ healthy }: HandlerWorld, answer: Answer): Promise<void> {
  const { userId = userIdIn(bodyOf(answer)) } = bodyOf(answer);
  const refreshed = await refresh(healthy, decodeURIComponent(cookieIn(answer, 'sRefreshToken')));
  expect(refreshed).toMatchObject({ status: 'OK', session: { userId } });
  const { handle } = refreshed.session as { handle: string };
  expect(await sessionsOf(healthy, String(userId))).toContain(handle);
}

/** What SuperTokens responds to a sign-up with an e-mail that a user has. */
const EMAIL_TAKEN = expect.stringMatching(/"FIELD_ERROR".*"email"/);

const logIns: readonly HandlerOperation[] = [
  {
    name: 'signing up',
    async prepare(world) {
      const body = credentials();
      return {
        ask: asker(world.functions.user, 'POST', '/auth/signup', { body }),
        async expectDone(answer, isRetry) {
          const isNew = bodyOf(answer).status === 'OK';
          // The user may have been created before the response was lost. This user can sign in.
          if (!isRetry) expect(isNew).toBe(true);
          if (!isNew) expect(answer).toMatchObject({ statusCode: 200, body: EMAIL_TAKEN, cookies: [] });
          const signIn = asker(world.functions.user, 'POST', '/auth/signin', { body });
          await expectLoggedIn(world, isNew ? answer : await signIn(10_000));
        },
      };
    },
  },
  {
    name: 'signing in',
    async prepare(world) {
      const body = credentials();
      await asker(world.functions.user, 'POST', '/auth/signup', { body })(10_000);
      return {
        ask: asker(world.functions.user, 'POST', '/auth/signin', { body }),
        async expectDone(answer) {
          expect(bodyOf(answer)).toMatchObject({ status: 'OK' });
          await expectLoggedIn(world, answer);
        },
      };
    },
  },
  {
    name: 'logging in with an ID token, which is used up',
    async prepare(world) {
      const ask = asker(world.functions.loginOidc, 'POST', '/login/oidc', {
        body: { idToken: await world.makeIdToken() },
      });
      return {
        ask,
        async expectDone(answer, isRetry) {
          if (!isRetry || answer.statusCode === 200) {
            expect(answer.statusCode).toBe(200);
            await expectLoggedIn(world, answer);
          }
          // Whatever has become of the first attempt, it is never taken twice.
          expect(await ask(10_000)).toMatchObject({
            statusCode: 401,
            body: '{"code":"id_token_rejected","message":"ID token rejected: already used"}',
          });
        },
      };
    },
  },
];

const TRANSPORTS = ['cookies', 'headers'] as const;

const credentialsOf = (session: Issued, transport: (typeof TRANSPORTS)[number], token: string): Call =>
  transport === 'cookies'
    ? { cookies: cookiesOf(session) }
    : { headers: { 'st-auth-mode': 'header', authorization: `Bearer ${token}` } };

const tokenRoutes: readonly HandlerOperation[] = TRANSPORTS.flatMap((transport) => [
  {
    name: `refreshing by ${transport}`,
    async prepare(world) {
      const session = await newSession(world);
      const request = credentialsOf(session, transport, session.refreshToken);
      const ask = asker(world.functions.auth, 'POST', '/auth/session/refresh', request);
      const tokenIn = (answer: Answer) =>
        transport === 'cookies'
          ? decodeURIComponent(cookieIn(answer, 'sRefreshToken'))
          : answer.headers['st-refresh-token'];
      return {
        ask,
        async expectDone(answer) {
          expect(answer.statusCode).toBe(200);
          // A client that lost the answer and retries gets the same token, and has one session.
          expect(tokenIn(await ask(10_000))).toBe(tokenIn(answer));
          expect(await refresh(world.healthy, tokenIn(answer) ?? '')).toMatchObject({ status: 'OK' });
          await expectAlive(world, session);
        },
      };
    },
  },
  {
    name: `signing out by ${transport}`,
    async prepare(world) {
      const session = await newSession(world);
      const request = credentialsOf(session, transport, session.accessToken);
      return {
        ask: asker(world.functions.auth, 'POST', '/auth/signout', request),
        async expectDone(answer) {
          expect(answer.statusCode).toBe(200);
          await expectGone(world, session);
        },
      };
    },
  },
]);

const onOneSession = (
  name: string,
  begin: (functions: Functions, session: Issued) => HandlerAttempt['ask'],
  expectDone: (world: HandlerWorld, session: Issued, answer: Answer, isRetry: boolean) => Promise<void>,
): HandlerOperation => ({
  name,
  async prepare(world) {
    const session = await newSession(world);
    return {
      ask: begin(world.functions, session),
      expectDone: (answer, isRetry) => expectDone(world, session, answer, isRetry),
    };
  },
});

const routes: readonly HandlerOperation[] = [
  {
    isReadOnly: true,
    ...onOneSession(
      "listing a user's sessions, with a look at the database",
      ({ sessions }, session) => asker(sessions, 'GET', '/sessions', { cookies: cookiesOf(session) }),
      async (world, session, answer) => {
        expect(bodyOf(answer).sessions).toMatchObject([{ sessionHandle: session.handle, isCurrent: true }]);
        await expectAlive(world, session);
      },
    ),
  },
  onOneSession(
    'revoking a session',
    ({ revokeSession }, session) =>
      asker(revokeSession, 'DELETE', `/sessions/${session.handle}`, {
        cookies: cookiesOf(session),
        pathParameters: { handle: session.handle },
      }),
    async (world, session, { statusCode }, isRetry) => {
      // The session that asked was the one that it revoked.
      expect(isRetry ? [204, 401] : [204]).toContain(statusCode);
      await expectGone(world, session);
    },
  ),
  {
    name: 'signing out everywhere',
    async prepare(world) {
      const own = await newSession(world);
      const { userId } = own;
      const others = [await createSession(world.healthy, { userId }), await createSession(world.healthy, { userId })];
      const { signoutEverywhere } = world.functions;
      const ask = asker(signoutEverywhere, 'POST', '/signout-everywhere', { cookies: cookiesOf(own) });
      return {
        async ask(timeLeft) {
          const answer = await ask(timeLeft);
          const isOwnGone = (await world.database.store.sessions.get(own.handle)) === undefined;
          // Whatever has failed: as long as another session lives, the caller can repeat the request.
          if (isOwnGone) expect(await sessionsOf(world.healthy, own.userId)).toEqual([]);
          return answer;
        },
        async expectDone(answer, isRetry) {
          expect(isRetry ? [200, 401] : [200]).toContain(answer.statusCode);
          if (answer.statusCode === 200) expect(bodyOf(answer)).toMatchObject({ complete: true });
          for (const session of [own, ...others]) await expectGone(world, session);
        },
      };
    },
  },
  onOneSession(
    'saving a note',
    ({ saveNote }, session) =>
      asker(saveNote, 'POST', '/notes', {
        cookies: cookiesOf(session),
        body: { text: session.handle },
      }),
    async (world, session, answer) => {
      expect(bodyOf(answer)).toMatchObject({ userId: session.userId });
      await expectAlive(world, session);
    },
  ),
  onOneSession(
    'changing claims',
    (functions, session) => asker(functions.changeClaims, 'POST', '/claims', { cookies: cookiesOf(session) }),
    async (world, session, { statusCode }) => {
      expect(statusCode).toBe(204);
      expect((await world.database.store.sessions.get(session.handle))?.payload).toMatchObject({ role: 'editor' });
      await expectAlive(world, session);
    },
  ),
  onOneSession(
    'changing data',
    (functions, session) => asker(functions.changeData, 'POST', '/data', { cookies: cookiesOf(session) }),
    async (world, session, { statusCode }) => {
      expect(statusCode).toBe(204);
      expect((await world.database.store.sessions.get(session.handle))?.data).toEqual({ theme: 'dark' });
      await expectAlive(world, session);
    },
  ),
  {
    name: 'reading the JWKS',
    isReadOnly: true,
    prepare: async ({ functions }) => ({
      ask: asker(functions.auth, 'GET', '/auth/jwt/jwks.json', {}),
      // The static key is made only when something asks for it.
      expectDone: async (answer) => expect(bodyOf(answer).keys).toMatchObject([{ kid: expect.stringMatching(/^d-/) }]),
    }),
  },
];

/**
 * Operations with a session, or without a user. Their preparation invokes no function, so the keys that functions keep
 * grow old.
 */
export const AFTER_LOG_IN: readonly HandlerOperation[] = [...tokenRoutes, ...routes];

export const HANDLER_OPERATIONS: readonly HandlerOperation[] = [...logIns, ...AFTER_LOG_IN];

import { randomUUID } from 'node:crypto';
import { type SignInProvider, startSignInProvider } from '../../lib/dev/sign-in-provider/sign-in-provider.ts';
import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { freePort } from '../fixtures/free-port.ts';
import {
  type Answer,
  bodyOf,
  invoke,
  sessionEnvironment,
  startFunction,
  userEnvironment,
  verifyEnvironment,
} from '../fixtures/lambda.ts';
import { bearer, credentials } from '../fixtures/log-in.ts';
import { newestTo, useMailbox } from '../fixtures/mailbox.ts';
import { finish, visit } from '../fixtures/provider-sign-in.ts';
import { type RoundsProxy, startRoundsProxy } from '../fixtures/rounds-proxy.ts';

let database: TestDatabase;
let provider: SignInProvider;
const mailbox = useMailbox();
let proxy: RoundsProxy;
/** A function whose calls are counted, and another whose calls are not. */
let user: LambdaHandler;
let other: LambdaHandler;

beforeAll(async () => {
  [database, provider] = await Promise.all([startTestDatabase(), startSignInProvider(await freePort())]);
  proxy = await startRoundsProxy(database.endpoint);
  [other, user] = [await startUser(database.endpoint), await startUser(proxy.endpoint)];
  // Reads the keys, as the first request of a process does.
  await signUp(user);
});
afterAll(async () => {
  await proxy?.stop();
  await Promise.all([database?.stop(), provider?.stop()]);
});

const startUser = async (endpoint: string): Promise<LambdaHandler> =>
  (
    await startFunction(
      { ...userEnvironment(endpoint, database.tables), ...provider.environment, DEV_MAILBOX_FOLDER: mailbox },
      () => import('../../handlers/user.ts'),
    )
  ).handler;

const newEmail = (): string => `${randomUUID()}@example.com`;

/** From an IPv6 address, which belongs to three networks that attempts are counted by. */
const send = async (handler: LambdaHandler, path: string, body: object, status = 'OK'): Promise<Answer> => {
  const answer = await invoke(handler, 'POST', path, {
    headers: { 'st-auth-mode': 'header' },
    body,
    sourceIp: `2001:db8::${Math.floor(Math.random() * 0xffff).toString(16)}`,
  });
  expect(bodyOf(answer)).toMatchObject({ status });
  return answer;
};

const signUp = (handler: LambdaHandler, email = newEmail()): Promise<Answer> =>
  send(handler, '/auth/signup', credentials(email));

/** A user whom another process has created, so that nothing of the user is known here. */
async function userOfAnotherProcess(): Promise<string> {
  const email = newEmail();
  await signUp(other, email);
  return email;
}

async function newLink(email: string): Promise<object> {
  await send(other, '/auth/signinup/code', { email });
  const { link } = await newestTo(mailbox, email);
  return { preAuthSessionId: link.searchParams.get('preAuthSessionId'), linkCode: link.hash.slice(1) };
}

const consume = (handler: LambdaHandler, code: object) => send(handler, '/auth/signinup/code/consume', code);

/** The path `/auth/session/refresh` needs the refresh token, every other path the access token. */
const as = (answer: Answer, token: 'access' | 'refresh') => ({
  headers: token === 'access' ? bearer(answer) : { authorization: `Bearer ${answer.headers['st-refresh-token']}` },
});

test('a sign-in by password makes 4 rounds of calls one after the other', async () => {
  const rounds = await proxy.roundsOf(4, async () => {
    const form = credentials(await userOfAnotherProcess());
    return () => send(user, '/auth/signin', form);
  });
  expect(rounds).toBeLessThanOrEqual(4);
});

test('the first sign-in of a process makes 4 rounds, too, because the keys are read in the first two', async () => {
  const rounds = await proxy.roundsOf(4, async () => {
    const form = credentials(await userOfAnotherProcess());
    return async () => send(await startUser(proxy.endpoint), '/auth/signin', form);
  });
  expect(rounds).toBe(4);
});

test('a wrong password takes 3 rounds, whether or not the e-mail has an account', async () => {
  for (const email of [await userOfAnotherProcess(), newEmail()]) {
    const wrong = credentials(email, 'wrong horse 1');
    const rounds = await proxy.roundsOf(
      3,
      async () => () => send(user, '/auth/signin', wrong, 'WRONG_CREDENTIALS_ERROR'),
    );
    expect([email, rounds]).toEqual([email, 3]);
  }
});

test.each([
  ['a refresh', 2, () => import('../../handlers/auth.ts'), '/auth/session/refresh', 'refresh'],
  ['a sign-out', 2, () => import('../../handlers/auth.ts'), '/auth/signout', 'access'],
  ['a protected route', 0, () => import('../../handlers/session-info.ts'), '/sessioninfo', 'access'],
] as const)('%s makes %i', async (_what, expected, load, path, token) => {
  const environment = path === '/sessioninfo' ? verifyEnvironment : sessionEnvironment;
  const { handler } = await startFunction(environment(proxy.endpoint, database.tables), load);
  const request = async () => {
    const session = await signUp(other);
    const method = path === '/sessioninfo' ? 'GET' : 'POST';
    return async () => {
      const answer = await invoke(handler, method, path, as(session, token));
      expect(answer.statusCode).toBe(200);
    };
  };
  await (await request())();
  expect(await proxy.roundsOf(expected, request)).toBe(expected);
});

test('a sign-up makes at most 10', async () => {
  expect(await proxy.roundsOf(10, async () => () => signUp(user))).toBeLessThanOrEqual(10);
});

test('a sign-in by the link in a mail makes at most 11, and a sign-up so at most 13', async () => {
  const signingUp = async () => {
    const code = await newLink(newEmail());
    return () => consume(user, code);
  };
  expect(await proxy.roundsOf(13, signingUp)).toBeLessThanOrEqual(13);
  const signingIn = async () => {
    const email = newEmail();
    await consume(other, await newLink(email));
    const code = await newLink(email);
    return () => consume(user, code);
  };
  expect(await proxy.roundsOf(11, signingIn)).toBeLessThanOrEqual(11);
});

test('a sign-in by a provider makes at most 8', async () => {
  const signingIn = async () => {
    await finish(other, await visit(other, 'ann'));
    const back = await visit(other, 'ann');
    return () => finish(user, back);
  };
  expect(await proxy.roundsOf(8, signingIn)).toBeLessThanOrEqual(8);
});

import { randomUUID } from 'node:crypto';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { type FaultyProxy, pass, startFaultyProxy } from '../fixtures/faulty-proxy.ts';
import { bodyOf, invoke, startFunction, userEnvironment } from '../fixtures/lambda.ts';
import { authenticate, credentials, form } from '../fixtures/log-in.ts';
import { messagesTo, newestTo, useMailbox } from '../fixtures/mailbox.ts';

let database: TestDatabase;
const mailbox = useMailbox();
let user: Awaited<ReturnType<typeof start>>;
beforeAll(async () => {
  database = await startTestDatabase();
  user = await start();
});
afterAll(() => database?.stop());

/** The function user, and what the owner's code does with its users. */
const start = (endpoint = database.endpoint) =>
  startFunction({ ...userEnvironment(endpoint, database.tables), DEV_MAILBOX_FOLDER: mailbox }, async () => {
    const { handler } = await import('../../handlers/user.ts');
    const { default: SuperTokens } = await import('supertokens-node');
    const { default: EmailPassword } = await import('supertokens-node/recipe/emailpassword');
    const { default: Session } = await import('supertokens-node/recipe/session');
    return {
      handler,
      changeEmail: async (userId: string, email: string) => {
        const recipeUserId = SuperTokens.convertToRecipeUserId(userId);
        expect(await EmailPassword.updateEmailOrPassword({ recipeUserId, email })).toEqual({ status: 'OK' });
      },
      sessionsOf: (userId: string) => Session.getAllSessionHandlesForUser(userId),
      deleteUser: (userId: string) => SuperTokens.deleteUser(userId),
      isVerified: async (userId: string) => (await SuperTokens.getUser(userId))?.loginMethods[0]?.verified,
    };
  });

const post = (path: string, body: object, headers = {}) =>
  invoke(user.handler, 'POST', `/auth/${path}`, { body, headers });
const newEmail = () => `kim-${randomUUID()}@example.com`;
const PASSWORD = "the thief's 1";

/** Asks for a reset mail. @returns the link's token */
async function askForReset(email: string): Promise<string> {
  expect(bodyOf(await post('user/password/reset/token', form({ email })))).toEqual({ status: 'OK' });
  return tokenSentTo(email);
}

const tokenSentTo = async (email: string) => String((await newestTo(mailbox, email)).link.searchParams.get('token'));

const reset = async (token: string) =>
  bodyOf(await post('user/password/reset', { method: 'token', token, ...form({ password: PASSWORD }) }));

const signIn = async (email: string) => bodyOf(await post('signin', form({ email, password: PASSWORD }))).status;

/** The core folds the Kelvin sign, which is no ASCII letter, to `k`. To a mail server, it is another address. */
const folded = (email: string) => email.replace('k', '\u212a');

describe("a message about a user's account goes to the address of the account", () => {
  test('a reset mail', async () => {
    const email = newEmail();
    await authenticate(user.handler, '/auth/signup', email);
    expect(bodyOf(await post('user/password/reset/token', form({ email: folded(email) })))).toEqual({ status: 'OK' });
    expect((await messagesTo(mailbox, email)).map(({ to }) => to)).toEqual([email]);
  });

  test('a sign-in code', async () => {
    const email = newEmail();
    expect(bodyOf(await post('signinup/code', { email: folded(email) }))).toMatchObject({ status: 'OK' });
    expect((await messagesTo(mailbox, email)).map(({ to }) => to)).toEqual([email]);
  });
});

describe('a link in a mail to an address that the user has given up', () => {
  test('does not reset the password', async () => {
    const email = newEmail();
    const { userId } = await authenticate(user.handler, '/auth/signup', email);
    const token = await askForReset(email);
    const email2 = newEmail();
    await user.changeEmail(userId, email2);
    expect(await reset(token)).toEqual({ status: 'RESET_PASSWORD_INVALID_TOKEN_ERROR' });
    expect(await signIn(email2)).toBe('WRONG_CREDENTIALS_ERROR');
  });

  test('does not verify the new one', async () => {
    const email = newEmail();
    const { userId, headers } = await authenticate(user.handler, '/auth/signup', email);
    expect(bodyOf(await post('user/email/verify/token', {}, headers))).toEqual({ status: 'OK' });
    const token = await tokenSentTo(email);
    await user.changeEmail(userId, newEmail());
    await post('user/email/verify', { method: 'token', token });
    expect(await user.isVerified(userId)).toBe(false);
  });
});

describe('a link in a mail to a user who was deleted', () => {
  test("does not reset the password of the address's next user", async () => {
    const email = newEmail();
    const { userId } = await authenticate(user.handler, '/auth/signup', email);
    const token = await askForReset(email);
    await user.deleteUser(userId);
    await authenticate(user.handler, '/auth/signup', email);
    expect(await reset(token)).toEqual({ status: 'RESET_PASSWORD_INVALID_TOKEN_ERROR' });
    expect(await signIn(email)).toBe('WRONG_CREDENTIALS_ERROR');
  });

  test("does not verify the address's next user", async () => {
    const email = newEmail();
    const { userId, headers } = await authenticate(user.handler, '/auth/signup', email);
    await post('user/email/verify/token', {}, headers);
    const token = await tokenSentTo(email);
    await user.deleteUser(userId);
    const next = await authenticate(user.handler, '/auth/signup', email);
    expect(bodyOf(await post('user/email/verify', { method: 'token', token }))).toEqual({
      status: 'EMAIL_VERIFICATION_INVALID_TOKEN_ERROR',
    });
    expect(await user.isVerified(next.userId)).toBe(false);
  });
});

test('of requests that use one reset link at once, one sets its password', async () => {
  const email = newEmail();
  await authenticate(user.handler, '/auth/signup', email);
  const token = await askForReset(email);
  const answers = await Promise.all(Array.from({ length: 5 }, () => reset(token)));
  expect(answers.filter(({ status }) => status === 'OK')).toHaveLength(1);
});

describe('a sign-in with the old password that is under way while the password is reset', () => {
  let proxy: FaultyProxy;
  let thief: Awaited<ReturnType<typeof start>>;
  beforeAll(async () => {
    proxy = await startFaultyProxy(database.endpoint);
    thief = await start(proxy.endpoint);
  });
  afterAll(() => proxy?.stop());

  /** Holds the write of an item. @returns when it is held, and what lets it go on */
  function holdWrite(prefix: string) {
    const [held, resumed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    proxy.begin(async (exchange) => {
      const { pk } = (exchange.body.Item ?? {}) as { readonly pk?: { readonly S?: string } };
      if (exchange.operation === 'PutItem' && pk?.S?.startsWith(prefix) === true) {
        held.resolve();
        await resumed.promise;
      }
      return pass(exchange);
    });
    return { held: held.promise, resume: resumed.resolve };
  }

  test.each([
    ['before the session is listed', 'user#'],
    ['before the session is stored', 'session#'],
  ])('gets no session: %s', async (_when, prefix) => {
    const email = newEmail();
    const { userId } = await authenticate(user.handler, '/auth/signup', email);
    const token = await askForReset(email);
    const { held, resume } = holdWrite(prefix);
    const signingIn = invoke(thief.handler, 'POST', '/auth/signin', {
      ...{ headers: { 'st-auth-mode': 'header' }, body: credentials(email) },
    });
    await held;
    expect(await reset(token)).toMatchObject({ status: 'OK' });
    resume();
    const answer = await signingIn;
    await proxy.end();
    expect(bodyOf(answer)).toEqual({ status: 'WRONG_CREDENTIALS_ERROR' });
    expect([answer.headers['st-access-token'], answer.headers['st-refresh-token']]).toEqual(['', '']);
    expect(await user.sessionsOf(userId)).toEqual([]);
  });
});

import crypto from 'node:crypto';
import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import { RESET_MAIL_STEP } from '../../lib/http/user-limits.ts';
import { createAttempts } from '../../lib/login/attempts.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { bodyOf, type Call, invoke, startFunction, userEnvironment } from '../fixtures/lambda.ts';
import { authenticate, form } from '../fixtures/log-in.ts';
import { passingOf } from '../fixtures/login-attempts.ts';
import { type RecordingProxy, startRecordingProxy, workOf } from '../fixtures/recording-proxy.ts';
import { stopDate } from '../fixtures/still-date.ts';

const PASSWORD = 'correct horse 1';
let database: TestDatabase;
let proxy: RecordingProxy;
let handler: LambdaHandler;
let argon2: jest.SpyInstance;
let mailbox: string[];
let email: string;
/** Where the requests of a test come from. Its attempts are its own. */
let sourceIp: string;
let run = 0;

/** The function user, with mails that go to `mailbox`. @param apis what an override of EmailPassword's routes sets */
const start = (apis: object = {}): Promise<LambdaHandler> =>
  startFunction(userEnvironment(proxy.endpoint, database.tables), async () => {
    const { userRoutes } = await import('../../lib/http/user-routes.ts');
    const { mailLanguages } = await import('../../lib/app/mails/languages.ts');
    const { default: EmailPassword } = await import('supertokens-node/recipe/emailpassword');
    const { default: EmailVerification } = await import('supertokens-node/recipe/emailverification');
    const { default: Session } = await import('supertokens-node/recipe/session');
    const service = { sendEmail: async ({ user }: { user: { email: string } }) => void mailbox.push(user.email) };
    const override = { apis: <T>(original: T): T => ({ ...original, ...apis }) };
    const recipes = [
      EmailPassword.init({ emailDelivery: { service }, override }),
      EmailVerification.init({ mode: 'OPTIONAL', emailDelivery: { service } }),
      Session.init(),
    ];
    return userRoutes(recipes, mailLanguages);
  });

beforeAll(async () => {
  // The date stands still: the window of attempts must not end in the middle of a test.
  stopDate(Date.UTC(2026, 10, 23, 12));
  database = await startTestDatabase();
  proxy = await startRecordingProxy(database.endpoint);
  argon2 = jest.spyOn(crypto, 'argon2' as never);
  handler = await start();
});
afterAll(async () => {
  jest.useRealTimers();
  await proxy?.stop();
  await database?.stop();
});
beforeEach(() => {
  run++;
  email = `victim${run}@example.com`;
  sourceIp = `203.0.113.${run}`;
  mailbox = [];
});

const post = (path: string, call: Call, to = handler) => invoke(to, 'POST', path, { sourceIp, ...call });
const signIn = (body: Readonly<Record<string, string>>) => post('/auth/signin', { body: form(body) });
const askForReset = (to: string) => post('/auth/user/password/reset/token', { body: form({ email: to }) });

/** Uses up the attempts that a source has in a window. */
async function useUpSource(): Promise<void> {
  const attempts = createAttempts({ db: database.db, table: database.tables.users, clock: Date.now });
  expect(await passingOf(101, () => attempts.countSignUp(sourceIp))).toBe(100);
}

const expectRefused = (answer: Awaited<ReturnType<typeof post>>): void => {
  expect([answer.statusCode, bodyOf(answer).code]).toEqual([429, 'too_many_attempts']);
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
};

/** What an answer says, and all of the work that makes up its time. */
async function observe(body: Readonly<Record<string, string>>) {
  argon2.mockClear();
  proxy.calls.length = 0;
  const { statusCode, body: said } = await signIn(body);
  const hashes = argon2.mock.calls.map(([variant, { message, nonce, secret, ...cost }]) => [variant, cost]);
  return { statusCode, said, hashes, calls: workOf(proxy) };
}

describe('account enumeration', () => {
  test('by sign-in: an unknown e-mail is as much work as a wrong password, and says the same', async () => {
    await authenticate(handler, '/auth/signup', email);
    const known = await observe({ email, password: 'wrong password 1' });
    expect(JSON.parse(known.said ?? '')).toEqual({ status: 'WRONG_CREDENTIALS_ERROR' });
    expect(known.hashes).toHaveLength(1);
    expect(await observe({ email: `no-${email}`, password: 'wrong password 1' })).toEqual(known);
  });

  test('by a request for a reset mail: an unknown e-mail gets the same answers, and no mail', async () => {
    await authenticate(handler, '/auth/signup', email);
    const answersFor = async (to: string) =>
      [await askForReset(to), await askForReset(to)].map(({ statusCode, body }) => [statusCode, body]);
    const known = await answersFor(email);
    expect(known.map(([status]) => status)).toEqual([200, 429]);
    expect(await answersFor(`no-${email}`)).toEqual(known);
    expect(mailbox).toEqual([email]);
  });

  test('by the time of a request for a reset mail: both take the step that a mail takes', async () => {
    await authenticate(handler, '/auth/signup', email);
    for (const to of [email, `no-${email}`]) {
      const start = performance.now();
      expect((await askForReset(to)).statusCode).toBe(200);
      // A timer may end up to a millisecond early.
      expect(performance.now() - start).toBeGreaterThanOrEqual(RESET_MAIL_STEP - 2);
    }
  });

  test('by email/exists is off if you override emailExistsGET with undefined', async () => {
    const silent = await start({ emailExistsGET: undefined });
    await authenticate(handler, '/auth/signup', email);
    for (const path of ['/auth/signup/email/exists', '/auth/emailpassword/email/exists']) {
      const ask = (to: LambdaHandler) => invoke(to, 'GET', path, { sourceIp, query: { email } });
      expect(bodyOf(await ask(handler))).toEqual({ status: 'OK', exists: true });
      expect((await ask(silent)).statusCode).toBe(404);
    }
  });
});

test('a route that your override turns off stays off, although the service overrides the route too', async () => {
  const routes = {
    signUpPOST: '/auth/signup',
    signInPOST: '/auth/signin',
    generatePasswordResetTokenPOST: '/auth/user/password/reset/token',
    passwordResetPOST: '/auth/user/password/reset',
  };
  const off = await start(Object.fromEntries(Object.keys(routes).map((api) => [api, undefined])));
  for (const path of Object.values(routes)) {
    const { statusCode } = await post(path, { body: form({ email, password: PASSWORD }) }, off);
    expect([path, statusCode]).toEqual([path, 404]);
  }
});

describe('beyond its limit, before a password is hashed', () => {
  beforeEach(() => {
    argon2.mockClear();
  });

  test('a guess at one e-mail is rejected', async () => {
    for (let guess = 0; guess < 10; guess++) {
      expect(bodyOf(await signIn({ email, password: 'wrong password 1' })).status).toBe('WRONG_CREDENTIALS_ERROR');
    }
    expect(argon2).toHaveBeenCalledTimes(10);
    expectRefused(await signIn({ email, password: PASSWORD }));
    expect(argon2).toHaveBeenCalledTimes(10);
  });

  test('a source is rejected at sign-in and sign-up', async () => {
    await useUpSource();
    expectRefused(await signIn({ email, password: PASSWORD }));
    expectRefused(await post('/auth/signup', { body: form({ email, password: PASSWORD }) }));
    expect(argon2).not.toHaveBeenCalled();
  });
});

describe('beyond its limit', () => {
  test('a source gets no more reset mails, whatever the address', async () => {
    await authenticate(handler, '/auth/signup', email);
    await useUpSource();
    expectRefused(await askForReset(email));
    expect(mailbox).toEqual([]);
  });

  test('a source gets no more verification mails, whatever the address', async () => {
    const { headers } = await authenticate(handler, '/auth/signup', email);
    await useUpSource();
    expectRefused(await post('/auth/user/email/verify/token', { headers, body: {} }));
    expect(mailbox).toEqual([]);
  });

  test('a source gets no more answers whether e-mails are taken', async () => {
    await useUpSource();
    for (const path of ['/auth/signup/email/exists', '/auth/emailpassword/email/exists']) {
      expectRefused(await invoke(handler, 'GET', path, { sourceIp, query: { email } }));
    }
  });

  test('an address gets no second verification mail in a minute', async () => {
    const { headers } = await authenticate(handler, '/auth/signup', email);
    const ask = () => post('/auth/user/email/verify/token', { headers, body: {} });
    expect(bodyOf(await ask())).toEqual({ status: 'OK' });
    expectRefused(await ask());
    expect(mailbox).toEqual([email]);
  });
});

import { randomUUID } from 'node:crypto';
import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { before, startFaultyProxy } from '../fixtures/faulty-proxy.ts';
import { bodyOf, type Call, invoke, logged, startFunction, userEnvironment } from '../fixtures/lambda.ts';
import { form } from '../fixtures/log-in.ts';
import { fault } from '../fixtures/stub-dynamodb.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database?.stop());
beforeEach(() => {
  logged.length = 0;
});

const start = <T>(load: () => Promise<T>, environment: Readonly<Record<string, string>> = {}) =>
  startFunction({ ...userEnvironment(database.endpoint, database.tables), ...environment }, load);
const startUser = async (environment?: Readonly<Record<string, string>>) =>
  (await start(() => import('../../handlers/user.ts'), environment)).handler;

async function signUp(handler: LambdaHandler) {
  const email = `${randomUUID()}@example.com`;
  const body = form({ email, password: 'correct horse 1' });
  const answer = await invoke(handler, 'POST', '/auth/signup', { headers: { 'st-auth-mode': 'header' }, body });
  expect(bodyOf(answer)).toMatchObject({ status: 'OK' });
  return { email, authorization: `Bearer ${answer.headers['st-access-token']}` };
}

describe('a mail that cannot be sent', () => {
  test.each([
    ['because mail is not configured', {}, 'mail_not_configured'],
    // Without credentials, no request leaves this machine.
    [
      'because SES does not take it',
      { MAIL_FROM: 'app@example.com', AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
      'mail_not_sent',
    ],
  ])('%s is answered with 503, and may be asked for again at once', async (_why, environment, code) => {
    const handler = await startUser(environment);
    const { email, authorization } = await signUp(handler);
    for (const _attempt of [1, 2]) {
      const reset = await invoke(handler, 'POST', '/auth/user/password/reset/token', { body: form({ email }) });
      expect([reset.statusCode, bodyOf(reset)]).toEqual([503, { code, message: expect.any(String) }]);
      const headers = { authorization };
      const verify = await invoke(handler, 'POST', '/auth/user/email/verify/token', { headers, body: {} });
      expect([verify.statusCode, bodyOf(verify)]).toEqual([503, { code, message: expect.any(String) }]);
    }
    const signIn = await invoke(handler, 'POST', '/auth/signin', {
      body: form({ email, password: 'correct horse 1' }),
    });
    expect(bodyOf(signIn)).toMatchObject({ status: 'OK' });
  });
});

test('without a configured mail, a reset of an e-mail without an account gets the same 503', async () => {
  const handler = await startUser();
  const body = form({ email: `${randomUUID()}@example.com` });
  const reset = await invoke(handler, 'POST', '/auth/user/password/reset/token', { body });
  expect([reset.statusCode, bodyOf(reset).code]).toEqual([503, 'mail_not_configured']);
});

describe('while the store', () => {
  /** Every route of the user function, with a good request. */
  const routes = (authorization: string): [string, string, Call][] => {
    const credentials = form({ email: 'me@example.com', password: 'correct horse 1' });
    const headers = { authorization };
    return [
      ['POST', '/auth/signup', { body: credentials }],
      ['POST', '/auth/signin', { body: credentials }],
      ['GET', '/auth/signup/email/exists', { query: { email: 'me@example.com' } }],
      ['GET', '/auth/emailpassword/email/exists', { query: { email: 'me@example.com' } }],
      ['POST', '/auth/user/password/reset/token', { body: form({ email: 'me@example.com' }) }],
      [
        'POST',
        '/auth/user/password/reset',
        { body: { method: 'token', token: 'x', ...form({ password: 'other 12' }) } },
      ],
      ['POST', '/auth/user/email/verify/token', { headers, body: {} }],
      ['POST', '/auth/user/email/verify', { body: { method: 'token', token: 'x' } }],
      ['GET', '/auth/user/email/verify', { headers }],
    ];
  };

  test.each([
    ['does not answer', fault(500, 'InternalServerError'), 503],
    ['refuses', fault(400, 'AccessDeniedException'), 500],
  ])('%s, every route answers with %s', async (_what, storeFault, status) => {
    const proxy = await startFaultyProxy(database.endpoint);
    try {
      const handler = await startUser({ DYNAMODB_ENDPOINT: proxy.endpoint });
      const { authorization } = await signUp(handler);
      proxy.begin(before(storeFault));
      const asked = routes(authorization);
      const answers = await Promise.all(asked.map(([method, path, call]) => invoke(handler, method, path, call)));
      await proxy.end();
      const seen = answers.map(({ statusCode }, index) => [asked[index]?.[1], statusCode]);
      expect(seen).toEqual(asked.map(([, path]) => [path, status]));
    } finally {
      await proxy.stop();
    }
  });
});

describe('the list of recipes', () => {
  test('decides which routes there are', async () => {
    const handler = await start(async () => {
      const { userRoutes } = await import('../../lib/http/user-routes.ts');
      const { mailLanguages } = await import('../../lib/app/mails/languages.ts');
      const { default: Session } = await import('supertokens-node/recipe/session');
      return userRoutes([Session.init()], mailLanguages);
    });
    const body = form({ email: 'me@example.com', password: 'correct horse 1' });
    const answer = await invoke(handler, 'POST', '/auth/signup', { body });
    expect([answer.statusCode, bodyOf(answer)]).toEqual([404, { code: 'not_found', message: 'Not Found' }]);
  });

  test('may send mails by itself', async () => {
    const sent: string[] = [];
    const handler = await start(async () => {
      const { userRoutes } = await import('../../lib/http/user-routes.ts');
      const { mailLanguages } = await import('../../lib/app/mails/languages.ts');
      const { default: EmailPassword } = await import('supertokens-node/recipe/emailpassword');
      const { default: Session } = await import('supertokens-node/recipe/session');
      const service = { sendEmail: async ({ user }: { user: { email: string } }) => void sent.push(user.email) };
      return userRoutes([EmailPassword.init({ emailDelivery: { service } }), Session.init()], mailLanguages);
    });
    const { email } = await signUp(handler);
    await invoke(handler, 'POST', '/auth/user/password/reset/token', { body: form({ email }) });
    expect(sent).toEqual([email]);
  });
});

test.each([
  ['no form', {}],
  ['a form that is no list', { formFields: 'email' }],
  ['an e-mail that is no text', { formFields: [{ id: 'email', value: 1 }, null] }],
])('%s is refused by sign-in without an error of the service', async (_what, body) => {
  const handler = await startUser();
  const answer = await invoke(handler, 'POST', '/auth/signin', { body });
  expect([200, 400]).toContain(answer.statusCode);
  expect(bodyOf(answer).status).not.toBe('OK');
});

test('a function that has started without users cannot serve them, and says so', async () => {
  const starting = start(async () => {
    const { service } = await import('../../lib/supertokens/service.ts');
    service();
    return import('../../handlers/user.ts');
  });
  await expect(starting).rejects.toThrow('The service has started without users');
});

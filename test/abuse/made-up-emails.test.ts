import { randomUUID } from 'node:crypto';
import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { type Answer, bodyOf, invoke, startFunction, userEnvironment } from '../fixtures/lambda.ts';
import { bearer, credentials, userIdIn } from '../fixtures/log-in.ts';
import { newestTo, useMailbox } from '../fixtures/mailbox.ts';

// Twitter tells no e-mail, so the SDK makes one up from the user's public id. The core takes such an e-mail for verified.

let twitterId = 12345;
/** Instead of that number. */
let userIdAtProvider: string | undefined;
const HEADERS = { 'st-auth-mode': 'header' };

let database: TestDatabase;
const mailbox = useMailbox();
let user: LambdaHandler;
beforeAll(async () => {
  database = await startTestDatabase();
  const environment = {
    ...userEnvironment(database.endpoint, database.tables),
    THIRD_PARTY_CLIENTS: 'twitter=client',
    THIRD_PARTY_SECRETS: JSON.stringify({ twitter: 'secret' }),
    DEV_MAILBOX_FOLDER: mailbox,
  };
  user = (
    await startFunction(environment, () => {
      jest.doMock('../../lib/app/account-linking.ts', () => ({ linksAccounts: () => true }));
      return import('../../handlers/user.ts');
    })
  ).handler;
});
afterAll(() => database?.stop());
beforeEach(() => {
  jest.spyOn(globalThis, 'fetch').mockImplementation(async (input) => {
    const isUser = new URL(String(input)).pathname === '/2/users/me';
    return Response.json(isUser ? { data: { id: userIdAtProvider ?? String(twitterId) } } : { access_token: 'access' });
  });
});
afterEach(() => void jest.restoreAllMocks());

const post = (path: string, body: object, headers = {}): Promise<Answer> =>
  invoke(user, 'POST', `/auth/${path}`, { headers: { ...HEADERS, ...headers }, body });

const signInByTwitter = () =>
  post('signinup', {
    thirdPartyId: 'twitter',
    redirectURIInfo: {
      redirectURIOnProviderDashboard: 'http://localhost:3000/auth/callback/twitter',
      redirectURIQueryParams: { code: 'code' },
      pkceCodeVerifier: 'verifier',
    },
  });

test.each([
  ['as the SDK writes it', (email: string) => email],
  ['in capitals', (email: string) => email.toUpperCase()],
  ['with a capital', (email: string) => email.replace('.com', '.Com')],
])("an attacker cannot take a user's e-mail that is made up, %s, before the user comes", async (_how, written) => {
  twitterId += 1;
  const email = `${twitterId}.twitter@stfakeemail.supertokens.com`;
  const attacker = await post('signup', credentials(written(email)));
  expect(bodyOf(attacker)).toEqual({
    status: 'FIELD_ERROR',
    formFields: [{ id: 'email', error: expect.any(String) }],
  });
  expect(attacker.headers['st-access-token']).toBeUndefined();
  const victim = bodyOf(await signInByTwitter());
  expect(victim).toMatchObject({
    status: 'OK',
    user: { emails: [email], loginMethods: [{ recipeId: 'thirdparty' }] },
  });
});

/** A user with a verified e-mail, who is logged in. */
async function logInVerified(): Promise<Readonly<Record<string, string>>> {
  const email = `${randomUUID()}@example.com`;
  const { deviceId, preAuthSessionId } = bodyOf(await post('signinup/code', { email }));
  const { code } = await newestTo(mailbox, email);
  return bearer(await post('signinup/code/consume', { deviceId, preAuthSessionId, userInputCode: code }));
}

test('an attacker who is logged in cannot do so either, by linking the e-mail to the session', async () => {
  twitterId += 1;
  const email = `${twitterId}.twitter@stfakeemail.supertokens.com`;
  const session = await logInVerified();
  const body = { ...credentials(email), shouldTryLinkingWithSessionUser: true };
  const attacker = await post('signup', body, { ...session, 'fdi-version': '3.1' });
  expect(bodyOf(attacker).status).not.toBe('OK');
  for (const typed of [email, email.toUpperCase()]) {
    const signedIn = await post('signin', credentials(typed));
    expect(bodyOf(signedIn)).toEqual({ status: 'WRONG_CREDENTIALS_ERROR' });
    expect(signedIn.headers['st-access-token']).toBeUndefined();
  }
  expect(bodyOf(await signInByTwitter())).toMatchObject({
    status: 'OK',
    user: { emails: [email], loginMethods: [{ recipeId: 'thirdparty' }] },
  });
});

test.each([
  ['capitals', 'Ann', 'ann'],
  ['blanks around it', ' ben', 'ben'],
])('two users of a provider whose ids differ in %s are two users', async (_what, one, other) => {
  const users: string[] = [];
  for (const id of [one, other, one]) {
    userIdAtProvider = id;
    users.push(userIdIn(bodyOf(await signInByTwitter())));
  }
  userIdAtProvider = undefined;
  expect(users[1]).not.toBe(users[0]);
  expect(users[2]).toBe(users[0]);
});

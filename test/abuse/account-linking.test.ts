import { type SignInProvider, startSignInProvider } from '../../lib/dev/sign-in-provider/sign-in-provider.ts';
import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { freePort } from '../fixtures/free-port.ts';
import { type Answer, bodyOf, invoke, startFunction, userEnvironment } from '../fixtures/lambda.ts';
import { bearer, form } from '../fixtures/log-in.ts';
import { newestTo, useMailbox } from '../fixtures/mailbox.ts';
import { finish, REDIRECT, visit } from '../fixtures/provider-sign-in.ts';

let provider: SignInProvider;
const mailbox = useMailbox();
let database: TestDatabase;
let user: LambdaHandler;
let auth: LambdaHandler;
beforeAll(async () => {
  provider = await startSignInProvider(await freePort());
});
afterAll(() => provider?.stop());
// The provider's users have the same e-mails in each test, so each test has tables of its own.
beforeEach(async () => {
  database = await startTestDatabase();
});
afterEach(() => database.stop());

const start = async (isOn: boolean): Promise<void> => {
  const tables = userEnvironment(database.endpoint, database.tables);
  const environment = { ...tables, ...provider.environment, DEV_MAILBOX_FOLDER: mailbox };
  const started = await startFunction(environment, () => {
    jest.doMock('../../lib/app/account-linking.ts', () => ({ linksAccounts: () => isOn }));
    return import('../../handlers/user.ts');
  });
  user = started.handler;
  auth = (await startFunction(tables, () => import('../../handlers/auth.ts'))).handler;
};

const HEADERS = { 'st-auth-mode': 'header' };

const refresh = ({ headers }: Answer) =>
  invoke(auth, 'POST', '/auth/session/refresh', {
    headers: { ...HEADERS, authorization: `Bearer ${headers['st-refresh-token']}` },
  });

const byPassword = (path: 'signup' | 'signin', email: string, password: string) =>
  invoke(user, 'POST', `/auth/${path}`, { headers: HEADERS, body: form({ email, password }) });

const byProvider = async (choice: string) => finish(user, await visit(user, choice));

/** Signs in with the code in a mail, which only the owner of the address reads. */
async function byCode(email: string): Promise<Answer> {
  const { deviceId, preAuthSessionId } = bodyOf(await invoke(user, 'POST', '/auth/signinup/code', { body: { email } }));
  const { code } = await newestTo(mailbox, email);
  const body = { deviceId, preAuthSessionId, userInputCode: code };
  return invoke(user, 'POST', '/auth/signinup/code/consume', { headers: HEADERS, body });
}

/** Follows the link in a verification mail, as the owner of the address does. */
async function verify(email: string, session: Answer): Promise<void> {
  const mail = await invoke(user, 'POST', '/auth/user/email/verify/token', { headers: bearer(session), body: {} });
  expect(bodyOf(mail)).toEqual({ status: 'OK' });
  const token = (await newestTo(mailbox, email)).link.searchParams.get('token');
  const verified = await invoke(user, 'POST', '/auth/user/email/verify', { body: { method: 'token', token } });
  expect(bodyOf(verified)).toMatchObject({ status: 'OK' });
}

interface User {
  readonly id: string;
  readonly loginMethods: readonly { readonly recipeId: string; readonly verified: boolean }[];
}

function userIn(answer: Answer): User {
  expect(bodyOf(answer)).toMatchObject({ status: 'OK' });
  return bodyOf(answer).user as User;
}

const recipesOf = (answer: Answer) => userIn(answer).loginMethods.map(({ recipeId }) => recipeId);

const ANN = 'ann@example.com';
const EVE = 'eve@example.com';

function expectRefused(answer: Answer, status = 'SIGN_IN_UP_NOT_ALLOWED'): void {
  expect(bodyOf(answer)).toMatchObject({ status, reason: expect.any(String) });
  expect(answer.headers['st-access-token']).toBeUndefined();
}

/** Replaces the password with the link in a mail, as the owner of the address does. */
async function resetPassword(email: string, password: string): Promise<void> {
  const asked = await invoke(user, 'POST', '/auth/user/password/reset/token', { body: form({ email }) });
  expect(bodyOf(asked)).toEqual({ status: 'OK' });
  const token = (await newestTo(mailbox, email)).link.searchParams.get('token');
  const body = { method: 'token', token, ...form({ password }) };
  expect(bodyOf(await invoke(user, 'POST', '/auth/user/password/reset', { body }))).toMatchObject({ status: 'OK' });
}

describe('an account that an attacker has made before its owner came', () => {
  const signUpAsAttacker = () => byPassword('signup', ANN, "attacker's password 1");

  test("does not get the owner's sign-in by a provider", async () => {
    await start(true);
    await signUpAsAttacker();
    expectRefused(await byProvider('ann'));
  });

  test("does not get the owner's sign-in by a code", async () => {
    await start(true);
    await signUpAsAttacker();
    expectRefused(await invoke(user, 'POST', '/auth/signinup/code', { body: { email: ANN } }));
  });

  test('by an e-mail that a provider has not verified does not get the owner either', async () => {
    await start(true);
    userIn(await byProvider('eve'));
    expectRefused(await invoke(user, 'POST', '/auth/signinup/code', { body: { email: EVE } }));
  });

  test("becomes the owner's by a password reset, which shuts the attacker out", async () => {
    await start(true);
    const attacker = await signUpAsAttacker();
    await resetPassword(ANN, "owner's password 1");
    const owner = await byProvider('ann');
    expect(recipesOf(owner).toSorted()).toEqual(['emailpassword', 'thirdparty']);
    expect(bodyOf(await byPassword('signin', ANN, "attacker's password 1"))).toMatchObject({
      status: 'WRONG_CREDENTIALS_ERROR',
    });
    const refreshed = await refresh(attacker);
    expect(refreshed.statusCode).toBe(401);
  });
});

describe("an owner's account", () => {
  test('is not entered by an e-mail that a provider has not verified', async () => {
    await start(true);
    const owner = await byPassword('signup', EVE, "owner's password 1");
    await verify(EVE, owner);
    expectRefused(await byProvider('eve'));
    expect(recipesOf(await byPassword('signin', EVE, "owner's password 1"))).toEqual(['emailpassword']);
  });

  test.each([
    ['a client of today asks to link them', '4.1', true],
    ['a client before FDI 3.1 only signs in', '3.0', undefined],
  ])('does not get the login method of a thief who has its access token: %s', async (_how, version, asks) => {
    await start(true);
    const owner = await byPassword('signup', ANN, "owner's password 1");
    await verify(ANN, owner);
    const { callback, pkceCodeVerifier } = await visit(user, 'ben');
    const stolen = bearer(await byPassword('signin', ANN, "owner's password 1"));
    const thief = await invoke(user, 'POST', '/auth/signinup', {
      headers: { ...HEADERS, ...stolen, 'fdi-version': version },
      body: {
        thirdPartyId: 'local',
        redirectURIInfo: {
          redirectURIOnProviderDashboard: REDIRECT,
          redirectURIQueryParams: Object.fromEntries(callback.searchParams),
          pkceCodeVerifier,
        },
        shouldTryLinkingWithSessionUser: asks,
      },
    });
    expect([200, 400]).toContain(thief.statusCode);
    expect(recipesOf(await byPassword('signin', ANN, "owner's password 1"))).toEqual(['emailpassword']);
    expect(userIn(await byProvider('ben')).id).not.toBe(userIn(owner).id);
  });

  test('is not entered by a sign-up with its e-mail and another password', async () => {
    await start(true);
    await byProvider('ann');
    const attacker = await byPassword('signup', ANN, "attacker's password 1");
    expect(bodyOf(attacker).status).not.toBe('OK');
    expect(attacker.headers['st-access-token']).toBeUndefined();
  });
});

describe('an owner who uses several methods', () => {
  test('is one user, if every e-mail is verified', async () => {
    await start(true);
    const first = await byPassword('signup', ANN, "owner's password 1");
    await verify(ANN, first);
    const second = await byProvider('ann');
    const third = await byCode(ANN);
    expect([userIn(second).id, userIn(third).id]).toEqual([userIn(first).id, userIn(first).id]);
    expect(recipesOf(third).toSorted()).toEqual(['emailpassword', 'passwordless', 'thirdparty']);
  });

  test('is several users while linking is off, which is the default', async () => {
    await start(
      (jest.requireActual('../../lib/app/account-linking.ts') as { linksAccounts(): boolean }).linksAccounts(),
    );
    const first = await byPassword('signup', ANN, "owner's password 1");
    await verify(ANN, first);
    const others = [await byProvider('ann'), await byCode(ANN)];
    expect(new Set([first, ...others].map((answer) => userIn(answer).id)).size).toBe(3);
  });
});

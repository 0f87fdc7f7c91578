import SuperTokens, { RecipeUserId } from 'supertokens-node';
import EmailPassword from 'supertokens-node/recipe/emailpassword';
import EmailVerification from 'supertokens-node/recipe/emailverification';
import Passwordless from 'supertokens-node/recipe/passwordless';
import Session from 'supertokens-node/recipe/session';
import ThirdParty from 'supertokens-node/recipe/thirdparty';
import UserMetadata from 'supertokens-node/recipe/usermetadata';
import UserRoles from 'supertokens-node/recipe/userroles';
import { SEED } from '../../../fixtures/official-users.ts';
import type { SeededInstallation } from './seeded-installation.ts';

const TENANT = 'public';
const NEW_PASSWORD = 'battery staple 2A';

/** Defines what holds for users whose core has taken them over from an official one. The tests run in this order. */
export function checkUsers(installation: () => SeededInstallation): void {
  checkPasswords(installation);
  checkLinksInMails(installation);
  checkSessions(installation);
  checkOtherRecipes(installation);
  checkLists(installation);
}

const signIn = (email: string, password: string) => EmailPassword.signIn(TENANT, email, password);

function checkPasswords(installation: () => SeededInstallation): void {
  const cases: readonly [what: string, email: string, password: string, id: () => string][] = [
    ['bcrypt', 'bcrypt@example.com', SEED.bcryptPassword, () => installation().users.bcryptUser],
    ["bcrypt with PHP's prefix", 'php@example.com', SEED.bcryptPassword, () => installation().phpUser],
    ['Argon2id', 'argon2@example.com', SEED.argon2Password, () => installation().users.argon2User],
    ["Firebase's scrypt", 'firebase@example.com', SEED.firebasePassword, () => installation().users.firebaseUser],
  ];
  test.each(cases)('the old password signs in: %s', async (_what, email, password, id) => {
    expect(await signIn(email, password)).toMatchObject({ status: 'OK', user: { id: id() } });
    expect(await signIn(email, `${password}!`)).toEqual({ status: 'WRONG_CREDENTIALS_ERROR' });
  });

  test('no other user can sign up with such an email', async () => {
    expect((await EmailPassword.signUp(TENANT, 'bcrypt@example.com', NEW_PASSWORD)).status).toBe(
      'EMAIL_ALREADY_EXISTS_ERROR',
    );
  });
}

function checkLinksInMails(installation: () => SeededInstallation): void {
  test('a link to reset the password that was mailed before works once', async () => {
    const reset = () => EmailPassword.resetPasswordUsingToken(TENANT, SEED.resetToken, NEW_PASSWORD);
    expect((await reset()).status).toBe('OK');
    expect((await reset()).status).toBe('RESET_PASSWORD_INVALID_TOKEN_ERROR');
    const { bcryptUser } = installation().users;
    expect(await signIn('bcrypt@example.com', NEW_PASSWORD)).toMatchObject({ status: 'OK', user: { id: bcryptUser } });
    expect((await signIn('bcrypt@example.com', SEED.bcryptPassword)).status).toBe('WRONG_CREDENTIALS_ERROR');
  });

  test('a link to verify the email that was mailed before works once', async () => {
    const { argon2User } = installation().users;
    const isVerified = () => EmailVerification.isEmailVerified(new RecipeUserId(argon2User), 'argon2@example.com');
    const verify = () => EmailVerification.verifyEmailUsingToken(TENANT, SEED.verificationToken);
    expect(await isVerified()).toBe(false);
    expect(await verify()).toMatchObject({ status: 'OK', user: { email: 'argon2@example.com' } });
    expect((await verify()).status).toBe('EMAIL_VERIFICATION_INVALID_TOKEN_ERROR');
    expect(await isVerified()).toBe(true);
  });

  test('an email that was verified is verified, also one that the user had earlier', async () => {
    const { bcryptUser } = installation().users;
    for (const email of ['bcrypt@example.com', 'earlier@example.com'])
      expect(await EmailVerification.isEmailVerified(new RecipeUserId(bcryptUser), email)).toBe(true);
  });
}

function checkSessions(installation: () => SeededInstallation): void {
  const newSession = (id: string) => Session.createNewSessionWithoutRequestResponse(TENANT, new RecipeUserId(id));
  const refreshed = async (token: string) =>
    (await Session.refreshSessionWithoutRequestResponse(token, true)).getAccessTokenPayload() as Record<
      string,
      unknown
    >;

  test('roles and permissions are in the next token', async () => {
    const payload = (await newSession(installation().users.bcryptUser)).getAccessTokenPayload();
    expect([...payload['st-role'].v].toSorted()).toEqual(['admin', 'guest']);
    expect([...payload['st-perm'].v].toSorted()).toEqual(['read', 'write']);
  });

  test('a session of a mapped user names the external id', async () => {
    const { externalId, mapped } = installation().users;
    for (const id of [externalId, mapped]) {
      const user = await SuperTokens.getUser(id);
      expect(user?.loginMethods.map(({ recipeUserId }) => recipeUserId.getAsString())).toEqual([externalId]);
    }
    const session = await newSession(externalId);
    expect(session.getUserId()).toBe(externalId);
    expect(session.getAccessTokenPayload()['st-role'].v).toEqual(['guest']);
  });

  test("a linked user's session from before names the user and the login method", async () => {
    const { primary, linkedGoogle } = installation().users;
    const payload = await refreshed(installation().refreshTokens.ofLinked);
    expect(payload).toMatchObject({ sub: primary, rsub: linkedGoogle });
  });

  test("a mapped user's session from before the mapping names the external id", async () => {
    const { externalId } = installation().users;
    const payload = await refreshed(installation().refreshTokens.ofMapped);
    expect(payload).toMatchObject({ sub: externalId, rsub: externalId });
  });
}

function checkOtherRecipes(installation: () => SeededInstallation): void {
  const byProvider = (id: string, userId: string, email: string) =>
    ThirdParty.manuallyCreateOrUpdateUser(TENANT, id, userId, email, true);
  const old = { status: 'OK', createdNewRecipeUser: false };

  test('a linked account signs in by either method, and is the one user', async () => {
    const { primary, linkedGoogle } = installation().users;
    const byPassword = await signIn('linked@example.com', SEED.bcryptPassword);
    expect(byPassword).toMatchObject({ status: 'OK', user: { id: primary, isPrimaryUser: true } });
    expect(await byProvider('google', 'google-1', 'linked@example.com')).toMatchObject({
      ...old,
      user: { id: primary },
    });
    expect((await SuperTokens.getUser(linkedGoogle))?.id).toBe(primary);
  });

  test('a user of a provider signs in again as the same user', async () => {
    const { externalId } = installation().users;
    expect(await byProvider('github', '42', 'mapped@example.com')).toMatchObject({ ...old, user: { id: externalId } });
  });

  const contacts = [
    ['an email', { email: 'passwordless@example.com' }, () => installation().users.passwordless],
    ['a phone number', { phoneNumber: '+16505550101' }, () => installation().users.passwordless],
    [
      'a phone number, linked to an id without a login method',
      { phoneNumber: '+16505550100' },
      () => installation().users.retiredPrimary,
    ],
  ] as const;
  test.each(contacts)('a user signs in by a code: %s', async (_what, contact, id) => {
    const { preAuthSessionId, linkCode } = await Passwordless.createCode({ ...contact, tenantId: TENANT });
    const signedIn = await Passwordless.consumeCode({ preAuthSessionId, linkCode, tenantId: TENANT });
    expect(signedIn).toMatchObject({ ...old, user: { id: id() } });
  });
}

function checkLists(installation: () => SeededInstallation): void {
  test('metadata is there, by each id under which it was kept', async () => {
    const { bcryptUser, retiredPrimary, externalId, foreignId } = installation().users;
    const metadataOf = async (id: string) => (await UserMetadata.getUserMetadata(id)).metadata;
    expect(await metadataOf(bcryptUser)).toEqual({ name: 'Grüße 🎉', plan: { seats: 1, nil: null } });
    expect(await metadataOf(retiredPrimary)).toEqual({ kept: true });
    expect(await metadataOf(externalId)).toEqual({ shop: 'old' });
    expect(await metadataOf(foreignId)).toEqual({ foreign: true });
  });

  test('an id of another log-in keeps its roles and verified emails', async () => {
    const { foreignId } = installation().users;
    expect((await UserRoles.getRolesForUser(TENANT, foreignId)).roles).toEqual(['admin']);
    const isVerified = await EmailVerification.isEmailVerified(new RecipeUserId(foreignId), 'foreign@example.com');
    expect(isVerified).toBe(true);
  });

  test('all users are listed with the time at which they joined, counted, and found by a search', async () => {
    const { users, phpUser } = installation();
    const { users: listed } = await SuperTokens.getUsersOldestFirst({ tenantId: TENANT });
    const times = Object.fromEntries(listed.map(({ id, timeJoined }) => [id, (timeJoined - SEED.joined) / 60_000]));
    expect(times).toEqual({
      [users.withTotp]: 0,
      [users.bcryptUser]: 1,
      [users.argon2User]: 2,
      [users.firebaseUser]: 3,
      [users.primary]: 5,
      [users.retiredPrimary]: 12,
      [users.passwordless]: 20,
      [users.externalId]: 21,
      [phpUser]: 30,
    });
    expect(await SuperTokens.getUserCount()).toBe(listed.length);
    const query = { email: 'linked@' };
    const found = await SuperTokens.getUsersNewestFirst({ tenantId: TENANT, query });
    expect(found.users.map(({ id }) => id)).toEqual([users.primary]);
    const accountInfo = { phoneNumber: '+16505550101' };
    expect(await SuperTokens.listUsersByAccountInfo(TENANT, accountInfo)).toMatchObject([{ id: users.passwordless }]);
  });
}

import { randomUUID } from 'node:crypto';
import SuperTokens, { RecipeUserId } from 'supertokens-node';
import EmailPassword from 'supertokens-node/recipe/emailpassword';
import EmailVerification from 'supertokens-node/recipe/emailverification';
import Multitenancy from 'supertokens-node/recipe/multitenancy';
import Passwordless from 'supertokens-node/recipe/passwordless';
import Session from 'supertokens-node/recipe/session';
import ThirdParty from 'supertokens-node/recipe/thirdparty';
import UserMetadata from 'supertokens-node/recipe/usermetadata';
import UserRoles from 'supertokens-node/recipe/userroles';
import WebAuthn from 'supertokens-node/recipe/webauthn';
import { type CoreProcess, startCore } from '../fixtures/core-process.ts';
import { phoneNumbers } from '../fixtures/phone-numbers.ts';
import { initSdkWithUsers } from '../fixtures/sdk-with-users.ts';

// SuperTokens' own SDK, unchanged, as a backend would use it with `npm run core`.

const TENANT = 'public';
const PASSWORD = 'correct horse 1';
const OTHER_PASSWORD = 'battery staple 2';

let core: CoreProcess;

beforeAll(async () => {
  core = await startCore({ ARGON2_MEMORY_KB: '64', ARGON2_PARALLELISM: '1' });
  initSdkWithUsers(core.url, [WebAuthn.init()]);
});
afterAll(() => core?.stop());

const someEmail = () => `${randomUUID()}@example.com`;
const somePhoneNumber = phoneNumbers();

async function signUp(email = someEmail()) {
  const signedUp = await EmailPassword.signUp(TENANT, email, PASSWORD);
  if (signedUp.status !== 'OK') throw new Error(signedUp.status);
  return { email, user: signedUp.user, recipeUserId: signedUp.recipeUserId };
}

test('a user signs up once, and signs in with the password', async () => {
  const { email, user } = await signUp();
  expect(user.emails).toEqual([email]);
  expect((await EmailPassword.signUp(TENANT, email, PASSWORD)).status).toBe('EMAIL_ALREADY_EXISTS_ERROR');
  const signedIn = await EmailPassword.signIn(TENANT, email.toUpperCase(), PASSWORD);
  expect(signedIn).toMatchObject({ status: 'OK', user: { id: user.id } });
  expect((await EmailPassword.signIn(TENANT, email, OTHER_PASSWORD)).status).toBe('WRONG_CREDENTIALS_ERROR');
});

test('a recipe that the core lacks, and a change of its tenant, fail with an error that says so', async () => {
  await expect(WebAuthn.listCredentials({ recipeUserId: 'u' })).rejects.toThrow(
    "404 and message: This core does not have SuperTokens' recipe WebAuthn",
  );
  await expect(Multitenancy.createOrUpdateTenant('other')).rejects.toThrow(
    '405 and message: This core has one app and one tenant, and cannot change them',
  );
});

test('a password is reset by a token, once', async () => {
  const { email, user } = await signUp();
  const made = await EmailPassword.createResetPasswordToken(TENANT, user.id, email);
  if (made.status !== 'OK') throw new Error(made.status);
  const reset = () => EmailPassword.resetPasswordUsingToken(TENANT, made.token, `${OTHER_PASSWORD}A`);
  expect((await reset()).status).toBe('OK');
  expect((await reset()).status).toBe('RESET_PASSWORD_INVALID_TOKEN_ERROR');
  expect((await EmailPassword.signIn(TENANT, email, `${OTHER_PASSWORD}A`)).status).toBe('OK');
});

test('email and password change', async () => {
  const { recipeUserId } = await signUp();
  const [email, { email: taken }] = [someEmail(), await signUp()];
  const change = (to: string) =>
    EmailPassword.updateEmailOrPassword({ recipeUserId, email: to, password: `${OTHER_PASSWORD}A` });
  expect((await change(taken)).status).toBe('EMAIL_ALREADY_EXISTS_ERROR');
  expect((await change(email)).status).toBe('OK');
  expect((await EmailPassword.signIn(TENANT, email, `${OTHER_PASSWORD}A`)).status).toBe('OK');
});

test('an email is verified, and a session says so', async () => {
  const { email, recipeUserId } = await signUp();
  const made = await EmailVerification.createEmailVerificationToken(TENANT, recipeUserId, email);
  if (made.status !== 'OK') throw new Error(made.status);
  expect(await EmailVerification.isEmailVerified(recipeUserId, email)).toBe(false);
  expect((await EmailVerification.verifyEmailUsingToken(TENANT, made.token)).status).toBe('OK');
  expect(await EmailVerification.isEmailVerified(recipeUserId, email)).toBe(true);
  const session = await Session.createNewSessionWithoutRequestResponse(TENANT, recipeUserId);
  expect(session.getAccessTokenPayload()).toMatchObject({ 'st-ev': { v: true } });
});

test('roles and permissions get into the session', async () => {
  const [role, { user, recipeUserId }] = [`role-${randomUUID()}`, await signUp()];
  await UserRoles.createNewRoleOrAddPermissions(role, ['read', 'write']);
  expect(await UserRoles.addRoleToUser(TENANT, user.id, role)).toMatchObject({
    status: 'OK',
    didUserAlreadyHaveRole: false,
  });
  const session = await Session.createNewSessionWithoutRequestResponse(TENANT, recipeUserId);
  expect(session.getAccessTokenPayload()).toMatchObject({
    'st-role': { v: [role] },
    'st-perm': { v: ['read', 'write'] },
  });
  await UserRoles.deleteRole(role);
  expect((await UserRoles.getRolesForUser(TENANT, user.id)).roles).toEqual([]);
});

test('metadata is merged', async () => {
  const { user } = await signUp();
  await UserMetadata.updateUserMetadata(user.id, { theme: 'dark', level: 1 });
  await UserMetadata.updateUserMetadata(user.id, { level: null, name: 'Anna' });
  expect((await UserMetadata.getUserMetadata(user.id)).metadata).toEqual({ theme: 'dark', name: 'Anna' });
});

test('users are listed, counted, searched, mapped and deleted', async () => {
  const { user, email, recipeUserId } = await signUp();
  const externalUserId = `ext-${randomUUID()}`;
  await SuperTokens.createUserIdMapping({ superTokensUserId: user.id, externalUserId });
  const { users } = await SuperTokens.getUsersNewestFirst({ tenantId: TENANT, limit: 1 });
  expect(users.map(({ id }) => id)).toEqual([externalUserId]);
  const before = await SuperTokens.getUserCount();
  expect(before).toBeGreaterThan(0);
  expect(await SuperTokens.listUsersByAccountInfo(TENANT, { email })).toMatchObject([{ id: externalUserId }]);
  expect((await SuperTokens.getUser(user.id))?.id).toBe(externalUserId);
  const session = await Session.createNewSessionWithoutRequestResponse(TENANT, new RecipeUserId(externalUserId));
  await SuperTokens.deleteUser(externalUserId);
  expect(await Session.getSessionInformation(session.getHandle())).toBeUndefined();
  expect(await SuperTokens.getUser(recipeUserId.getAsString())).toBeUndefined();
  expect(await SuperTokens.getUserCount()).toBe(before - 1);
  expect((await EmailPassword.signIn(TENANT, email, PASSWORD)).status).toBe('WRONG_CREDENTIALS_ERROR');
});

describe('ThirdParty', () => {
  const signInUp = async (thirdPartyUserId: string, email: string, isVerified: boolean) => {
    const result = await ThirdParty.manuallyCreateOrUpdateUser(TENANT, 'google', thirdPartyUserId, email, isVerified);
    if (result.status !== 'OK') throw new Error(result.status);
    return result;
  };

  test('a provider’s user is created once, and takes the email that the provider reports', async () => {
    const [thirdPartyUserId, first, second] = [randomUUID(), someEmail(), someEmail()];
    const created = await signInUp(thirdPartyUserId, first, false);
    expect(created).toMatchObject({ createdNewRecipeUser: true, user: { emails: [first] } });
    expect(await EmailVerification.isEmailVerified(created.recipeUserId)).toBe(false);
    const updated = await signInUp(thirdPartyUserId, second, true);
    expect(updated).toMatchObject({ createdNewRecipeUser: false, user: { id: created.user.id, emails: [second] } });
    expect(await EmailVerification.isEmailVerified(created.recipeUserId)).toBe(true);
    const thirdParty = { id: 'google', userId: thirdPartyUserId };
    expect(await SuperTokens.listUsersByAccountInfo(TENANT, { thirdParty })).toMatchObject([{ id: created.user.id }]);
    expect(await SuperTokens.listUsersByAccountInfo(TENANT, { email: first })).toEqual([]);
  });

  test('a provider’s user has sessions, and is deleted with them', async () => {
    const { user, recipeUserId } = await signInUp(randomUUID(), someEmail(), true);
    const session = await Session.createNewSessionWithoutRequestResponse(TENANT, recipeUserId);
    expect(session.getAccessTokenPayload()).toMatchObject({ 'st-ev': { v: true } });
    await SuperTokens.deleteUser(user.id);
    expect(await Session.getSessionInformation(session.getHandle())).toBeUndefined();
    expect(await SuperTokens.getUser(user.id)).toBeUndefined();
  });
});

describe('Passwordless', () => {
  async function newCode(to: { readonly email: string } | { readonly phoneNumber: string }) {
    const { status, ...code } = await Passwordless.createCode({ ...to, tenantId: TENANT });
    expect(status).toBe('OK');
    return code;
  }

  const byLink = ({ preAuthSessionId, linkCode }: Awaited<ReturnType<typeof newCode>>) =>
    Passwordless.consumeCode({ preAuthSessionId, linkCode, tenantId: TENANT });
  const byTyping = ({ preAuthSessionId, deviceId }: Awaited<ReturnType<typeof newCode>>, userInputCode: string) =>
    Passwordless.consumeCode({ preAuthSessionId, deviceId, userInputCode, tenantId: TENANT });

  test('a code signs a user up once, and the email is verified', async () => {
    const email = someEmail();
    const code = await newCode({ email });
    const signedUp = await byLink(code);
    if (signedUp.status !== 'OK') throw new Error(signedUp.status);
    expect(signedUp).toMatchObject({ createdNewRecipeUser: true, user: { emails: [email] } });
    expect(await EmailVerification.isEmailVerified(signedUp.recipeUserId)).toBe(true);
    expect((await byLink(code)).status).toBe('RESTART_FLOW_ERROR');
    expect(await byLink(await newCode({ email }))).toMatchObject({
      status: 'OK',
      createdNewRecipeUser: false,
      user: { id: signedUp.user.id },
    });
  });

  test('a wrong code is counted, and another code for the device works', async () => {
    const phoneNumber = somePhoneNumber();
    const code = await newCode({ phoneNumber });
    expect(await byTyping(code, 'wrong')).toMatchObject({
      status: 'INCORRECT_USER_INPUT_CODE_ERROR',
      failedCodeInputAttemptCount: 1,
      maximumCodeInputAttempts: 5,
    });
    const { deviceId } = code;
    const resent = await Passwordless.createNewCodeForDevice({ deviceId, tenantId: TENANT });
    if (resent.status !== 'OK') throw new Error(resent.status);
    const devices = await Passwordless.listCodesByPhoneNumber({ phoneNumber, tenantId: TENANT });
    expect(devices).toMatchObject([{ failedCodeInputAttemptCount: 1, codes: [{}, {}] }]);
    expect(await byTyping(code, resent.userInputCode)).toMatchObject({
      status: 'OK',
      user: { phoneNumbers: [phoneNumber] },
    });
    expect(await Passwordless.listCodesByPhoneNumber({ phoneNumber, tenantId: TENANT })).toEqual([]);
  });

  test('codes are checked and revoked', async () => {
    const email = someEmail();
    const [one, other] = [await newCode({ email }), await newCode({ email })];
    const { preAuthSessionId, linkCode } = one;
    expect(await Passwordless.checkCode({ preAuthSessionId, linkCode, tenantId: TENANT })).toMatchObject({
      status: 'OK',
    });
    await Passwordless.revokeCode({ codeId: one.codeId, tenantId: TENANT });
    expect((await byLink(one)).status).toBe('RESTART_FLOW_ERROR');
    await Passwordless.revokeAllCodes({ email, tenantId: TENANT });
    expect((await byLink(other)).status).toBe('RESTART_FLOW_ERROR');
  });

  test('email and phone number change', async () => {
    const signedUp = await byLink(await newCode({ email: someEmail() }));
    if (signedUp.status !== 'OK') throw new Error(signedUp.status);
    const { recipeUserId } = signedUp;
    const [email, phoneNumber] = [someEmail(), somePhoneNumber()];
    expect((await Passwordless.updateUser({ recipeUserId, email, phoneNumber })).status).toBe('OK');
    expect((await Passwordless.updateUser({ recipeUserId, email: null })).status).toBe('OK');
    expect(await SuperTokens.getUser(recipeUserId.getAsString())).toMatchObject({
      emails: [],
      phoneNumbers: [phoneNumber],
    });
    const { status } = await Passwordless.updateUser({ recipeUserId: (await signUp()).recipeUserId, email });
    expect(status).toBe('UNKNOWN_USER_ID_ERROR');
  });
});

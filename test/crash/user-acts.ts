import { strict as assert } from 'node:assert';
import type { JsonObject } from '../../lib/core/types.ts';
import { issuedIn } from '../fixtures/cdi-session.ts';
import { type Patience, REFRESH } from './known-session.ts';

/** What a client knows of one user by what was acknowledged. */
export interface KnownUser {
  readonly id: string;
  email: string;
  password: string;
  isVerified: boolean;
  metadata: JsonObject;
  roles: readonly string[];
  /** The refresh token of a session, if the user has one. */
  refreshToken: string | undefined;
}

export const ROLE = 'tester';
const [INVALID_RESET, INVALID_VERIFICATION] = [
  'RESET_PASSWORD_INVALID_TOKEN_ERROR',
  'EMAIL_VERIFICATION_INVALID_TOKEN_ERROR',
];

/** What an honest client does with a user whom it knows. Each throws `AssertionError` if the core contradicts itself. */
export interface UserActs {
  signIn(user: KnownUser): Promise<void>;
  /** Changes the password by a reset token, which works once. */
  resetPassword(user: KnownUser): Promise<void>;
  changePassword(user: KnownUser): Promise<void>;
  verifyEmail(user: KnownUser): Promise<void>;
  changeMetadata(user: KnownUser): Promise<void>;
  changeRole(user: KnownUser): Promise<void>;
  startSession(user: KnownUser): Promise<void>;
  /** Whatever was stored is there. */
  compare(user: KnownUser): Promise<void>;
  /** Nothing is left of a user who was deleted. */
  expectGone(user: KnownUser): Promise<void>;
}

export function createUserActs(core: Patience): UserActs {
  let counter = 0;
  const newPassword = () => `correct horse ${++counter}`;
  const answerTo = async (...question: Parameters<Patience['ask']>) => (await core.ask(...question)).answer;
  const expectOk = async (what: string, ...question: Parameters<Patience['ask']>): Promise<JsonObject> => {
    const answer = await answerTo(...question);
    assert.equal(answer.status, 'OK', `${what}: ${JSON.stringify(answer)}`);
    return answer;
  };
  const signInWith = (email: string, password: string) => answerTo('POST', '/recipe/signin', { email, password });

  const setPassword = async (user: KnownUser): Promise<void> => {
    const [before, password] = [user.password, newPassword()];
    await expectOk('a password changes', 'PUT', '/recipe/user', { recipeUserId: user.id, password });
    user.password = password;
    const { status } = await signInWith(user.email, before);
    assert.equal(status, 'WRONG_CREDENTIALS_ERROR', 'the old password is wrong');
  };

  /** Uses a token that no other request uses: only a lost answer explains a refusal. */
  const useOnce = async (path: string, token: unknown, refusal: string): Promise<void> => {
    const use = () => core.ask('POST', path, { method: 'token', token });
    const { answer, attempts } = await use();
    assert.ok(
      answer.status === 'OK' || (attempts > 1 && answer.status === refusal),
      `a token is used: ${answer.status}`,
    );
    assert.equal((await use()).answer.status, refusal, 'a token works once');
  };

  return {
    async signIn({ id, email, password }) {
      const answer = await signInWith(email, password);
      assert.deepEqual([answer.status, (answer.user as JsonObject | undefined)?.id], ['OK', id], `${email} signs in`);
      const { status } = await signInWith(email, `not ${password}`);
      assert.equal(status, 'WRONG_CREDENTIALS_ERROR', 'a wrong password is refused');
    },
    changePassword: setPassword,
    async resetPassword(user) {
      const body = { userId: user.id, email: user.email };
      const { token } = await expectOk('a reset token is made', 'POST', '/recipe/user/password/reset/token', body);
      await useOnce('/recipe/user/password/reset/token/consume', token, INVALID_RESET);
      await setPassword(user);
    },
    async verifyEmail(user) {
      if (user.isVerified) return;
      const body = { userId: user.id, email: user.email };
      const { token } = await expectOk('a verification token is made', 'POST', '/recipe/user/email/verify/token', body);
      await useOnce('/recipe/user/email/verify', token, INVALID_VERIFICATION);
      user.isVerified = true;
    },
    async changeMetadata(user) {
      const metadataUpdate = { n: ++counter };
      await expectOk('metadata is stored', 'PUT', '/recipe/user/metadata', { userId: user.id, metadataUpdate });
      user.metadata = metadataUpdate;
    },
    async changeRole(user) {
      const isGiven = user.roles.length === 0;
      const [method, path] = isGiven ? ['PUT', '/recipe/user/role'] : ['POST', '/recipe/user/role/remove'];
      await expectOk('a role is given or taken', method, path, { userId: user.id, role: ROLE });
      user.roles = isGiven ? [ROLE] : [];
    },
    async startSession(user) {
      const body = { userId: user.id, userDataInJWT: {}, userDataInDatabase: {}, ...REFRESH };
      user.refreshToken = issuedIn(await answerTo('POST', '/recipe/session', body)).refreshToken;
    },
    async compare({ id, email, isVerified, metadata, roles }) {
      const { user } = await expectOk('a user is there', 'GET', `/user/id?userId=${id}`);
      const [method] = (user as { readonly loginMethods: readonly JsonObject[] }).loginMethods;
      assert.deepEqual([method?.email, method?.verified], [email, isVerified], 'the e-mail is as acknowledged');
      const kept = await answerTo('GET', `/recipe/user/metadata?userId=${id}`);
      assert.deepEqual(kept.metadata, metadata, 'the metadata is as acknowledged');
      assert.deepEqual((await answerTo('GET', `/recipe/user/roles?userId=${id}`)).roles, roles, 'the roles, too');
    },
    async expectGone({ id, email, password, refreshToken }) {
      const { status } = await answerTo('GET', `/user/id?userId=${id}`);
      assert.equal(status, 'UNKNOWN_USER_ID_ERROR', 'a deleted user is gone');
      const kept = await answerTo('GET', `/recipe/user/metadata?userId=${id}`);
      assert.deepEqual(kept.metadata, {}, 'the metadata of a deleted user is gone');
      assert.deepEqual((await answerTo('GET', `/recipe/user/roles?userId=${id}`)).roles, [], 'the roles, too');
      assert.equal(
        (await signInWith(email, password)).status,
        'WRONG_CREDENTIALS_ERROR',
        'a deleted user cannot sign in',
      );
      if (refreshToken === undefined) return;
      const refreshed = await answerTo('POST', '/recipe/session/refresh', { ...REFRESH, refreshToken });
      assert.equal(refreshed.status, 'UNAUTHORISED', 'the sessions of a deleted user are over');
    },
  };
}

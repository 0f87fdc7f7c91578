import { strict as assert } from 'node:assert';
import type { JsonObject } from '../../lib/core/types.ts';
import type { SeededRandom } from '../fixtures/seeded-random.ts';
import type { HonestClient } from './client.ts';
import type { Patience } from './known-session.ts';
import { createUserActs, type KnownUser } from './user-acts.ts';

/** An honest client that signs users up, changes and deletes them. */
export interface UserClient extends HonestClient {
  /**
   * E-mails that belong to no user, and that a request which was killed may have left taken. They must be free a minute
   * later.
   */
  readonly loose: ReadonlySet<string>;
}

const MAX_USERS = 5;
/** How often a client that has a user signs up another. */
const NEW_USERS = 0.25;
const TAKEN = 'EMAIL_ALREADY_EXISTS_ERROR';
const PASSWORD = 'correct horse 0';

/** @param name no other client has it: it is the beginning of the client's e-mails */
export function createUserClient(name: string, core: Patience, random: SeededRandom): UserClient {
  const users = new Set<KnownUser>();
  const deleted: KnownUser[] = [];
  const loose = new Set<string>();
  const acts = createUserActs(core);
  let counter = 0;
  const newEmail = () => `${name}-${++counter}@example.com`;

  const know = (id: unknown, email: string): void => {
    const user = { id: String(id), email, password: PASSWORD, isVerified: false, metadata: {}, roles: [] };
    users.add({ ...user, refreshToken: undefined });
  };

  const signUp = async (email = newEmail()): Promise<void> => {
    const { answer, attempts } = await core.ask('POST', '/recipe/signup', { email, password: PASSWORD });
    if (answer.status === 'OK') return know((answer.user as JsonObject).id, email);
    assert.ok(attempts > 1 && answer.status === TAKEN, `${email} is free, and was answered ${answer.status}`);
    // The attempt that got no answer has signed the user up, or has left the e-mail taken.
    const signedIn = (await core.ask('POST', '/recipe/signin', { email, password: PASSWORD })).answer;
    if (signedIn.status === 'OK') know((signedIn.user as JsonObject).id, email);
    else loose.add(email);
  };

  const changeEmail = async (user: KnownUser): Promise<void> => {
    const [before, email] = [user.email, newEmail()];
    const { answer, attempts } = await core.ask('PUT', '/recipe/user', { recipeUserId: user.id, email });
    if (answer.status !== 'OK') {
      assert.ok(attempts > 1 && answer.status === TAKEN, `${email} is free, and was answered ${answer.status}`);
      loose.add(email);
      return acts.compare(user);
    }
    Object.assign(user, { email, isVerified: false });
    loose.add(before);
    const old = (await core.ask('POST', '/recipe/signin', { email: before, password: user.password })).answer;
    assert.equal(old.status, 'WRONG_CREDENTIALS_ERROR', 'the old e-mail cannot sign in');
    await acts.signIn(user);
  };

  const remove = async (user: KnownUser): Promise<void> => {
    const { answer } = await core.ask('POST', '/user/remove', { userId: user.id, removeAllLinkedAccounts: true });
    assert.equal(answer.status, 'OK', 'a user is deleted');
    users.delete(user);
    deleted.push(user);
    await acts.expectGone(user);
  };

  const removeAndSignUp = async (user: KnownUser): Promise<void> => {
    await remove(user);
    await signUp(user.email);
  };

  const actOn = (user: KnownUser): Promise<void> =>
    random.weighted([
      [10, acts.signIn],
      [12, acts.resetPassword],
      [6, acts.changePassword],
      [10, acts.verifyEmail],
      [8, acts.changeMetadata],
      [10, acts.changeRole],
      [6, acts.startSession],
      [8, acts.compare],
      [20, changeEmail],
      [6, remove],
      [6, removeAndSignUp],
    ])(user);

  return {
    loose,
    act() {
      const isNew = users.size < MAX_USERS && random.fraction() < NEW_USERS;
      return users.size === 0 || isNew ? signUp() : actOn(random.pick([...users]));
    },
    async audit() {
      for (const user of [...users]) {
        await acts.compare(user);
        await acts.signIn(user);
        await remove(user);
      }
      for (const user of deleted) await acts.expectGone(user);
    },
  };
}

/** Signs users up with e-mails that were left by requests a minute ago, and deletes them. @throws AssertionError */
export async function expectFree(core: Patience, emails: Iterable<string>): Promise<void> {
  for (const email of emails) {
    const { answer, attempts } = await core.ask('POST', '/recipe/signup', { email, password: PASSWORD });
    assert.deepEqual([answer.status, attempts], ['OK', 1], `${email} is free after a minute`);
    const { id: userId } = answer.user as JsonObject;
    await core.ask('POST', '/user/remove', { userId, removeAllLinkedAccounts: true });
  }
}

import fc from 'fast-check';
import type { Millis } from '../../lib/core/types.ts';
import { DEFAULT_USER_CONFIG } from '../../lib/core/user-config.ts';
import type { TestAnswer } from '../fixtures/core.ts';
import { idIn } from '../fixtures/user-core.ts';
import { type HistoryDatabase, Installation } from './installation.ts';
import { type Death, deathWithin, does, newest, often, pick } from './steps.ts';
import { addUser, holderOf, type ModelToken, type ModelUser, newModel, useToken } from './user-reference.ts';

/** What happens in a history. A number chooses one of the users or tokens that there are by then: see `pick`. */
export type UserStep =
  | { readonly does: 'sign up'; readonly email: number; readonly password: number; readonly death: Death }
  /** Signs up with an email that a broken request may have taken, at the moment from which it is free. */
  | { readonly does: 'sign up after a minute'; readonly password: number }
  | { readonly does: 'change email'; readonly user: number; readonly email: number; readonly death: Death }
  | { readonly does: 'change password'; readonly user: number; readonly password: number }
  | { readonly does: 'delete'; readonly user: number; readonly death: Death }
  | { readonly does: 'make reset token' | 'make verification token' | 'unverify' | 'log in'; readonly user: number }
  | { readonly does: 'reset'; readonly token: number; readonly password: number; readonly death: Death }
  | { readonly does: 'verify'; readonly token: number; readonly death: Death }
  | { readonly does: 'wait'; readonly time: Millis };

const MINUTE: Millis = 60_000;
const { passwordResetTokenLifetime, emailVerificationTokenLifetime } = DEFAULT_USER_CONFIG;

const which = newest(1, 9);
const email = fc.nat(2);
const password = fc.nat(1);
const death = deathWithin(3, 9);

const step: fc.Arbitrary<UserStep> = fc.oneof(
  often(6, fc.record({ does: does('sign up'), email, password, death })),
  often(6, fc.record({ does: does('sign up after a minute'), password })),
  often(8, fc.record({ does: does('change email'), user: which, email, death })),
  often(2, fc.record({ does: does('change password'), user: which, password })),
  often(5, fc.record({ does: does('delete'), user: which, death })),
  often(4, fc.record({ does: does('log in'), user: which })),
  often(8, fc.record({ does: does('make reset token', 'make verification token', 'unverify'), user: which })),
  often(5, fc.record({ does: does('reset'), token: which, password, death })),
  often(5, fc.record({ does: does('verify'), token: which, death })),
  often(
    4,
    fc.record({
      does: does('wait'),
      time: fc.constantFrom(1, MINUTE - 1, MINUTE, passwordResetTokenLifetime, emailVerificationTokenLifetime),
    }),
  ),
);

export const userHistories = fc.array(step, { minLength: 8, maxLength: 30, size: 'max' });

const PUT = { method: 'PUT' } as const;
const passwordOf = (number: number): string => `correct horse ${number}`;

/** Plays a history on a core and on the reference model. Compares each answer, and after each step all users. */
export class UserHistory {
  readonly #installation: Installation;
  readonly #model = newModel();

  constructor(database: HistoryDatabase) {
    this.#installation = new Installation(database);
  }

  async play(steps: readonly UserStep[]): Promise<void> {
    for (const one of steps) {
      await this.#take(one);
      await this.#checkAll();
    }
    await this.#checkList();
  }

  get #emails(): string[] {
    return [0, 1, 2].map((number) => this.#installation.email(number));
  }

  async #take(taken: UserStep): Promise<void> {
    if (taken.does === 'wait') return this.#installation.clock.advance(taken.time);
    if (taken.does === 'sign up')
      return this.#signUp(this.#installation.email(taken.email), passwordOf(taken.password), taken.death);
    if (taken.does === 'sign up after a minute') return this.#signUpAfterAMinute(passwordOf(taken.password));
    if (taken.does === 'reset') return this.#reset(taken.token, passwordOf(taken.password), taken.death);
    if (taken.does === 'verify') return this.#verify(taken.token, taken.death);
    const user = pick(this.#model.users, taken.user);
    if (user === undefined) return;
    if (taken.does === 'change email')
      return this.#changeEmail(user, this.#installation.email(taken.email), taken.death);
    if (taken.does === 'change password') return this.#changePassword(user, passwordOf(taken.password));
    if (taken.does === 'delete') return this.#delete(user, taken.death);
    return this.#ofUser(taken.does, user);
  }

  async #signUp(address: string, secret: string, dies: Death): Promise<void> {
    const answer = await this.#installation.process(dies).ask('/recipe/signup', { email: address, password: secret });
    if (answer.status !== 200) {
      const [id] = (await this.#idsWith(address)).filter((found) => found !== holderOf(this.#model, address)?.id);
      if (id !== undefined) addUser(this.#model, { id, email: address, password: secret });
      else this.#block(address);
      return;
    }
    this.#expectTakenOrOk(answer, address, undefined);
    if (answer.json.status === 'OK') addUser(this.#model, { id: idIn(answer), email: address, password: secret });
  }

  async #signUpAfterAMinute(secret: string): Promise<void> {
    const blocked = [...this.#model.blockedUntil].find(([address]) => holderOf(this.#model, address) === undefined);
    if (blocked === undefined) return;
    const [address, until] = blocked;
    this.#installation.clock.time = Math.max(this.#installation.clock.time, until);
    this.#model.blockedUntil.delete(address);
    await this.#signUp(address, secret, undefined);
  }

  async #changeEmail(user: ModelUser, address: string, dies: Death): Promise<void> {
    const body = { recipeUserId: user.id, email: address };
    const answer = await this.#installation.process(dies).ask('/recipe/user', body, PUT);
    if (answer.status !== 200) return this.#noteBrokenChange(user, address);
    if (!user.isAlive) return expect(answer.json.status).toBe('UNKNOWN_USER_ID_ERROR');
    this.#expectTakenOrOk(answer, address, user);
    if (answer.json.status === 'OK') user.email = address;
  }

  /** The user has one of the two emails. The other may be taken for a minute. */
  async #noteBrokenChange(user: ModelUser, address: string): Promise<void> {
    const { json } = await this.#installation.core.ask(`/user/id?userId=${user.id}`);
    const [has] = (json.user as { readonly emails?: readonly string[] } | undefined)?.emails ?? [];
    expect([user.email, address]).toContain(has);
    this.#block(has === address ? user.email : address);
    user.email = has ?? '';
  }

  /** An email that another user has is taken. An email that a broken request has claimed may be taken for a minute. */
  #expectTakenOrOk({ json }: TestAnswer, address: string, by: ModelUser | undefined): void {
    const holder = holderOf(this.#model, address);
    const isTaken = holder !== undefined && holder !== by;
    const isBlocked = this.#installation.clock.time < (this.#model.blockedUntil.get(address) ?? 0);
    if (isTaken) expect(json.status).toBe('EMAIL_ALREADY_EXISTS_ERROR');
    else expect(isBlocked ? ['OK', 'EMAIL_ALREADY_EXISTS_ERROR'] : ['OK']).toContain(json.status);
  }

  #block(address: string): void {
    this.#model.blockedUntil.set(address, this.#installation.clock.time + MINUTE);
  }

  async #changePassword(user: ModelUser, secret: string): Promise<void> {
    const { json } = await this.#installation.core.ask(
      '/recipe/user',
      { recipeUserId: user.id, password: secret },
      PUT,
    );
    expect(json.status).toBe(user.isAlive ? 'OK' : 'UNKNOWN_USER_ID_ERROR');
    if (user.isAlive) user.password = secret;
  }

  async #delete(user: ModelUser, dies: Death): Promise<void> {
    const { status } = await this.#installation.process(dies).ask('/user/remove', { userId: user.id });
    if (status === 200) user.isAlive = false;
    else user.isAlive &&= (await this.#installation.core.ask(`/user/id?userId=${user.id}`)).json.status === 'OK';
  }

  async #ofUser(what: 'make reset token' | 'make verification token' | 'unverify' | 'log in', user: ModelUser) {
    const { ask } = this.#installation.core;
    const body = { userId: user.id, email: user.email };
    const session = { userId: user.id, userDataInJWT: {}, userDataInDatabase: {}, enableAntiCsrf: false };
    if (what === 'log in') return void (await ask('/recipe/session', session));
    if (what === 'make reset token') {
      const { json } = await ask('/recipe/user/password/reset/token', body);
      expect(json.status).toBe(user.isAlive ? 'OK' : 'UNKNOWN_USER_ID_ERROR');
      return this.#keepToken(this.#model.resetTokens, user, json.token, passwordResetTokenLifetime);
    }
    // Emails are verified under any id, so the state of a deleted user's email is not compared.
    if (!user.isAlive) return;
    if (what === 'unverify') {
      await ask('/recipe/user/email/verify/remove', body);
      return void user.verified.delete(user.email);
    }
    const { json } = await ask('/recipe/user/email/verify/token', body);
    expect(json.status).toBe(user.verified.has(user.email) ? 'EMAIL_ALREADY_VERIFIED_ERROR' : 'OK');
    this.#keepToken(this.#model.verificationTokens, user, json.token, emailVerificationTokenLifetime);
  }

  #keepToken(tokens: ModelToken[], user: ModelUser, text: unknown, lifetime: Millis): void {
    if (typeof text !== 'string') return;
    tokens.push({ text, user, email: user.email, expiry: this.#installation.clock.time + lifetime, isLive: true });
  }

  async #reset(number: number, secret: string, dies: Death): Promise<void> {
    const token = pick(this.#model.resetTokens, number);
    if (token === undefined) return;
    const body = { method: 'token', token: token.text, newPassword: secret };
    const answer = await this.#installation.process(dies).ask('/recipe/user/password/reset', body, { version: '3.1' });
    // The first write decides. A process that dies before it has done nothing.
    if (dies === 0 && answer.status !== 200) return;
    const ofUser = this.#model.resetTokens.filter(({ user }) => user === token.user);
    const isGood = useToken(token, ofUser, this.#installation.clock.time);
    if (answer.status === 200) expect(answer.json.status).toBe(isGood ? 'OK' : 'RESET_PASSWORD_INVALID_TOKEN_ERROR');
    if (isGood) token.user.password = secret;
  }

  async #verify(number: number, dies: Death): Promise<void> {
    const token = pick(this.#model.verificationTokens, number);
    if (token === undefined) return;
    const answer = await this.#installation
      .process(dies)
      .ask('/recipe/user/email/verify', { method: 'token', token: token.text });
    if (!token.user.isAlive || (dies === 0 && answer.status !== 200)) return;
    const ofEmail = this.#model.verificationTokens.filter(
      ({ user, email: address }) => user === token.user && address === token.email,
    );
    const isGood = useToken(token, ofEmail, this.#installation.clock.time);
    if (answer.status === 200) {
      expect(answer.json.status).toBe(isGood ? 'OK' : 'EMAIL_VERIFICATION_INVALID_TOKEN_ERROR');
    }
    if (isGood) token.user.verified.add(token.email);
  }

  /** Each user is found by one email only, and signs in by one password only. */
  async #checkAll(): Promise<void> {
    for (const address of this.#emails) {
      const holder = holderOf(this.#model, address);
      expect(await this.#idsWith(address)).toEqual(holder === undefined ? [] : [holder.id]);
      for (const number of [0, 1]) {
        const body = { email: address, password: passwordOf(number) };
        const { json } = await this.#installation.core.ask('/recipe/signin', body);
        expect(json.status).toBe(holder?.password === body.password ? 'OK' : 'WRONG_CREDENTIALS_ERROR');
      }
    }
    for (const user of this.#model.users) await this.#checkUser(user);
  }

  async #checkUser({ id, email: address, isAlive, verified }: ModelUser): Promise<void> {
    const { json } = await this.#installation.core.ask(`/user/id?userId=${id}`);
    expect(json.status).toBe(isAlive ? 'OK' : 'UNKNOWN_USER_ID_ERROR');
    const loginMethod = { email: address, verified: verified.has(address) };
    if (isAlive) expect(json).toMatchObject({ user: { emails: [address], loginMethods: [loginMethod] } });
    else
      expect((await this.#installation.core.ask(`/recipe/session/user?userId=${id}`)).json.sessionHandles).toEqual([]);
  }

  /** The list and the search have exactly the users that there are. */
  async #checkList(): Promise<void> {
    const alive = this.#model.users.filter(({ isAlive }) => isAlive);
    const ids = alive.map(({ id }) => id).toSorted();
    expect((await this.#usersAt(`/users?email=${this.#installation.mark}`)).map(({ id }) => id).toSorted()).toEqual(
      ids,
    );
    const ours = (await this.#installation.listed()).filter(({ email: address }) =>
      address?.startsWith(this.#installation.mark),
    );
    expect(ours.map(({ id }) => String(id)).toSorted()).toEqual(ids);
  }

  async #idsWith(address: string): Promise<string[]> {
    const users = await this.#usersAt(`/users/by-accountinfo?doUnionOfAccountInfo=true&email=${address}`);
    return users.map(({ id }) => id);
  }

  async #usersAt(path: string): Promise<readonly { readonly id: string }[]> {
    const { json } = await this.#installation.core.ask(path);
    return json.users as unknown as readonly { readonly id: string }[];
  }
}

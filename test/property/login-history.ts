import type { TestAnswer } from '../fixtures/core.ts';
import { byLink, byTyping, changeContact, consume, type SentCode, wrongly } from '../fixtures/passwordless.ts';
import { somePhoneNumber } from '../fixtures/users.ts';
import { type HistoryDatabase, Installation } from './installation.ts';
import { checkAll, checkLists, type Names } from './login-checks.ts';
import {
  bodyOf,
  contactsOf,
  endDevices,
  followLink,
  holderOfContact,
  isEmail,
  isGone,
  type LoginUser,
  type ModelDevice,
  newLoginModel,
  typeCode,
  userOfProvider,
  valuesOf,
} from './login-reference.ts';
import type { ContactNumber, LoginStep } from './login-steps.ts';
import { LoginView, type ReadUser } from './login-view.ts';
import { pick } from './steps.ts';

type Of<Name extends LoginStep['does']> = Extract<LoginStep, { readonly does: Name }>;

const MINUTE = 60_000;

/**
 * Plays a history on a core and on the reference model. Compares each answer, and after each step all users and codes.
 */
export class LoginHistory {
  readonly #installation: Installation;
  readonly #view: LoginView;
  readonly #model = newLoginModel();
  readonly #phoneNumbers = [somePhoneNumber(), somePhoneNumber()];

  constructor(database: HistoryDatabase) {
    this.#installation = new Installation(database);
    this.#view = new LoginView(this.#installation.core);
  }

  async play(steps: readonly LoginStep[]): Promise<void> {
    for (const one of steps) {
      await this.#take(one);
      await checkAll(this.#model, this.#view, this.#names, this.#now);
    }
    await checkLists(this.#model, this.#view, this.#names, await this.#installation.listed());
  }

  get #now(): number {
    return this.#installation.clock.time;
  }

  get #names(): Names {
    const providerUserIds = [0, 1].map(this.#installation.providerUser);
    return {
      mark: this.#installation.mark,
      contacts: this.#contacts,
      phoneNumbers: this.#phoneNumbers,
      providerUserIds,
    };
  }

  get #contacts(): string[] {
    return [...[0, 1, 2].map(this.#installation.email), ...this.#phoneNumbers];
  }

  async #take(taken: LoginStep): Promise<void> {
    switch (taken.does) {
      case 'wait':
        return this.#installation.clock.advance(taken.time);
      case 'sign in by provider':
        return this.#signInByProvider(taken);
      case 'make code':
        return this.#makeCode(taken);
      case 'remove codes':
        return this.#removeCodes(taken);
      case 'use code':
        return this.#useCode(taken);
      case 'type wrong code':
        return this.#typeWrongCode(taken);
      case 'change contacts':
        return this.#changeContacts(taken);
      case 'delete':
        return this.#delete(taken);
    }
  }

  async #signInByProvider({ providerUser, email, isVerified, death }: Of<'sign in by provider'>): Promise<void> {
    const [userId, address] = [this.#installation.providerUser(providerUser), this.#installation.email(email)];
    const known = userOfProvider(this.#model, userId);
    const body = { thirdPartyId: 'test', thirdPartyUserId: userId, email: { id: address, isVerified } };
    const answer = await this.#installation.process(death).ask('/recipe/signinup', body);
    if (answer.status !== 200) {
      // What another request has claimed stays claimed for a minute.
      if (death === undefined) expect(this.#isBlocked(userId)).toBe(true);
      await this.#adopt([known], [], [address]);
      await this.#adoptNew('thirdparty', { thirdPartyId: 'test', thirdPartyUserId: userId }, userId);
      return this.#block(userId);
    }
    expect(answer.json).toMatchObject({ status: 'OK', createdNewUser: known === undefined });
    const user = known ?? this.#add(answer, 'thirdparty', userId);
    expect(answer.json.recipeUserId).toBe(user.id);
    user.email = address;
    if (isVerified) user.verified.add(address);
  }

  async #makeCode({ contact: number, death }: Of<'make code'>): Promise<void> {
    const contact = this.#contactOf(number);
    const answer = await this.#installation.process(death).ask('/recipe/signinup/code', bodyOf(contact));
    if (answer.status !== 200) return;
    const code = answer.json as unknown as SentCode;
    this.#model.devices.push({ code, contact, timeCreated: this.#now, failed: 0, isLive: true });
  }

  async #removeCodes({ contact: number, death }: Of<'remove codes'>): Promise<void> {
    const contact = this.#contactOf(number);
    const { status } = await this.#installation.process(death).ask('/recipe/signinup/codes/remove', bodyOf(contact));
    if (status === 200) endDevices(this.#model, [contact]);
    else await this.#adopt([], [contact], []);
  }

  async #useCode({ code: number, isTyped, death }: Of<'use code'>): Promise<void> {
    const device = pick(this.#model.devices, number);
    if (device === undefined) return;
    const { code, contact } = device;
    const known = holderOfContact(this.#model, contact);
    const answer = await consume(this.#installation.process(death), isTyped ? byTyping(code) : byLink(code));
    if (answer.status !== 200) return this.#noteBrokenUse(device, known);
    const expected = isTyped ? typeCode(device, true, this.#now) : followLink(device, this.#now);
    if (expected === 'OK') endDevices(this.#model, [contact, known?.email, known?.phoneNumber]);
    const isKeptOut = expected === 'OK' && known === undefined && this.#isBlocked(contact);
    expect(isKeptOut ? ['OK', 'RESTART_FLOW_ERROR'] : [expected]).toContain(answer.json.status);
    if (answer.json.status !== 'OK') return;
    expect(answer.json.createdNewUser).toBe(known === undefined);
    const user = known ?? this.#add(answer, 'passwordless', undefined);
    expect(answer.json.recipeUserId).toBe(user.id);
    if (isEmail(contact)) user.verified.add(contact);
  }

  /** The code was used or not, and a user was created or not. */
  async #noteBrokenUse({ contact }: ModelDevice, known: LoginUser | undefined): Promise<void> {
    await this.#adopt([known], [contact, known?.email, known?.phoneNumber], []);
    await this.#adoptNew('passwordless', bodyOf(contact), undefined);
    this.#block(contact);
  }

  async #typeWrongCode({ code: number, death }: Of<'type wrong code'>): Promise<void> {
    const device = pick(this.#model.devices, number);
    if (device === undefined) return;
    const answer = await consume(this.#installation.process(death), wrongly(device.code));
    if (answer.status !== 200) return this.#adopt([], [device.contact], []);
    const expected = typeCode(device, false, this.#now);
    expect(answer.json.status).toBe(expected);
    const isCounted = expected === 'INCORRECT_USER_INPUT_CODE_ERROR';
    expect(answer.json.failedCodeInputAttemptCount).toBe(isCounted ? device.failed : undefined);
  }

  async #changeContacts(taken: Of<'change contacts'>): Promise<void> {
    const user = pick(this.#model.users, taken.user);
    if (user === undefined) return;
    const given = this.#contactsIn(taken);
    const { death } = taken;
    const answer = await changeContact(this.#installation.process(death), user.id, given);
    const [before, after] = [contactsOf(user), contactsOf({ ...user, ...given })];
    if (answer.status === 400) return expect([user.recipe, ...after]).toEqual(['passwordless']);
    const gained = after.filter((contact) => !before.includes(contact));
    const changed = [...gained, ...before.filter((contact) => !after.includes(contact))];
    if (answer.status !== 200) {
      await this.#adopt([user], changed, after);
      for (const contact of changed) this.#block(contact);
      return;
    }
    const expected = this.#resultOfChange(user, gained);
    const isBlocked = expected === 'OK' && gained.some((contact) => this.#isBlocked(contact));
    const taking = ['EMAIL_ALREADY_EXISTS_ERROR', 'PHONE_NUMBER_ALREADY_EXISTS_ERROR'];
    expect(isBlocked ? ['OK', ...taking] : [expected]).toContain(answer.json.status);
    if (answer.json.status !== 'OK') return;
    Object.assign(user, valuesOf(user, given));
    endDevices(this.#model, changed);
  }

  #resultOfChange(user: LoginUser, gained: readonly string[]): string {
    if (!user.isAlive || user.recipe !== 'passwordless') return 'UNKNOWN_USER_ID_ERROR';
    const taken = gained.find((contact) => holderOfContact(this.#model, contact) !== undefined);
    if (taken === undefined) return 'OK';
    return isEmail(taken) ? 'EMAIL_ALREADY_EXISTS_ERROR' : 'PHONE_NUMBER_ALREADY_EXISTS_ERROR';
  }

  async #delete({ user: number, death }: Of<'delete'>): Promise<void> {
    const user = pick(this.#model.users, number);
    if (user === undefined) return;
    const { status } = await this.#installation.process(death).ask('/user/remove', { userId: user.id });
    const contacts = user.recipe === 'passwordless' ? contactsOf(user) : [];
    if (status !== 200) return this.#adopt([user], contacts, []);
    // A repeated deletion ends devices again, if the first one was not complete.
    if (!user.isAlive) return this.#adopt([], contacts, []);
    user.isAlive = false;
    endDevices(this.#model, contacts);
  }

  /**
   * Takes what a broken request has left into the model. Users have the contacts from before or after the request, and
   * devices of some contacts may have ended.
   */
  async #adopt(users: readonly (LoginUser | undefined)[], contacts: readonly (string | undefined)[], wanted: string[]) {
    for (const user of users.filter((each) => each?.isAlive === true)) {
      if (user === undefined) continue;
      const read = await this.#view.user(user.id);
      const [method] = read?.loginMethods ?? [];
      user.isAlive = method !== undefined;
      if (method === undefined) continue;
      expect([user.email, ...wanted, undefined]).toContain(method.email);
      expect([user.phoneNumber, ...wanted, undefined]).toContain(method.phoneNumber);
      Object.assign(user, { email: method.email, phoneNumber: method.phoneNumber });
      if (method.verified && method.email !== undefined) user.verified.add(method.email);
    }
    for (const device of this.#model.devices.filter((each) => !isGone(each, this.#now))) {
      const failed = await this.#view.failedAttemptsOf(device);
      if (failed === device.failed) continue;
      expect(contacts).toContain(device.contact);
      device.isLive = failed !== undefined;
      device.failed = failed ?? device.failed;
    }
  }

  /** Adds a user to the model whom a request has created before it broke off. */
  async #adoptNew(
    recipe: LoginUser['recipe'],
    query: Readonly<Record<string, string>>,
    providerUserId: string | undefined,
  ): Promise<void> {
    const user = await this.#view.find(recipe, query);
    if (user === undefined || this.#model.users.some(({ id, isAlive }) => isAlive && id === user.id)) return;
    const [{ email, phoneNumber, verified }] = user.loginMethods;
    const isVerified = verified && email !== undefined;
    this.#model.users.push({
      ...{ id: user.id, recipe, providerUserId, email, phoneNumber, isAlive: true },
      verified: new Set(isVerified ? [email] : []),
    });
  }

  #add({ json }: TestAnswer, recipe: LoginUser['recipe'], providerUserId: string | undefined): LoginUser {
    const { id, loginMethods } = json.user as unknown as ReadUser;
    const [{ email, phoneNumber }] = loginMethods;
    const user = { id, recipe, providerUserId, email, phoneNumber, isAlive: true, verified: new Set<string>() };
    this.#model.users.push(user);
    return user;
  }

  #contactOf = (number: number): string => this.#contacts[number] ?? '';

  #contactsIn({ email, phoneNumber }: Of<'change contacts'>) {
    const contactOf = (number: ContactNumber, contact: (number: number) => string) =>
      typeof number === 'number' ? contact(number) : number;
    const given = {
      email: contactOf(email, this.#installation.email),
      phoneNumber: contactOf(phoneNumber, (number) => this.#phoneNumbers[number] ?? ''),
    };
    return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  }

  #block(name: string): void {
    this.#model.blockedUntil.set(name, this.#now + MINUTE);
  }

  #isBlocked(name: string): boolean {
    return this.#now < (this.#model.blockedUntil.get(name) ?? 0);
  }
}

import fc from 'fast-check';
import type { JsonObject } from '../../lib/core/types.ts';
import type { TestAnswer, TestCore } from '../fixtures/core.ts';
import * as requests from '../fixtures/linking.ts';
import { type HistoryDatabase, Installation } from './installation.ts';
import * as reference from './link-reference.ts';
import { type Death, deathWithin, does, newest, often, pick } from './steps.ts';

/** What happens in a history. A number chooses one of the login methods that there are by then: see `pick`. */
export type LinkStep =
  | { readonly does: 'sign up'; readonly email: number }
  | { readonly does: 'sign in by provider'; readonly provider: number; readonly email: number; readonly death: Death }
  | { readonly does: 'make primary' | 'unlink'; readonly method: number; readonly death: Death }
  | { readonly does: 'link'; readonly method: number; readonly to: number; readonly death: Death }
  | { readonly does: 'change email'; readonly method: number; readonly email: number; readonly death: Death }
  | { readonly does: 'remove'; readonly method: number; readonly withLinked: boolean; readonly death: Death }
  | { readonly does: 'log in'; readonly method: number }
  | { readonly does: 'wait'; readonly time: number };

const MINUTE = 60_000;

const method = newest(2, 9);
const email = fc.nat(2);
const death = deathWithin(4, 20);

const step: fc.Arbitrary<LinkStep> = fc.oneof(
  often(3, fc.record({ does: does('sign up'), email })),
  often(5, fc.record({ does: does('sign in by provider'), provider: fc.nat(2), email, death })),
  often(6, fc.record({ does: does('make primary'), method, death })),
  often(9, fc.record({ does: does('link'), method, to: method, death })),
  often(4, fc.record({ does: does('unlink'), method, death })),
  often(5, fc.record({ does: does('change email'), method, email, death })),
  often(2, fc.record({ does: does('remove'), method, withLinked: fc.boolean(), death })),
  often(3, fc.record({ does: does('log in'), method })),
  often(4, fc.record({ does: does('wait'), time: fc.constantFrom(MINUTE, MINUTE, MINUTE - 1) })),
);

/** Each history begins with some users, so that there are login methods to link. */
export const linkHistories = fc
  .array(step, { minLength: 8, maxLength: 25, size: 'max' })
  .map((steps): LinkStep[] => [...BEGINNING, ...steps]);

const BEGINNING: readonly LinkStep[] = [
  { does: 'sign up', email: 0 },
  { does: 'sign in by provider', provider: 0, email: 1, death: undefined },
  { does: 'sign in by provider', provider: 1, email: 0, death: undefined },
];

/** For a minute after a crash, the core may give one of these answers instead of carrying the request out. */
const BLOCKED = [
  'ACCOUNT_INFO_ALREADY_ASSOCIATED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR',
  'EMAIL_CHANGE_NOT_ALLOWED_ERROR',
  'EMAIL_ALREADY_EXISTS_ERROR',
];

/**
 * Plays a history on a core and on the reference model. Compares each answer, and after each step all users and
 * sessions.
 */
export class LinkHistory {
  readonly #installation: Installation;
  #model = reference.EMPTY;
  /** Every id that the core has returned. */
  readonly #ids: string[] = [];
  #blockedUntil = 0;

  constructor(database: HistoryDatabase) {
    this.#installation = new Installation(database);
  }

  async play(steps: readonly LinkStep[]): Promise<void> {
    for (const one of steps) {
      // No two login methods join at the same moment.
      this.#installation.clock.advance(1);
      await this.#take(one);
      await this.#checkAll();
    }
    await this.#checkList();
  }

  async #take(taken: LinkStep): Promise<void> {
    const model = this.#model;
    switch (taken.does) {
      case 'wait':
        return this.#installation.clock.advance(taken.time);
      case 'sign up': {
        const address = this.#installation.email(taken.email);
        const asked = (core: TestCore) => core.ask('/recipe/signup', { email: address, password: requests.PASSWORD });
        return this.#ask(undefined, asked, (id) => reference.signUp(model, address, id));
      }
      case 'sign in by provider': {
        const [address, user] = [
          this.#installation.email(taken.email),
          this.#installation.providerUser(taken.provider),
        ];
        const asked = (core: TestCore) => requests.signInByProvider(core, address, user);
        return this.#ask(taken.death, asked, (id) => reference.signInByProvider(model, user, address, id));
      }
      default:
        return this.#takeByMethod(taken);
    }
  }

  async #takeByMethod(taken: Extract<LinkStep, { readonly method: number }>): Promise<void> {
    const model = this.#model;
    const id = pick(this.#ids, taken.method);
    if (id === undefined) return;
    switch (taken.does) {
      case 'make primary':
        return this.#ask(
          taken.death,
          (core) => requests.makePrimary(core, id),
          () => reference.makePrimary(model, id),
        );
      case 'link': {
        const to = pick(this.#ids, taken.to) ?? id;
        return this.#ask(
          taken.death,
          (core) => requests.link(core, id, to),
          () => reference.link(model, id, to),
        );
      }
      case 'unlink':
        return this.#ask(
          taken.death,
          (core) => requests.unlink(core, id),
          () => reference.unlink(model, id),
        );
      case 'change email': {
        const address = this.#installation.email(taken.email);
        const asked = (core: TestCore) => requests.changeEmail(core, id, address);
        return this.#ask(taken.death, asked, () => reference.changeEmail(model, id, address));
      }
      case 'remove': {
        const { withLinked } = taken;
        const asked = (core: TestCore) => requests.remove(core, id, withLinked);
        return this.#ask(taken.death, asked, () => reference.remove(model, id, withLinked));
      }
      case 'log in':
        return this.#logIn(id);
    }
  }

  async #ask(
    dies: Death,
    ask: (core: TestCore) => Promise<TestAnswer>,
    expected: (newId: string) => reference.Outcome,
  ): Promise<void> {
    const answer = await ask(this.#installation.process(dies));
    const isBlocked = this.#installation.clock.time < this.#blockedUntil;
    if (answer.status >= 500) {
      // A request whose process does not die waits for what a broken request has claimed, and gives up.
      expect(dies !== undefined || isBlocked).toBe(true);
      return this.#afterCrash(expected(''));
    }
    const newId = String(answer.json.recipeUserId ?? '');
    const { answer: expectedAnswer, model } = expected(newId);
    if (isBlocked && BLOCKED.includes(String(answer.json.status))) return;
    if (expectedAnswer.status === undefined) expect(answer.text).toBe('Unknown user ID provided\n');
    else expect(answer.json).toMatchObject(expectedAnswer);
    this.#note(model);
  }

  #note(model: reference.LinkModel): void {
    for (const { id } of model.methods) if (!this.#ids.includes(id)) this.#ids.push(id);
    this.#model = model;
  }

  /** Each login method is as it was before the request or as it is after the request, or it was removed. */
  async #afterCrash({ model: after }: reference.Outcome): Promise<void> {
    this.#blockedUntil = this.#installation.clock.time + MINUTE;
    const before = this.#model;
    const methods: reference.ModelMethod[] = [];
    for (const was of before.methods) {
      const seen = await this.#seenMethod(was);
      const will = reference.methodOf(after, was.id);
      expect([was, will]).toContainEqual(seen);
      if (seen !== undefined) methods.push(seen);
    }
    this.#note({ methods: [...methods, ...(await this.#newMethods(after))], sessions: before.sessions });
    await this.#noteLiveSessions();
  }

  async #seenMethod(was: reference.ModelMethod): Promise<reference.ModelMethod | undefined> {
    const user = await requests.seenUser(this.#installation.core, was.id);
    const seen = user?.loginMethods.find(({ recipeUserId }) => recipeUserId === was.id);
    if (user === undefined || seen === undefined) return undefined;
    return { ...was, email: String(seen.email), primaryId: user.isPrimaryUser ? user.id : undefined };
  }

  /** A user whom a request has created before it broke off. */
  async #newMethods({ methods }: reference.LinkModel): Promise<reference.ModelMethod[]> {
    const created = methods.find(({ id }) => id === '');
    if (created === undefined) return [];
    const { json } = await this.#installation.core.ask(
      `/users/by-accountinfo?doUnionOfAccountInfo=true&thirdPartyId=google&thirdPartyUserId=${created.providerUser}`,
    );
    return (json.users as unknown as requests.SeenUser[]).map(({ id }) => ({ ...created, id }));
  }

  /** A broken request may have ended some sessions. */
  async #noteLiveSessions(): Promise<void> {
    const sessions: reference.ModelSession[] = [];
    for (const session of this.#model.sessions) {
      const { json } = await this.#installation.core.ask(`/recipe/session?sessionHandle=${session.handle}`);
      if (json.status === 'OK') sessions.push(session);
    }
    this.#model = { ...this.#model, sessions };
  }

  async #logIn(id: string): Promise<void> {
    const answer = await requests.logIn(this.#installation.core, id);
    const userId = reference.userIdOf(this.#model, id);
    // A session of a deleted user ends at once.
    if (userId === undefined) return;
    expect(answer.json.session).toMatchObject({ userId, recipeUserId: id });
    const session = { handle: String((answer.json.session as JsonObject).handle), recipeUserId: id };
    this.#model = { ...this.#model, sessions: [...this.#model.sessions, session] };
  }

  async #checkAll(): Promise<void> {
    const users = await requests.expectConsistent(this.#installation.core, this.#ids);
    const expected = new Map<string, string[]>();
    for (const { id, primaryId = id } of this.#model.methods) {
      expected.set(primaryId, [...(expected.get(primaryId) ?? []), id]);
    }
    const seen = users.map((user) => [user.id, user.loginMethods.map(({ recipeUserId }) => recipeUserId)] as const);
    expect(new Map(seen)).toEqual(expected);
    for (const { id, loginMethods, isPrimaryUser } of users) {
      const members = reference.membersOf(this.#model, id);
      expect(isPrimaryUser).toBe(members[0]?.primaryId !== undefined);
      expect(loginMethods.map((each) => each.email)).toEqual(members.map((each) => each.email));
    }
    for (const id of this.#ids) await this.#checkSessions(id);
  }

  /** A user's sessions are those of all login methods. A deleted user has none. */
  async #checkSessions(id: string): Promise<void> {
    const userId = reference.userIdOf(this.#model, id);
    const ids = [userId, ...reference.membersOf(this.#model, userId ?? '').map((each) => each.id)];
    const expected = this.#model.sessions.filter(({ recipeUserId }) => ids.includes(recipeUserId));
    const handles = expected.map(({ handle }) => handle);
    expect((await requests.sessionsOf(this.#installation.core, id)).toSorted()).toEqual(handles.toSorted());
  }

  /** The list and the search have exactly the users that there are, each once. */
  async #checkList(): Promise<void> {
    const users = new Set(this.#model.methods.map(({ id, primaryId }) => primaryId ?? id));
    const { json } = await this.#installation.core.ask(`/users?email=${this.#installation.mark}`);
    const found = (json.users as unknown as requests.SeenUser[]).map(({ id }) => id);
    expect(found.toSorted()).toEqual([...users].toSorted());
    const ours = (await this.#installation.listed()).filter((row) => row.email?.startsWith(this.#installation.mark));
    const oldest = [...users].map((userId) => reference.membersOf(this.#model, userId)[0]?.id);
    expect(ours.map(({ id }) => String(id)).toSorted()).toEqual(oldest.toSorted());
  }
}

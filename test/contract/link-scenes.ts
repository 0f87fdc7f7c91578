import type { TestAnswer, TestCore } from '../fixtures/core.ts';
import {
  changeEmail,
  expectOk,
  link,
  linkedUsers,
  logIn,
  makePrimary,
  passwordUser,
  providerUser,
  remove,
  type SeenUser,
  seenUser,
  sessionsOf,
  someAddress,
  unlink,
} from '../fixtures/linking.ts';

/** A request, the login methods that it is about, and the contacts that it may give to a primary user. */
export interface Scene {
  readonly ids: readonly string[];
  readonly contested: readonly string[];
  ask(core: TestCore): Promise<TestAnswer>;
  /** What is true after the request was repeated until it was done. */
  expectDone(core: TestCore): Promise<void>;
}

export interface LinkOperation {
  readonly name: string;
  /** As many writes as it has at least. */
  readonly writes: number;
  prepare(core: TestCore): Promise<Scene>;
}

/** The ids of a user's login methods, oldest first. */
export const methodsOf = (user: SeenUser | undefined): string[] =>
  (user?.loginMethods ?? []).map(({ recipeUserId }) => recipeUserId);

/** A primary user with a session and metadata. The first login method was removed, and another one is left. */
async function withoutFirst(core: TestCore, email: string): Promise<readonly [string, string]> {
  const [primary, id] = [await passwordUser(core), await providerUser(core, email)] as const;
  await linkedUsers(core, primary, id);
  await core.ask('/recipe/user/metadata', { userId: primary, metadataUpdate: { a: 1 } }, { method: 'PUT' });
  await expectOk(logIn(core, primary));
  await expectOk(remove(core, primary, false));
  return [primary, id];
}

async function expectNothingLeft(core: TestCore, primary: string): Promise<void> {
  expect((await core.ask(`/recipe/user/metadata?userId=${primary}`)).json.metadata).toEqual({});
  expect(await sessionsOf(core, primary)).toEqual([]);
}

/** Every request that changes links, or contacts of linked login methods. */
export const LINK_OPERATIONS: readonly LinkOperation[] = [
  {
    name: 'making a primary user',
    writes: 3,
    async prepare(core) {
      const email = someAddress();
      const [id, userId] = [await providerUser(core, email), email];
      return {
        ids: [id],
        contested: [userId],
        ask: (asked) => makePrimary(asked, id),
        expectDone: async () => expect(await seenUser(core, id)).toMatchObject({ id, isPrimaryUser: true }),
      };
    },
  },
  {
    name: 'linking',
    writes: 6,
    async prepare(core) {
      const email = someAddress();
      const [primary, id] = [await passwordUser(core), await providerUser(core, email)];
      await linkedUsers(core, primary);
      return {
        ids: [primary, id],
        contested: [email],
        ask: (asked) => link(asked, id, primary),
        expectDone: async () => expect(methodsOf(await seenUser(core, id))).toEqual([primary, id]),
      };
    },
  },
  {
    name: 'unlinking',
    writes: 4,
    async prepare(core) {
      const email = someAddress();
      const [primary, id] = [await passwordUser(core), await providerUser(core, email)];
      await linkedUsers(core, primary, id);
      return {
        ids: [primary, id],
        contested: [email],
        ask: (asked) => unlink(asked, id),
        async expectDone() {
          expect(await seenUser(core, id)).toMatchObject({ id, isPrimaryUser: false });
          expect(methodsOf(await seenUser(core, primary))).toEqual([primary]);
        },
      };
    },
  },
  {
    name: 'unlinking a primary user without others',
    writes: 3,
    async prepare(core) {
      const email = someAddress();
      const id = await passwordUser(core, email);
      await linkedUsers(core, id);
      return {
        ids: [id],
        contested: [email],
        ask: (asked) => unlink(asked, id),
        expectDone: async () => expect(await seenUser(core, id)).toMatchObject({ id, isPrimaryUser: false }),
      };
    },
  },
  {
    name: 'unlinking the first login method, which removes it',
    writes: 5,
    async prepare(core) {
      const email = someAddress();
      const [primary, id] = [await passwordUser(core, email), await providerUser(core)];
      await linkedUsers(core, primary, id);
      return {
        ids: [primary, id],
        contested: [email],
        ask: (asked) => unlink(asked, primary),
        async expectDone() {
          expect(await seenUser(core, primary)).toMatchObject({ id: primary, isPrimaryUser: true });
          expect(methodsOf(await seenUser(core, primary))).toEqual([id]);
        },
      };
    },
  },
  {
    name: 'changing the email of a linked login method',
    writes: 10,
    async prepare(core) {
      const [email, next] = [someAddress(), someAddress()];
      const [primary, id] = [await providerUser(core), await passwordUser(core, email)];
      await linkedUsers(core, primary, id);
      return {
        ids: [primary, id],
        contested: [email, next],
        ask: (asked) => changeEmail(asked, id, next),
        async expectDone() {
          const user = await seenUser(core, id);
          expect(user?.loginMethods.map((method) => method.email)).toContain(next);
          expect(user?.emails).not.toContain(email);
        },
      };
    },
  },
  {
    name: 'removing a user with all login methods',
    writes: 12,
    async prepare(core) {
      const [email, other] = [someAddress(), someAddress()];
      const [primary, id] = [await passwordUser(core, email), await providerUser(core, other)];
      await linkedUsers(core, primary, id);
      return {
        ids: [primary, id],
        contested: [email, other],
        ask: (asked) => remove(asked, id, true),
        async expectDone() {
          for (const each of [primary, id]) {
            expect(await seenUser(core, each)).toBeUndefined();
            expect(await sessionsOf(core, each)).toEqual([]);
          }
        },
      };
    },
  },
  {
    name: 'removing one login method',
    writes: 6,
    async prepare(core) {
      const email = someAddress();
      const [primary, id] = [await passwordUser(core), await providerUser(core, email)];
      await linkedUsers(core, primary, id);
      return {
        ids: [primary, id],
        contested: [email],
        ask: (asked) => remove(asked, id, false),
        async expectDone() {
          expect(methodsOf(await seenUser(core, primary))).toEqual([primary]);
          expect(await seenUser(core, id)).toBeUndefined();
        },
      };
    },
  },
  {
    name: 'removing the last login method of a primary user whose first one was removed',
    writes: 8,
    async prepare(core) {
      const email = someAddress();
      const [primary, id] = await withoutFirst(core, email);
      return {
        ids: [primary, id],
        contested: [email],
        ask: (asked) => remove(asked, id, false),
        async expectDone() {
          for (const each of [primary, id]) expect(await seenUser(core, each)).toBeUndefined();
          await expectNothingLeft(core, primary);
        },
      };
    },
  },
  {
    name: 'unlinking the last login method of a primary user whose first one was removed',
    writes: 8,
    async prepare(core) {
      const email = someAddress();
      const [primary, id] = await withoutFirst(core, email);
      return {
        ids: [primary, id],
        contested: [email],
        ask: (asked) => unlink(asked, id),
        async expectDone() {
          expect(await seenUser(core, primary)).toBeUndefined();
          expect(await seenUser(core, id)).toMatchObject({ id, isPrimaryUser: false });
          await expectNothingLeft(core, primary);
        },
      };
    },
  },
];

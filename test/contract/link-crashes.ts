import { createDynamoDbStore } from '../../lib/core/store/dynamodb/index.ts';
import { createDynamoDbUserStores } from '../../lib/core/store/dynamodb/user-stores.ts';
import { connectTestDatabase, ManualClock, type TestAnswer, type TestCore } from '../fixtures/core.ts';
import {
  changeEmail,
  expectConsistent,
  expectOk,
  holdsEmail,
  link,
  linkedUsers,
  logIn,
  makePrimary,
  PASSWORD,
  passwordUser,
  providerUser,
  remove,
  type SeenUser,
  seenUser,
  sessionsOf,
  someAddress,
  unlink,
} from '../fixtures/linking.ts';
import { dyingDb } from '../fixtures/store-wrappers.ts';
import { idIn, makeUserCore } from '../fixtures/user-core.ts';
import type { Database, Endpoint } from './targets.ts';

const MINUTE = 60_000;

/** A request, the login methods that it is about, and the contacts that it may give to a primary user. */
interface Scene {
  readonly ids: readonly string[];
  readonly contested: readonly string[];
  ask(core: TestCore): Promise<TestAnswer>;
  /** What holds once the request was repeated until it was done. */
  expectDone(core: TestCore): Promise<void>;
}

interface Operation {
  readonly name: string;
  /** As many writes as it has at least. */
  readonly writes: number;
  prepare(core: TestCore): Promise<Scene>;
}

const methodsOf = (user: SeenUser | undefined): string[] =>
  (user?.loginMethods ?? []).map(({ recipeUserId }) => recipeUserId);

/** A primary user with a session and metadata, of whom the first login method was removed, and another one is left. */
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

const OPERATIONS: readonly Operation[] = [
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

/** What a crash between two writes leaves of linked login methods, wherever it happens. */
export function describeLinkCrashes(endpoint: Endpoint): void {
  let database: Database;
  let clock: ManualClock;
  let core: TestCore;

  beforeAll(async () => {
    database = await connectTestDatabase(await endpoint());
    clock = new ManualClock();
    core = makeUserCore(database, { clock });
    await core.core.readKeys();
  });

  const dying = (writes: number): TestCore => {
    const db = dyingDb(database.db, writes);
    const { tables } = database;
    const stores = createDynamoDbUserStores(db, tables.coreUsers);
    return makeUserCore({ store: createDynamoDbStore(db, tables), userStores: stores }, { clock });
  };

  /** @returns whether the request was done before the process died */
  const crash = async (scene: Scene, writes: number): Promise<boolean> =>
    (await scene.ask(dying(writes))).json.status === 'OK';

  /** As many writes as the operation has, with what `then` finds after each crash before that. */
  const crashEverywhere = async ({ prepare }: Operation, then: (scene: Scene) => Promise<void>): Promise<number> => {
    for (let writes = 0; ; writes++) {
      const scene = await prepare(core);
      const isDone = await crash(scene, writes);
      await then(scene);
      if (isDone) return writes;
    }
  };

  describe.each(OPERATIONS)('$name that dies at any write', (operation) => {
    test('leaves every login method with one user, and it can be repeated', async () => {
      const writes = await crashEverywhere(operation, async (scene) => {
        await expectConsistent(core, scene.ids);
        await expectOk(scene.ask(core)).catch(() => scene.ask(core));
        await expectConsistent(core, scene.ids);
        await scene.expectDone(core);
      });
      expect(writes).toBeGreaterThanOrEqual(operation.writes);
    });

    test('leaves a contact that no primary user has to another, a minute later', async () => {
      await crashEverywhere(operation, async (scene) => {
        clock.advance(MINUTE);
        const users = await expectConsistent(core, scene.ids);
        const rivals: string[] = [];
        for (const email of scene.contested) {
          const rival = await providerUser(core, email);
          rivals.push(rival);
          const { json } = await makePrimary(core, rival);
          expect([email, json.status === 'OK']).toEqual([email, !holdsEmail(users, email)]);
        }
        // The request, as far as it can still be carried out, takes nothing from them.
        await scene.ask(core);
        await expectConsistent(core, [...scene.ids, ...rivals]);
      });
    });
  });

  test('the email of a first login method that is removed is free for a password user, wherever the removal dies', async () => {
    for (let writes = 0, isDone = false; !isDone; writes++) {
      const email = someAddress();
      const [primary, id] = [await passwordUser(core, email), await providerUser(core)];
      await linkedUsers(core, primary, id);
      isDone = (await remove(dying(writes), primary, false)).json.status === 'OK';
      clock.advance(MINUTE);
      const isThere = methodsOf(await seenUser(core, id)).includes(primary);
      const { json } = await core.ask('/recipe/signup', { email, password: PASSWORD });
      expect([writes, json.status]).toEqual([writes, isThere ? 'EMAIL_ALREADY_EXISTS_ERROR' : 'OK']);
    }
  });

  test('a contact that a request is about to give to a primary user is not free before a minute has passed', async () => {
    const email = someAddress();
    const id = await providerUser(core, email);
    await makePrimary(dying(1), id);
    clock.advance(MINUTE - 2);
    const rival = await providerUser(core, email);
    const refused = { status: 'ACCOUNT_INFO_ALREADY_ASSOCIATED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR', primaryUserId: id };
    expect((await makePrimary(core, rival)).json).toMatchObject(refused);
    clock.advance(2);
    expect((await makePrimary(core, rival)).json).toMatchObject({ status: 'OK' });
    expect(idIn(await makePrimary(core, rival))).toBe(rival);
  });
}

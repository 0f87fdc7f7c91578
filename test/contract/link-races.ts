import { setTimeout as delay } from 'node:timers/promises';
import { connectTestDatabase, ManualClock, storesOn, type TestAnswer, type TestCore } from '../fixtures/core.ts';
import {
  changeEmail,
  expectConsistent,
  expectOk,
  handleIn,
  holdsEmail,
  link,
  linkedUsers,
  logIn,
  makePrimary,
  passwordUser,
  providerUser,
  remove,
  seenUser,
  signInByProvider,
  someAddress,
  unlink,
} from '../fixtures/linking.ts';
import { interceptDb } from '../fixtures/store-wrappers.ts';
import { makeUserCore } from '../fixtures/user-core.ts';
import type { Database, Endpoint } from './targets.ts';

/** Each race runs so many times, one after the other. Each time, the requests meet at other moments. */
const ROUNDS = 12;

const CONFLICT = 'ACCOUNT_INFO_ALREADY_ASSOCIATED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR';

/** What is true of linked login methods after requests of several processes have changed them at once. */
export function describeLinkRaces(endpoint: Endpoint): void {
  let database: Database;
  let clock: ManualClock;
  let core: TestCore;
  let cores: readonly [TestCore, TestCore];

  beforeAll(async () => {
    database = await connectTestDatabase(await endpoint());
    clock = new ManualClock();
    core = makeUserCore(database, { clock });
    await core.core.readKeys();
    cores = [erratic(), erratic()];
  });

  /** A process whose calls of DynamoDB take a random time each. */
  function erratic(): TestCore {
    const db = interceptDb(database.db, () => delay(Math.random() * 5));
    return makeUserCore(storesOn(db, database.tables), { clock });
  }

  const rounds = async (play: () => Promise<void>): Promise<void> => {
    for (let round = 0; round < ROUNDS; round++) await play();
  };

  /** Sends the requests at once, in turn from the two processes. @returns their statuses */
  const atOnce = async (...requests: readonly ((asked: TestCore) => Promise<TestAnswer>)[]): Promise<string[]> => {
    const answers = await Promise.all(requests.map((ask, index) => ask(cores[index % 2 === 0 ? 0 : 1])));
    return answers.map(({ json, text }) => (typeof json.status === 'string' ? json.status : text.trim()));
  };

  test('one user who becomes primary 20 times at once is primary, and every request says so', () =>
    rounds(async () => {
      const id = await passwordUser(core);
      const statuses = await atOnce(...Array.from({ length: 20 }, () => (asked: TestCore) => makePrimary(asked, id)));
      expect(new Set(statuses)).toEqual(new Set(['OK']));
      expect(await expectConsistent(core, [id])).toMatchObject([{ id, isPrimaryUser: true }]);
    }));

  test('of 10 users with one email who become primary at once, exactly one does', () =>
    rounds(async () => {
      const email = someAddress();
      const ids: string[] = [];
      for (let n = 0; n < 10; n++) ids.push(await providerUser(core, email));
      const statuses = await atOnce(...ids.map((id) => (asked: TestCore) => makePrimary(asked, id)));
      expect(statuses.toSorted()).toEqual([...Array(9).fill(CONFLICT), 'OK']);
      expect((await expectConsistent(core, ids)).filter(({ isPrimaryUser }) => isPrimaryUser)).toHaveLength(1);
    }));

  test('of two users with one email who are linked to two primary users at once, exactly one is', () =>
    rounds(async () => {
      const email = someAddress();
      const primaries = [await passwordUser(core), await passwordUser(core)] as const;
      for (const primary of primaries) await linkedUsers(core, primary);
      const [one, other] = [await providerUser(core, email), await providerUser(core, email)];
      const statuses = await atOnce(
        (asked) => link(asked, one, primaries[0]),
        (asked) => link(asked, other, primaries[1]),
      );
      expect(statuses.toSorted()).toEqual([CONFLICT, 'OK']);
      expect(holdsEmail(await expectConsistent(core, [...primaries, one, other]), email)).toBe(true);
    }));

  test('a login method is linked to one of two primary users that it is linked to at once', () =>
    rounds(async () => {
      const primaries = [await passwordUser(core), await passwordUser(core)] as const;
      for (const primary of primaries) await linkedUsers(core, primary);
      const id = await providerUser(core);
      const statuses = await atOnce(
        (asked) => link(asked, id, primaries[0]),
        (asked) => link(asked, id, primaries[1]),
      );
      expect(statuses.filter((status) => status === 'OK')).toHaveLength(1);
      expect(statuses).not.toContain('Internal Error');
      await expectConsistent(core, [...primaries, id]);
    }));

  test('a link against a change to the same email by a member of another primary user lets one of them have it', () =>
    rounds(async () => {
      const email = someAddress();
      const [primary, rival] = [await passwordUser(core), await passwordUser(core)];
      await linkedUsers(core, primary);
      await linkedUsers(core, rival);
      const id = await providerUser(core, email);
      const statuses = await atOnce(
        (asked) => link(asked, id, primary),
        (asked) => changeEmail(asked, rival, email),
      );
      expect(statuses.filter((status) => status === 'OK')).toHaveLength(1);
      expect(holdsEmail(await expectConsistent(core, [primary, rival, id]), email)).toBe(true);
    }));

  test('a link against changes of the email of the login method that is linked never leaves a shared email', () =>
    rounds(async () => {
      const [first, second, third] = [someAddress(), someAddress(), someAddress()];
      const [primary, rival] = [await passwordUser(core), await passwordUser(core, third)];
      await linkedUsers(core, primary);
      await linkedUsers(core, rival);
      const id = await providerUser(core, first, first);
      await atOnce(
        (asked) => link(asked, id, primary),
        (asked) => signInByProvider(asked, second, first),
        (asked) => signInByProvider(asked, third, first),
        (asked) => signInByProvider(asked, first, first),
      );
      await expectConsistent(core, [primary, rival, id]);
    }));

  test('changes of one login method of a primary user at once end with an email that the primary user holds', () =>
    rounds(async () => {
      const emails = [someAddress(), someAddress(), someAddress()];
      const [primary, id] = [await providerUser(core), await passwordUser(core)];
      await linkedUsers(core, primary, id);
      const statuses = await atOnce(
        ...[...emails, ...emails].map((email) => (asked: TestCore) => changeEmail(asked, id, email)),
      );
      expect(new Set(statuses)).toEqual(new Set(['OK']));
      const [user] = await expectConsistent(core, [primary, id]);
      for (const email of emails) {
        const { json } = await makePrimary(core, await providerUser(core, email));
        expect(json.status).toBe(user?.emails.includes(email) ? CONFLICT : 'OK');
      }
    }));

  test('unlinking a primary user without others against a link to it leaves no two users with one id', () =>
    rounds(async () => {
      const email = someAddress();
      const [primary, id] = [await passwordUser(core, email), await providerUser(core)];
      await linkedUsers(core, primary);
      await atOnce(
        (asked) => unlink(asked, primary),
        (asked) => link(asked, id, primary),
      );
      const users = await expectConsistent(core, [primary, id]);
      const rival = await providerUser(core, email);
      expect((await makePrimary(core, rival)).json.status).toBe(holdsEmail(users, email) ? CONFLICT : 'OK');
    }));

  test('unlinking and linking one login method at once leaves it with one user', () =>
    rounds(async () => {
      const [primary, id] = [await passwordUser(core), await providerUser(core)];
      await linkedUsers(core, primary, id);
      const requests = [unlink, (asked: TestCore, of: string) => link(asked, of, primary)];
      await atOnce(...Array.from({ length: 6 }, (_, n) => (asked: TestCore) => (requests[n % 2] ?? unlink)(asked, id)));
      await expectConsistent(core, [primary, id]);
      await expectOk(unlink(core, id));
      expect(await seenUser(core, id)).toMatchObject({ id, isPrimaryUser: false });
      expect((await seenUser(core, primary))?.loginMethods).toHaveLength(1);
    }));

  test.each([true, false])(
    'deleting a user (with all login methods: %s) against a link to it leaves no half of a user',
    (all) =>
      rounds(async () => {
        const [primary, id] = [await passwordUser(core), await providerUser(core)];
        await linkedUsers(core, primary);
        await atOnce(
          (asked) => remove(asked, primary, all),
          (asked) => link(asked, id, primary),
        );
        const users = await expectConsistent(core, [primary, id]);
        const methods = users.flatMap(({ loginMethods }) => loginMethods.map(({ recipeUserId }) => recipeUserId));
        expect(methods).not.toContain(primary);
      }),
  );

  test('a session that is created while its login method is linked or unlinked names the right user', () =>
    rounds(async () => {
      const [primary, id] = [await passwordUser(core), await providerUser(core)];
      await linkedUsers(core, primary);
      for (const change of [(asked: TestCore) => link(asked, id, primary), (asked: TestCore) => unlink(asked, id)]) {
        const [answers] = await Promise.all([
          Promise.all([logIn(cores[0], id), logIn(cores[1], id)]),
          change(cores[1]),
        ]);
        const userId = (await seenUser(core, id))?.id;
        for (const created of answers) {
          const { json } = await core.ask(`/recipe/session?sessionHandle=${handleIn(created)}`);
          if (json.status === 'OK') expect(json).toMatchObject({ userId, recipeUserId: id });
        }
      }
    }));
}

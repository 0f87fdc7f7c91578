import { connectTestDatabase, ManualClock, storesOn, type TestCore } from '../fixtures/core.ts';
import {
  expectConsistent,
  expectOk,
  holdsEmail,
  linkedUsers,
  makePrimary,
  PASSWORD,
  passwordUser,
  providerUser,
  remove,
  seenUser,
  someAddress,
} from '../fixtures/linking.ts';
import { dyingDb } from '../fixtures/store-wrappers.ts';
import { idIn, makeUserCore } from '../fixtures/user-core.ts';
import { LINK_OPERATIONS, type LinkOperation, methodsOf, type Scene } from './link-scenes.ts';
import type { Database, Endpoint } from './targets.ts';

const MINUTE = 60_000;

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
    return makeUserCore(storesOn(db, database.tables), { clock });
  };

  /** @returns whether the request was done before the process died */
  const crash = async (scene: Scene, writes: number): Promise<boolean> =>
    (await scene.ask(dying(writes))).json.status === 'OK';

  /**
   * Crashes the operation after each of its writes, and runs `then` after each crash.
   * @returns how many writes it has
   */
  const crashEverywhere = async (
    { prepare }: LinkOperation,
    then: (scene: Scene) => Promise<void>,
  ): Promise<number> => {
    for (let writes = 0; ; writes++) {
      const scene = await prepare(core);
      const isDone = await crash(scene, writes);
      await then(scene);
      if (isDone) return writes;
    }
  };

  describe.each(LINK_OPERATIONS)('$name that dies at any write', (operation) => {
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
        // The request takes nothing from them, as far as it can still be carried out.
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

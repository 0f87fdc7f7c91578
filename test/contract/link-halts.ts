import { connectTestDatabase, ManualClock, storesOn, type TestCore } from '../fixtures/core.ts';
import {
  changeEmail,
  expectConsistent,
  expectOk,
  link,
  linkedUsers,
  logIn,
  makePrimary,
  passwordUser,
  providerUser,
  remove,
  seenUser,
  sessionsOf,
  someAddress,
  unlink,
} from '../fixtures/linking.ts';
import { type DbCall, type Pause, pausingDb } from '../fixtures/store-wrappers.ts';
import { makeUserCore } from '../fixtures/user-core.ts';
import type { Database, Endpoint } from './targets.ts';

const MINUTE = 60_000;
const CONFLICT = 'ACCOUNT_INFO_ALREADY_ASSOCIATED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR';

/**
 * What a request does that halts between two calls, and continues after other requests have changed what it has read.
 */
export function describeLinkHalts(endpoint: Endpoint): void {
  let database: Database;
  let clock: ManualClock;
  let core: TestCore;

  beforeAll(async () => {
    database = await connectTestDatabase(await endpoint());
    clock = new ManualClock();
    core = makeUserCore(database, { clock });
    await core.core.readKeys();
  });

  /** Another process, which halts before one call. */
  const halting = (matches: (call: DbCall) => boolean): Pause & { readonly core: TestCore } => {
    const { db, ...pause } = pausingDb(database.db, matches);
    return { ...pause, core: makeUserCore(storesOn(db, database.tables), { clock }) };
  };

  const updateOf = (id: string) => (call: DbCall) => call.operation === 'update' && call.pk === `user#${id}`;
  const putOf = (id: string) => (call: DbCall) => call.operation === 'put' && call.pk === `primary#${id}`;
  const statusOf = async (asked: ReturnType<TestCore['ask']>) => (await asked).json.status ?? (await asked).text.trim();

  /** A primary user and another login method. Neither is linked. */
  const pair = async (email?: string): Promise<readonly [string, string]> => {
    const [primary, id] = [await passwordUser(core), await providerUser(core, email)] as const;
    await linkedUsers(core, primary);
    return [primary, id];
  };

  test.each([
    ['before it writes the primary user', putOf],
    ['before it writes the login method', (_primary: string, id: string) => updateOf(id)],
  ])('a link that halts %s does not take an email that was given to another meanwhile', async (_where, place) => {
    const email = someAddress();
    const [primary, id] = await pair(email);
    const halted = halting(place(primary, id));
    const linking = statusOf(link(halted.core, id, primary));
    await halted.reached;
    clock.advance(MINUTE);
    const rival = await providerUser(core, email);
    await expectOk(makePrimary(core, rival));
    halted.resume();
    expect(await linking).toBe(CONFLICT);
    await expectConsistent(core, [primary, id, rival]);
  });

  test.each([
    ['before it writes the primary user', putOf],
    ['before it writes the login method', updateOf],
  ])('a user who becomes primary, and halts %s, does not share an email', async (_where, place) => {
    const email = someAddress();
    const id = await passwordUser(core, email);
    const halted = halting(place(id));
    const making = statusOf(makePrimary(halted.core, id));
    await halted.reached;
    clock.advance(MINUTE);
    const rival = await providerUser(core, email);
    await expectOk(makePrimary(core, rival));
    halted.resume();
    expect(await making).toBe(CONFLICT);
    await expectConsistent(core, [id, rival]);
  });

  test('a change of the email that halts does not take one that was given to another meanwhile', async () => {
    const email = someAddress();
    const [primary, id] = [await providerUser(core), await passwordUser(core)];
    await linkedUsers(core, primary, id);
    const halted = halting(updateOf(id));
    const changing = statusOf(changeEmail(halted.core, id, email));
    await halted.reached;
    clock.advance(MINUTE);
    const rival = await providerUser(core, email);
    await expectOk(makePrimary(core, rival));
    halted.resume();
    expect(await changing).toBe('EMAIL_CHANGE_NOT_ALLOWED_ERROR');
    await expectConsistent(core, [primary, id, rival]);
  });

  test('a change of the email that halts while the login method is unlinked and linked again is listed', async () => {
    const email = someAddress();
    const [primary, id] = [await providerUser(core), await passwordUser(core)];
    await linkedUsers(core, primary, id);
    const halted = halting(updateOf(id));
    const changing = statusOf(changeEmail(halted.core, id, email));
    await halted.reached;
    await expectOk(unlink(core, id));
    await expectOk(link(core, id, primary));
    halted.resume();
    expect(await changing).toBe('OK');
    await expectConsistent(core, [primary, id]);
    const rival = await providerUser(core, email);
    expect(await statusOf(makePrimary(core, rival))).toBe(CONFLICT);
  });

  test('a link that halts while the primary user is unlinked fails', async () => {
    const [primary, id] = await pair();
    const halted = halting(updateOf(id));
    const linking = statusOf(link(halted.core, id, primary));
    await halted.reached;
    await expectOk(unlink(core, primary));
    halted.resume();
    expect(await linking).toBe('INPUT_USER_IS_NOT_A_PRIMARY_USER');
    expect(await expectConsistent(core, [primary, id])).toHaveLength(2);
  });

  test('a link that halts while the primary user is deleted fails', async () => {
    const [primary, id] = await pair();
    const halted = halting(updateOf(id));
    const linking = statusOf(link(halted.core, id, primary));
    await halted.reached;
    await expectOk(remove(core, primary, true));
    halted.resume();
    expect(await linking).toBe('Unknown user ID provided');
    expect(await expectConsistent(core, [primary, id])).toMatchObject([{ id, isPrimaryUser: false }]);
  });

  test('a link that halts while the login method is deleted fails', async () => {
    const [primary, id] = await pair();
    const halted = halting(putOf(primary));
    const linking = statusOf(link(halted.core, id, primary));
    await halted.reached;
    await expectOk(remove(core, id, true));
    halted.resume();
    expect(await linking).toBe('Unknown user ID provided');
    expect((await seenUser(core, primary))?.loginMethods).toHaveLength(1);
  });

  test('an unlinking that halts while the login method is linked again leaves it linked or not, but not both', async () => {
    const [primary, id] = await pair();
    await expectOk(link(core, id, primary));
    const halted = halting(updateOf(id));
    const unlinking = statusOf(unlink(halted.core, id));
    await halted.reached;
    await expectOk(link(core, id, primary));
    halted.resume();
    expect(await unlinking).toBe('OK');
    await expectConsistent(core, [primary, id]);
    expect((await seenUser(core, id))?.id).toBe(primary);
  });

  test('a deletion of a primary user that halts deletes what is linked to it meanwhile', async () => {
    const [primary, id] = await pair();
    const halted = halting(putOf(primary));
    const removing = remove(halted.core, primary, true);
    await halted.reached;
    // The first login method is gone already.
    expect(await statusOf(link(core, id, primary))).toBe('Unknown user ID provided');
    halted.resume();
    await expectOk(removing);
    expect(await expectConsistent(core, [primary, id])).toMatchObject([{ id }]);
  });

  test('a log-in that halts while its login method is unlinked gets no session of the primary user', async () => {
    const [primary, id] = await pair();
    await expectOk(link(core, id, primary));
    const halted = halting(({ operation, pk }) => operation === 'put' && pk.startsWith('session#'));
    const loggingIn = logIn(halted.core, id);
    await halted.reached;
    await expectOk(unlink(core, id));
    halted.resume();
    expect((await loggingIn).json.session).toMatchObject({ userId: id, recipeUserId: id });
    expect(await sessionsOf(core, primary)).toEqual([]);
    expect(await sessionsOf(core, id)).toHaveLength(1);
  });
}

import { connectTestDatabase, ManualClock, type TestCore } from '../fixtures/core.ts';
import {
  expectOk,
  link,
  linkedUsers,
  logIn,
  makePrimary,
  PASSWORD,
  passwordUser,
  providerUser,
  someAddress,
} from '../fixtures/linking.ts';
import { makeUserCore } from '../fixtures/user-core.ts';
import { JOINED } from '../fixtures/users.ts';
import { measureCapacity } from './measure-capacity.ts';
import type { Database, Endpoint } from './targets.ts';

/** What account linking costs, and that it costs nothing if it is not used. */
export function describeLinkCapacity(endpoint: Endpoint): void {
  let database: Database;
  let core: TestCore;

  beforeEach(async () => {
    database = await connectTestDatabase(await endpoint());
    core = makeUserCore(database, { clock: new ManualClock(JOINED) });
    await core.core.readKeys();
  });

  const measure = (action: () => Promise<unknown>) => measureCapacity(database, action);
  const signIn = (email: string) => expectOk(core.ask('/recipe/signin', { email, password: PASSWORD }));

  test('signing in costs 2 reads for a user who is not linked, 3 for a primary user, 4 with another login method', async () => {
    const email = someAddress();
    const id = await passwordUser(core, email);
    const other = await providerUser(core);
    expect(await measure(() => signIn(email))).toEqual({ reads: 2, writes: 0 });
    await expectOk(makePrimary(core, id));
    expect(await measure(() => signIn(email))).toEqual({ reads: 3, writes: 0 });
    await expectOk(link(core, other, id));
    expect(await measure(() => signIn(email))).toEqual({ reads: 4, writes: 0 });
  });

  test('a log-in costs 2 reads of the user in addition to the session, and 2 more for each look at a primary user', async () => {
    const [id, primary] = [await passwordUser(core), await passwordUser(core)];
    await linkedUsers(core, primary);
    const alone = await measure(() => logIn(core, id));
    expect(alone.reads).toBe(2);
    expect((await measure(() => logIn(core, primary))).reads).toBe(4);
  });

  test('becoming primary costs 3 reads, and 3 writes: claim, primary user, login method', async () => {
    const id = await passwordUser(core);
    expect(await measure(() => expectOk(makePrimary(core, id)))).toEqual({ reads: 3, writes: 3 });
  });

  test('linking costs at most 12 reads, and 8 writes: two claims, two in the list, primary user, login method, two of activity', async () => {
    const [primary, first, second] = [await passwordUser(core), await providerUser(core), await providerUser(core)];
    await linkedUsers(core, primary);
    for (const other of [first, second]) {
      const { reads, writes } = await measure(() => expectOk(link(core, other, primary)));
      expect(reads).toBeLessThanOrEqual(12);
      // The first one of a month in a process also marks the month.
      expect(writes).toBeLessThanOrEqual(other === first ? 9 : 6);
    }
  });

  test('counting users costs no more reads because of users who are primary, but not linked', async () => {
    const count = () => expectOk(core.ask('/users/count'));
    const ids: string[] = [];
    for (let n = 0; n < 20; n++) ids.push(await passwordUser(core));
    const before = await measure(count);
    for (const id of ids) await expectOk(makePrimary(core, id));
    expect(await measure(count)).toEqual(before);
  });
}

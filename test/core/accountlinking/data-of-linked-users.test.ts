import {
  connectTestDatabase,
  ManualClock,
  startTestDatabase,
  type TestCore,
  type TestDatabase,
} from '../../fixtures/core.ts';
import {
  expectOk,
  handleIn,
  link,
  linkedUsers,
  logIn,
  PASSWORD,
  passwordUser,
  providerUser,
  remove,
  type SeenUser,
  seenUser,
  sessionsOf,
  someAddress,
  unlink,
} from '../../fixtures/linking.ts';
import { makeUserCore } from '../../fixtures/user-core.ts';

let database: TestDatabase;
let clock: ManualClock;
let core: TestCore;

beforeAll(async () => {
  database = await startTestDatabase();
});
beforeEach(() => {
  clock = new ManualClock();
  core = makeUserCore(database, { clock });
});
afterAll(() => database.stop());

const setMetadata = (userId: string) =>
  expectOk(core.ask('/recipe/user/metadata', { userId, metadataUpdate: { a: 1 } }, { method: 'PUT' }));
const metadataOf = async (userId: string) => (await core.ask(`/recipe/user/metadata?userId=${userId}`)).json.metadata;

describe('when a primary user loses its last login method', () => {
  test('by unlinking, after the first one was removed, its sessions and its metadata go', async () => {
    const [primary, other] = [await passwordUser(core), await providerUser(core)];
    await linkedUsers(core, primary, other);
    await setMetadata(primary);
    const ofFirst = handleIn(await logIn(core, primary));
    await expectOk(remove(core, primary, false));
    expect(await sessionsOf(core, other)).toEqual([ofFirst]);
    expect(await metadataOf(primary)).toEqual({ a: 1 });
    await expectOk(unlink(core, other));
    expect(await sessionsOf(core, primary)).toEqual([]);
    expect(await metadataOf(primary)).toEqual({});
    expect(await seenUser(core, primary)).toBeUndefined();
    expect(await seenUser(core, other)).toMatchObject({ id: other, isPrimaryUser: false });
  });

  test('that was never unlinked from others, its metadata stays with the login method', async () => {
    const id = await passwordUser(core);
    await linkedUsers(core, id);
    await setMetadata(id);
    const session = handleIn(await logIn(core, id));
    await expectOk(unlink(core, id));
    expect(await metadataOf(id)).toEqual({ a: 1 });
    expect(await sessionsOf(core, id)).not.toContain(session);
  });
});

describe('sessions', () => {
  test('of a login method end when it is linked, those of the primary user stay', async () => {
    const [primary, other] = [await passwordUser(core), await providerUser(core)];
    await linkedUsers(core, primary);
    const [stays, ends] = [await logIn(core, primary), await logIn(core, other)].map(handleIn);
    await expectOk(link(core, other, primary));
    expect(await sessionsOf(core, other)).toEqual([stays]);
    expect((await core.ask(`/recipe/session?sessionHandle=${ends}`)).json.status).toBe('UNAUTHORISED');
  });

  test('that a broken link has left are listed, and end when the link is asked for again', async () => {
    const [primary, other] = [await passwordUser(core), await providerUser(core)];
    await linkedUsers(core, primary);
    const left = handleIn(await logIn(core, other));
    // As a process does that dies before it has ended the sessions.
    const { users, links } = database.userStores;
    const row = await users.get(other as never);
    if (row === undefined) throw new Error('There is no such user');
    const read = await links.get(primary as never);
    await links.replace(read, new Map(read.members).set(row.id, []), 'a write', clock.time);
    expect(await links.link(row, read.id)).toBe(true);
    expect(await sessionsOf(core, primary)).toEqual([left]);
    expect((await link(core, other, primary)).json).toMatchObject({ status: 'OK', accountsAlreadyLinked: true });
    expect(await sessionsOf(core, primary)).toEqual([]);
  });

  test('that are refreshed keep naming the primary user and the login method', async () => {
    const [primary, other] = [await passwordUser(core), await providerUser(core)];
    await linkedUsers(core, primary, other);
    const { json } = await logIn(core, other);
    const { token } = json.refreshToken as { readonly token: string };
    const body = { refreshToken: token, enableAntiCsrf: false, useDynamicSigningKey: true };
    const refreshed = await expectOk(core.ask('/recipe/session/refresh', body));
    expect(refreshed.json.session).toMatchObject({ userId: primary, recipeUserId: other });
  });
});

describe('the list, the count and the search', () => {
  const listed = async (path: string): Promise<SeenUser[]> =>
    (await expectOk(core.ask(path))).json.users as unknown as SeenUser[];

  test('show a user once, at the place of the oldest login method, in either order and page by page', async () => {
    await freshCore();
    const [first, second, third, fourth] = [
      await passwordUser(core),
      await providerUser(core),
      await passwordUser(core),
      await providerUser(core),
    ];
    await linkedUsers(core, third, first, fourth);
    const ids = (users: readonly SeenUser[]) => users.map(({ id }) => id);
    expect(ids(await listed('/users'))).toEqual([third, second]);
    expect(ids(await listed('/users?timeJoinedOrder=DESC'))).toEqual([second, third]);
    expect(ids(await listed('/users?includeRecipeIds=thirdparty'))).toEqual([third, second]);
    expect(ids(await listed('/users?includeRecipeIds=passwordless'))).toEqual([]);
    const page = await expectOk(core.ask('/users?limit=1'));
    const next = await listed(`/users?limit=1&paginationToken=${page.json.nextPaginationToken}`);
    expect([...ids(page.json.users as unknown as SeenUser[]), ...ids(next)]).toEqual([third, second]);
    for (const [query, count] of [
      ['', 2],
      ['?includeRecipeIds=emailpassword', 1],
      ['?includeRecipeIds=thirdparty', 2],
    ]) {
      expect([query, (await core.ask(`/users/count${query}`)).json.count]).toEqual([query, count]);
    }
    await expectOk(unlink(core, first));
    expect(ids(await listed('/users'))).toEqual([first, second, third]);
    expect((await core.ask('/users/count')).json.count).toBe(3);
  });

  /** A core on tables of its own. */
  async function freshCore(): Promise<void> {
    core = makeUserCore(await connectTestDatabase(database.endpoint), { clock });
  }

  test('find a user by what any login method has, once', async () => {
    const [email, other] = [someAddress(), someAddress()];
    const [primary, linked] = [await passwordUser(core, email), await providerUser(core, other)];
    await linkedUsers(core, primary, linked);
    const union = await listed(`/users/by-accountinfo?doUnionOfAccountInfo=true&email=${email}`);
    expect(union).toMatchObject([{ id: primary, emails: expect.arrayContaining([email, other]) }]);
    expect(await listed(`/users?email=${other}`)).toMatchObject([{ id: primary }]);
  });

  test('find users in the order of their oldest login methods, whichever login method was found', async () => {
    const email = someAddress();
    const oldest = await passwordUser(core);
    const other = await providerUser(core, email);
    const youngest = await passwordUser(core, email);
    await linkedUsers(core, oldest, youngest);
    const byEmail = `/users/by-accountinfo?doUnionOfAccountInfo=true&email=${email}`;
    expect((await listed(byEmail)).map(({ id }) => id)).toEqual([oldest, other]);
    expect((await listed(`/users?email=${email}`)).map(({ id }) => id)).toEqual([oldest, other]);
    const descending = await listed(`/users?email=${email}&timeJoinedOrder=DESC`);
    expect(descending.map(({ id }) => id)).toEqual([other, oldest]);
  });

  test('signing in notes the primary user as active, not the login method', async () => {
    await freshCore();
    const [email, since] = [someAddress(), clock.time];
    const [primary, other] = [await providerUser(core), await passwordUser(core, email)];
    await linkedUsers(core, primary, other);
    clock.advance(600_000);
    await expectOk(core.ask('/recipe/signin', { email, password: PASSWORD }));
    expect((await core.ask(`/users/count/active?since=${clock.time}`)).json.count).toBe(1);
    expect((await core.ask(`/users/count/active?since=${since}`)).json.count).toBe(1);
  });
});

import { ManualClock, startTestDatabase, type TestCore, type TestDatabase } from '../../fixtures/core.ts';
import {
  expectConsistent,
  expectOk,
  handleIn,
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
} from '../../fixtures/linking.ts';
import { makeUserCore } from '../../fixtures/user-core.ts';

let database: TestDatabase;
let core: TestCore;

beforeAll(async () => {
  database = await startTestDatabase();
  core = makeUserCore(database, { clock: new ManualClock() });
});
afterAll(() => database.stop());

const map = async (id: string): Promise<string> => {
  const externalUserId = `ext-${id}`;
  await expectOk(core.ask('/recipe/userid/map', { superTokensUserId: id, externalUserId }));
  return externalUserId;
};

describe('of users with external ids', () => {
  test('login methods and the primary user are shown by external ids, and either id leads to them', async () => {
    const [primary, other] = [await passwordUser(core), await providerUser(core)];
    const [externalPrimary, externalOther] = [await map(primary), await map(other)];
    await expectOk(makePrimary(core, externalPrimary));
    const { json } = await expectOk(link(core, externalOther, primary));
    expect(json).toMatchObject({ accountsAlreadyLinked: false, user: { id: externalPrimary } });
    const user = await seenUser(core, other);
    expect(user?.loginMethods.map(({ recipeUserId }) => recipeUserId)).toEqual([externalPrimary, externalOther]);
    for (const id of [primary, externalPrimary, externalOther]) expect(await seenUser(core, id)).toEqual(user);
    expect((await expectOk(makePrimary(core, externalPrimary))).json.wasAlreadyAPrimaryUser).toBe(true);
    expect((await expectOk(unlink(core, externalOther))).json.wasLinked).toBe(true);
    expect(await seenUser(core, other)).toMatchObject({ id: externalOther, isPrimaryUser: false });
  });

  test('a conflict names the other primary user by the external id', async () => {
    const email = someAddress();
    const [primary, rival] = [await passwordUser(core, email), await providerUser(core, email)];
    const primaryUserId = await map(primary);
    await linkedUsers(core, primary);
    expect((await makePrimary(core, rival)).json).toMatchObject({ primaryUserId });
    expect((await core.ask(`/recipe/accountlinking/user/primary/check?recipeUserId=${rival}`)).json).toMatchObject({
      status: 'ACCOUNT_INFO_ALREADY_ASSOCIATED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR',
      primaryUserId,
    });
  });

  test('a session names the primary user by the external id, and ends with the link', async () => {
    const [primary, other] = [await passwordUser(core), await providerUser(core)];
    const externalPrimary = await map(primary);
    await linkedUsers(core, primary, other);
    const created = await logIn(core, other);
    expect(created.json.session).toMatchObject({ userId: externalPrimary, recipeUserId: other });
    for (const id of [primary, externalPrimary, other]) expect(await sessionsOf(core, id)).toEqual([handleIn(created)]);
    await expectOk(unlink(core, other));
    expect(await sessionsOf(core, externalPrimary)).toEqual([]);
  });

  test('the external id of a primary user stays with it when the first login method is removed', async () => {
    const [primary, other, stranger] = [await passwordUser(core), await providerUser(core), await passwordUser(core)];
    const externalId = await map(primary);
    await linkedUsers(core, primary, other);
    await expectOk(remove(core, externalId, false));
    const user = { id: externalId, isPrimaryUser: true, loginMethods: [{ recipeUserId: other }] };
    for (const id of [primary, externalId, other]) expect(await seenUser(core, id)).toMatchObject(user);
    const taken = await core.ask('/recipe/userid/map', { superTokensUserId: stranger, externalUserId: externalId });
    expect(taken.json).toMatchObject({
      status: 'USER_ID_MAPPING_ALREADY_EXISTS_ERROR',
      doesExternalUserIdExist: true,
    });
    await expectConsistent(core, [externalId, other, stranger]);
    await expectOk(remove(core, externalId, true));
    expect(await seenUser(core, other)).toBeUndefined();
    await expectOk(core.ask('/recipe/userid/map', { superTokensUserId: stranger, externalUserId: externalId }));
  });
});

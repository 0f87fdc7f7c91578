import { randomUUID } from 'node:crypto';
import type { SessionHandle, UserId } from '../../../lib/core/types.ts';
import type { DynamoDb } from '../../../lib/dynamodb/client.ts';
import { storesOn, type TestAnswer, type TestCore } from '../../fixtures/core.ts';
import { clock, core, database, useFreshUserCore } from '../../fixtures/fresh-user-core.ts';
import { dyingDb, pausingDb } from '../../fixtures/store-wrappers.ts';
import { idIn, makeUserCore } from '../../fixtures/user-core.ts';
import { someEmail } from '../../fixtures/users.ts';

useFreshUserCore();

/** The session of {@link fullUser} is ended, with its index item, before the user is marked as deleted. */
const WRITES_BEFORE_MARK = 2;

const PASSWORD = 'correct horse 1';
const coreOn = (db: DynamoDb): TestCore => makeUserCore(storesOn(db, database.tables), { clock });

const openSession = (userId: string, on = core) =>
  on.ask('/recipe/session', { userId, userDataInJWT: {}, userDataInDatabase: {}, enableAntiCsrf: false });
const handleIn = ({ json }: TestAnswer): SessionHandle =>
  (json as unknown as { readonly session: { readonly handle: SessionHandle } }).session.handle;
const sessionsOf = (userId: string) => database.store.sessions.list(userId as UserId, clock.time);
const remove = (userId: string, on = core) => on.ask('/user/remove', { userId });
/** On a busy machine the store may not respond in time. Such a deletion is repeated. */
const removeSurely = async (userId: string): Promise<void> => {
  while ((await remove(userId)).status !== 200);
};
const signIn = async (email: string) => (await core.ask('/recipe/signin', { email, password: PASSWORD })).json.status;

/** A user with an external id, and all that can hang on a user, under that id. */
async function fullUser() {
  const [email, externalId, role] = [someEmail(), `ext-${randomUUID()}`, `role-${randomUUID()}`];
  const id = idIn(await core.ask('/recipe/signup', { email, password: PASSWORD }));
  await core.ask('/recipe/userid/map', { superTokensUserId: id, externalUserId: externalId });
  await openSession(externalId);
  await core.ask('/recipe/user/metadata', { userId: externalId, metadataUpdate: { a: 1 } }, { method: 'PUT' });
  await core.ask('/recipe/role', { role }, { method: 'PUT' });
  await core.ask('/recipe/user/role', { userId: externalId, role }, { method: 'PUT' });
  const { json: token } = await core.ask('/recipe/user/email/verify/token', { userId: externalId, email });
  await core.ask('/recipe/user/email/verify', { method: 'token', token: token.token ?? '' });
  const { json: reset } = await core.ask('/recipe/user/password/reset/token', { userId: id, email });
  return { id, email, externalId, role, reset: String(reset.token) };
}

async function expectGone({ id, email, externalId, role, reset }: Awaited<ReturnType<typeof fullUser>>): Promise<void> {
  for (const userId of [id, externalId]) {
    expect((await core.ask(`/user/id?userId=${userId}`)).json.status).toBe('UNKNOWN_USER_ID_ERROR');
    expect((await core.ask(`/recipe/user/metadata?userId=${userId}`)).json.metadata).toEqual({});
    expect((await core.ask(`/recipe/user/roles?userId=${userId}`)).json.roles).toEqual([]);
    expect((await core.ask(`/recipe/user/email/verify?userId=${userId}&email=${email}`)).json.isVerified).toBe(false);
    expect(await sessionsOf(userId)).toEqual([]);
  }
  expect((await core.ask(`/recipe/role/users?role=${role}`)).json.users).toEqual([]);
  expect((await core.ask(`/recipe/userid/map?userId=${externalId}`)).json.status).toBe('UNKNOWN_MAPPING_ERROR');
  const consumed = await core.ask('/recipe/user/password/reset/token/consume', { token: reset });
  expect(consumed.json.status).toBe('RESET_PASSWORD_INVALID_TOKEN_ERROR');
  expect(await signIn(email)).toBe('WRONG_CREDENTIALS_ERROR');
  expect((await core.ask(`/users/by-accountinfo?email=${email}&doUnionOfAccountInfo=true`)).json.users).toEqual([]);
}

/** What half a deletion leaves opens nothing. */
async function expectClosed({ id, email, externalId, reset }: Awaited<ReturnType<typeof fullUser>>): Promise<void> {
  expect(await signIn(email)).toBe('WRONG_CREDENTIALS_ERROR');
  for (const userId of [id, externalId]) expect(await sessionsOf(userId)).toEqual([]);
  const consumed = await core.ask('/recipe/user/password/reset/token/consume', { token: reset });
  expect(consumed.json.status).toBe('RESET_PASSWORD_INVALID_TOKEN_ERROR');
}

test.each(['id', 'externalId'] as const)('all that hangs on a user goes with the user, by the %s', async (name) => {
  const user = await fullUser();
  expect((await remove(user[name])).json).toEqual({ status: 'OK' });
  await expectGone(user);
  const partition = await database.db.query(database.tables.coreUsers, { name: 'pk', value: `user#${user.id}` });
  expect(partition).toEqual([
    { pk: `user#${user.id}`, sk: 'user', deleted: true, erased: true, ttl: expect.any(Number) },
  ]);
  const again = await core.ask('/recipe/signup', { email: user.email, password: PASSWORD });
  const mapping = { superTokensUserId: idIn(again), externalUserId: user.externalId };
  expect((await core.ask('/recipe/userid/map', mapping)).json.status).toBe('OK');
  expect(await signIn(user.email)).toBe('OK');
});

describe.each(['id', 'externalId'] as const)(
  'A deletion by the %s that broke off is completed by repeating it',
  (name) => {
    test.each(Array.from({ length: 16 }, (_, writes) => writes))('after %i writes', async (writes) => {
      const user = await fullUser();
      const { status } = await remove(user[name], coreOn(dyingDb(database.db, writes)));
      const isGone = (await core.ask(`/user/id?userId=${user.id}`)).json.status === 'UNKNOWN_USER_ID_ERROR';
      // Half a deletion is one: it ends the sessions and then marks the user, who is found by nothing from then on.
      expect(isGone).toBe(writes > WRITES_BEFORE_MARK);
      if (isGone) await expectClosed(user);
      if (status !== 200) expect((await remove(user[name])).status).toBe(200);
      await expectGone(user);
    });
  },
);

describe('The next user with the external id of a user whose deletion broke off', () => {
  test.each(Array.from({ length: 16 }, (_, writes) => writes + 1))(
    'after %i writes gets nothing of that user, and keeps everything when the deletion is repeated',
    async (writes) => {
      const user = await fullUser();
      await remove(user.id, coreOn(dyingDb(database.db, writes)));
      const isGone = (await core.ask(`/user/id?userId=${user.id}`)).json.status === 'UNKNOWN_USER_ID_ERROR';
      if (!isGone) return;
      const [userId, next] = [
        user.externalId,
        idIn(await core.ask('/recipe/signup', { email: user.email, password: PASSWORD })),
      ];
      const mapped = await core.ask('/recipe/userid/map', { superTokensUserId: next, externalUserId: userId });
      expect(mapped.json.status).toBe('OK');
      expect((await core.ask(`/recipe/user/metadata?userId=${userId}`)).json.metadata).toEqual({});
      expect((await core.ask(`/recipe/user/roles?userId=${userId}`)).json.roles).toEqual([]);
      const verified = await core.ask(`/recipe/user/email/verify?userId=${userId}&email=${user.email}`);
      expect(verified.json.isVerified).toBe(false);
      await core.ask('/recipe/user/metadata', { userId, metadataUpdate: { b: 2 } }, { method: 'PUT' });
      expect((await remove(user.id)).status).toBe(200);
      expect((await core.ask(`/recipe/user/metadata?userId=${userId}`)).json.metadata).toEqual({ b: 2 });
      expect((await core.ask(`/user/id?userId=${userId}`)).json.status).toBe('OK');
    },
  );
});

const READS: readonly string[] = ['get', 'batchGet'];

describe('A session that is created while its user is deleted is over once both have answered', () => {
  test.each(['id', 'externalId'] as const)('by the %s, stored before the deletion begins', async (name) => {
    const user = await fullUser();
    const paused = pausingDb(
      database.db,
      ({ operation, pk }) => READS.includes(operation) && pk === `user#${user[name]}`,
    );
    const creation = openSession(user[name], coreOn(paused.db));
    await paused.reached;
    await remove(user[name]);
    paused.resume();
    expect((await creation).status).toBe(200);
    expect(await sessionsOf(user[name])).toEqual([]);
  });

  test.each(['id', 'externalId'] as const)('by the %s, stored after the deletion has ended', async (name) => {
    const user = await fullUser();
    const paused = pausingDb(database.db, ({ operation, pk }) => operation === 'put' && pk.startsWith('user#'));
    const creation = openSession(user[name], coreOn(paused.db));
    await paused.reached;
    await remove(user[name]);
    paused.resume();
    const handle = handleIn(await creation);
    expect(await sessionsOf(user[name])).toEqual([]);
    expect(await database.store.sessions.get(handle)).toBeUndefined();
  });

  test.each([1, 2, 3, 4])('in 5 races at once, round %i', async () => {
    const users = await Promise.all(Array.from({ length: 5 }, fullUser));
    const race = async ({ id, externalId }: (typeof users)[number]) => {
      const [first, , second] = await Promise.all([openSession(id), removeSurely(id), openSession(externalId)]);
      return [first, second].filter(({ status }) => status === 200).map(handleIn);
    };
    const handles = (await Promise.all(users.map(race))).flat();
    // On a slow machine, lists may have other sessions: a creation whose write was not answered in time leaves one without tokens.
    for (const handle of handles) expect(await database.store.sessions.get(handle)).toBeUndefined();
  });
});

import { createDynamoDbUserStores } from '../../lib/core/store/dynamodb/user-stores.ts';
import type { Email, UserId } from '../../lib/core/types.ts';
import type { UserStore } from '../../lib/core/user/store/user-store.ts';
import type { DynamoDb } from '../../lib/dynamodb/client.ts';
import { connectTestDatabase } from '../fixtures/core.ts';
import { dyingDb, pausingDb } from '../fixtures/store-wrappers.ts';
import { createdUser, JOINED, someEmail, someNewUser, toEmail } from '../fixtures/users.ts';
import type { Database, Endpoint } from './targets.ts';

/** More writes than any operation has. */
const MOST_WRITES = 9;
const CRASHES = Array.from({ length: MOST_WRITES }, (_, writes) => writes);

const MINUTE = 60_000;
/** When a claim that was left behind is free again. */
const LATER = JOINED + MINUTE + 1;

/** What a crash between two writes of the user store leaves, and what a request finds that halts between them. */
export function describeUserCrashes(endpoint: Endpoint): void {
  let database: Database;
  let users: UserStore;

  beforeAll(async () => {
    database = await connectTestDatabase(await endpoint());
    users = database.userStores.users;
  });

  const storeOn = (db: DynamoDb): UserStore => createDynamoDbUserStores(db, database.tables.coreUsers).users;
  const dying = (writes: number): UserStore => storeOn(dyingDb(database.db, writes));
  const crash = (work: Promise<unknown>): Promise<unknown> => work.catch(() => undefined);

  /** At most one user is found by an email, and that user has it. */
  const expectConsistent = async (email: Email): Promise<UserId | undefined> => {
    const found = await users.find({ recipe: 'emailpassword', email: email });
    const listed = await users.listByEmail(email);
    expect(listed.map(({ id }) => id)).toEqual(found === undefined ? [] : [found.id]);
    for (const row of listed) expect(row.email).toBe(email);
    return found?.id;
  };

  describe.each(CRASHES)('after %i writes', (writes) => {
    test('of a sign-up, the user is there and listed, or the email is free within a minute', async () => {
      const user = someNewUser();
      await crash(dying(writes).create(user));
      const isThere = (await expectConsistent(user.email)) === user.id;
      const listed = await users.list({ order: 'ascending', limit: 500, from: user, recipes: undefined });
      expect(listed.users.some(({ id }) => id === user.id)).toBe(isThere);
      const next = someNewUser({ email: user.email, timeJoined: LATER });
      expect(await users.create(next)).toBe(!isThere);
      expect(await expectConsistent(user.email)).toBe(isThere ? user.id : next.id);
    });

    test('of a change of the email, the user has one of the two, and the other is free within a minute', async () => {
      const row = await createdUser(users);
      const email = someEmail();
      await crash(dying(writes).change(row, toEmail(email), JOINED));
      const has = (await users.get(row.id))?.email;
      const free = has === row.email ? email : row.email;
      expect([row.email, email]).toContain(has);
      expect(await expectConsistent(has as Email)).toBe(row.id);
      expect(await expectConsistent(free)).toBeUndefined();
      const next = someNewUser({ email: free, timeJoined: LATER });
      expect(await users.create(next)).toBe(true);
      expect(await expectConsistent(free)).toBe(next.id);
      expect(await users.create(someNewUser({ email: has as Email, timeJoined: LATER }))).toBe(false);
    });

    test('of an erasure, the user is found by nothing, and it can be done again', async () => {
      const row = await createdUser(users);
      await users.markDeleted(row.id);
      await crash(dying(writes).erase(row, JOINED));
      expect(await users.get(row.id)).toBeUndefined();
      expect(await expectConsistent(row.email)).toBeUndefined();
      const next = await createdUser(users, { email: row.email });
      await users.erase((await users.markDeleted(row.id)) ?? row, JOINED);
      expect(await expectConsistent(row.email)).toBe(next.id);
    });
  });

  test('the email of a sign-up that is under way is taken', async () => {
    const user = someNewUser();
    await crash(dying(1).create(user));
    const soon = JOINED + MINUTE - 1;
    expect(await users.create(someNewUser({ email: user.email, timeJoined: soon }))).toBe(false);
  });

  test('a sign-up that continues after its email was given to another user fails', async () => {
    const user = someNewUser();
    const paused = pausingDb(database.db, ({ operation, pk }) => operation === 'put' && pk === `user#${user.id}`);
    const signUp = storeOn(paused.db).create(user);
    await paused.reached;
    const next = someNewUser({ email: user.email, timeJoined: LATER });
    expect(await users.create(next)).toBe(true);
    paused.resume();
    expect(await signUp).toBe(false);
    expect(await users.get(user.id)).toBeUndefined();
    expect(await expectConsistent(user.email)).toBe(next.id);
    const { users: listed } = await users.list({ order: 'ascending', limit: 500, from: user, recipes: undefined });
    expect(listed.map(({ id }) => id)).not.toContain(user.id);
  });

  test('a change that continues after its email was given to another user is overtaken', async () => {
    const row = await createdUser(users);
    const email = someEmail();
    const paused = pausingDb(database.db, ({ operation, pk }) => operation === 'update' && pk === `user#${row.id}`);
    const change = storeOn(paused.db).change(row, toEmail(email), JOINED);
    await paused.reached;
    const next = someNewUser({ email, timeJoined: LATER });
    expect(await users.create(next)).toBe(true);
    paused.resume();
    expect(await change).toBe('overtaken');
    expect(await expectConsistent(email)).toBe(next.id);
    expect(await expectConsistent(row.email)).toBe(row.id);
  });

  test('a change that continues after the user was deleted is overtaken, and leaves the email free', async () => {
    const row = await createdUser(users);
    const email = someEmail();
    const paused = pausingDb(database.db, ({ operation, pk }) => operation === 'update' && pk === `user#${row.id}`);
    const change = storeOn(paused.db).change(row, toEmail(email), JOINED);
    await paused.reached;
    await users.markDeleted(row.id);
    await users.erase(row, JOINED);
    paused.resume();
    expect(await change).toBe('overtaken');
    expect(await expectConsistent(email)).toBeUndefined();
    expect(await users.create(someNewUser({ email }))).toBe(true);
  });
}

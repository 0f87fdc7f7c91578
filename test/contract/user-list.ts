import { createDynamoDbUserStores } from '../../lib/core/store/dynamodb/user-stores.ts';
import type { UserId } from '../../lib/core/types.ts';
import type { UserRow } from '../../lib/core/user/rules/user-row.ts';
import type { ListOrder, ListPosition, ListRequest, UserStore } from '../../lib/core/user/store/user-store.ts';
import { connectTestDatabase } from '../fixtures/core.ts';
import { pausingDb } from '../fixtures/store-wrappers.ts';
import { createdUser, JOINED, someNewUser } from '../fixtures/users.ts';
import type { Endpoint } from './targets.ts';

const ORDERS: readonly ListOrder[] = ['ascending', 'descending'];

/** What UserStore promises of its list in lib/core/user/store/user-store.ts. */
export function describeUserList(endpoint: Endpoint): void {
  let users: UserStore;

  /** A table of its own for each test. */
  beforeEach(async () => {
    users = (await connectTestDatabase(await endpoint())).userStores.users;
  });

  const page = (request: Partial<ListRequest>) =>
    users.list({ order: 'ascending', limit: 100, from: undefined, recipes: undefined, ...request });

  /** All users, page by page. */
  const listAll = async (request: Partial<ListRequest>): Promise<UserId[]> => {
    const ids: UserId[] = [];
    let from: ListPosition | undefined;
    do {
      const { users: found, next } = await page({ ...request, from });
      ids.push(...found.map(({ id }) => id));
      from = next;
    } while (from !== undefined);
    return ids;
  };

  /** By the time of joining, then by descending id in both orders. */
  const inOrder = (rows: readonly UserRow[], order: ListOrder): UserId[] => {
    const direction = order === 'ascending' ? 1 : -1;
    const sorted = rows.toSorted((a, b) => direction * (a.timeJoined - b.timeJoined) || (a.id < b.id ? 1 : -1));
    return sorted.map(({ id }) => id);
  };

  const TIMES = [
    Date.UTC(2019, 0, 31, 23, 59, 59, 999),
    Date.UTC(2019, 1, 1),
    Date.UTC(2026, 10, 23, 12),
    Date.UTC(2026, 10, 23, 12),
    Date.UTC(2026, 10, 23, 12),
    Date.UTC(2026, 10, 23, 12),
    Date.UTC(2026, 10, 23, 12, 0, 0, 1),
    Date.UTC(2026, 11, 1),
  ];

  const createAt = (times: readonly number[]): Promise<UserRow[]> =>
    Promise.all(times.map((timeJoined) => createdUser(users, { timeJoined })));

  test('without users it is empty', async () => {
    for (const order of ORDERS) expect(await page({ order })).toEqual({ users: [], next: undefined, leftovers: [] });
    expect(await users.count(undefined)).toBe(0);
  });

  test.each(ORDERS)('users come in %s order, across months and within one moment, whatever the page', async (order) => {
    const rows = await createAt(TIMES);
    for (const limit of [1, 2, 3, 7, 8, 100]) {
      expect([limit, await listAll({ order, limit })]).toEqual([limit, inOrder(rows, order)]);
    }
  });

  test.each(ORDERS)('in %s order, a page from any user begins with that user', async (order) => {
    const rows = await createAt(TIMES);
    const ids = inOrder(rows, order);
    for (const row of rows) {
      const { users: found } = await page({ order, from: row });
      expect(found.map(({ id }) => id)).toEqual(ids.slice(ids.indexOf(row.id)));
    }
  });

  test('a place outlives its user', async () => {
    const rows = await createAt(TIMES);
    const { next } = await page({ limit: 3 });
    const gone = rows.find(({ id }) => id === next?.id);
    if (gone === undefined) throw new Error('The place names no user');
    await users.markDeleted(gone.id);
    await users.erase(gone, gone.timeJoined);
    const { users: found } = await page({ from: next });
    expect(found.map(({ id }) => id)).toEqual(inOrder(rows, 'ascending').slice(4));
  });

  test('only the users of some recipes can be listed and counted', async () => {
    const one = await createdUser(users, { recipe: 'emailpassword' });
    const two = await createdUser(users, {
      recipe: 'thirdparty',
      passwordHash: undefined,
      timeJoined: one.timeJoined + 1,
    });
    const three = await createdUser(users, { recipe: 'emailpassword', timeJoined: one.timeJoined + 2 });
    expect(await listAll({ recipes: ['emailpassword'], limit: 1 })).toEqual([one.id, three.id]);
    expect(await listAll({ recipes: ['thirdparty', 'passwordless'] })).toEqual([two.id]);
    expect(await users.count(['emailpassword'])).toBe(2);
    expect(await users.count(['thirdparty', 'passwordless'])).toBe(1);
    expect(await users.count(undefined)).toBe(3);
  });

  test.each(ORDERS)('in %s order, users of a rare recipe are found in ever larger steps', async (order) => {
    const database = await connectTestDatabase(await endpoint());
    const { users: store } = database.userStores;
    const times = Array.from({ length: 62 }, (_, index) => JOINED + index);
    const [recipe, passwordHash] = ['thirdparty', undefined] as const;
    const rare = [await createdUser(store, { timeJoined: JOINED - 1, recipe, passwordHash })];
    await Promise.all(times.map((timeJoined) => createdUser(store, { timeJoined })));
    rare.push(await createdUser(store, { timeJoined: JOINED + times.length, recipe, passwordHash }));
    database.consumed.length = 0;
    const { users: found } = await store.list({ order, limit: 2, from: undefined, recipes: ['thirdparty'] });
    expect(found.map(({ id }) => id)).toEqual(inOrder(rare, order));
    // The months, then 4, 8, 16, 32 and 4 items.
    expect(database.consumed.filter(({ operation }) => operation === 'Query')).toHaveLength(6);
  });

  test.each(ORDERS)('in %s order, the users of several months are read together', async (order) => {
    const database = await connectTestDatabase(await endpoint());
    const { users: store } = database.userStores;
    const months = [0, 1, 2, 3, 4, 5].map((month) => Date.UTC(2026, month, 15));
    const rows = await Promise.all(months.map((timeJoined) => createdUser(store, { timeJoined })));
    database.consumed.length = 0;
    const { users: found } = await store.list({ order, limit: 100, from: undefined, recipes: undefined });
    expect(found.map(({ id }) => id)).toEqual(inOrder(rows, order));
    const operations = database.consumed.map(({ operation }) => operation);
    expect(operations.filter((operation) => operation !== 'Query')).toEqual(['BatchGetItem']);
  });

  test('a user whose email was rejected, and a deleted one, are not listed', async () => {
    const { email, ...kept } = await createdUser(users);
    expect(await users.create(someNewUser({ email }))).toBe(false);
    const deleted = await createdUser(users);
    await users.markDeleted(deleted.id);
    expect(await listAll({})).toEqual([kept.id]);
    await users.erase(deleted, deleted.timeJoined);
    expect(await listAll({})).toEqual([kept.id]);
    expect(await users.count(undefined)).toBe(1);
  });

  test('what a broken-off sign-up left in the list goes after a minute, and the sign-up is shut out', async () => {
    const database = await connectTestDatabase(await endpoint());
    const { users: store } = database.userStores;
    const user = someNewUser();
    const paused = pausingDb(database.db, ({ operation, pk }) => operation === 'put' && pk === `user#${user.id}`);
    const signUp = createDynamoDbUserStores(paused.db, database.tables.coreUsers).users.create(user);
    await paused.reached;
    const listAgain = () => store.list({ order: 'ascending', limit: 10, from: undefined, recipes: undefined });
    const { leftovers } = await listAgain();
    expect(leftovers).toEqual([{ id: user.id, timeJoined: user.timeJoined }]);
    await store.tidyList(leftovers, user.timeJoined + 59_999);
    expect(await store.count(undefined)).toBe(1);
    await store.tidyList(leftovers, user.timeJoined + 60_000);
    expect(await store.count(undefined)).toBe(0);
    paused.resume();
    expect(await signUp).toBe(false);
    expect((await listAgain()).users).toEqual([]);
  });

  test('a user who is there is never taken for a leftover', async () => {
    const row = await createdUser(users);
    await users.tidyList([row], row.timeJoined + 3_600_000);
    expect(await listAll({})).toEqual([row.id]);
    expect(await users.count(undefined)).toBe(1);
  });
}

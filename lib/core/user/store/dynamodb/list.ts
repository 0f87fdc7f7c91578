import type { Condition, Item } from '../../../../dynamodb/client.ts';
import { both, IF_NEW, IF_THERE, ifAbsent, ifPresent } from '../../../../dynamodb/conditions.ts';
import type { DynamoDbTable } from '../../../../dynamodb/dynamodb-table.ts';
import type { Millis } from '../../../types.ts';
import type { RecipeId } from '../../rules/user.ts';
import type { UserRow } from '../../rules/user-row.ts';
import type { ListedUsers, ListOrder, ListPosition, ListRequest, NewUser, UserStore } from '../user-store.ts';
import { CLAIM_PATIENCE, isNoUser } from './claims.ts';
import { endOf, listKey, listPartition, listSortKey, MONTHS, monthKey, monthOf, positionOf, timeKey } from './keys.ts';
import { readRows, readRowsConsistently } from './read-rows.ts';
import { loadUsers } from './stored-users.ts';

/** The items that list users by the time of joining, in one partition per month. */
export interface UserList {
  add(user: NewUser): Promise<void>;
  remove(position: ListPosition): Promise<void>;
  readonly markLinked: UserStore['markLinked'];
  readonly page: UserStore['list'];
  readonly count: UserStore['count'];
  readonly tidy: UserStore['tidyList'];
}

export function createUserList(table: DynamoDbTable): UserList {
  /** Months that this process knows to be listed. */
  const known = new Set<string>();
  /** Months that this process knows to have linked login methods. */
  const marked = new Set<string>();
  return {
    async add({ id, timeJoined, recipe }) {
      const month = monthOf(timeJoined);
      if (!known.has(month)) await listMonth(table, month);
      known.add(month);
      await table.put({ ...listKey({ id, timeJoined }), recipe });
    },
    async remove(position) {
      await table.delete(listKey(position));
    },
    async markLinked(rows) {
      const months = [...new Set(rows.map(({ timeJoined }) => monthOf(timeJoined)))];
      const keys = [...months.filter((month) => !marked.has(month)).map(monthKey), ...rows.map(listKey)];
      const update = { set: { linked: true }, condition: IF_THERE };
      await Promise.all(keys.map((key) => table.update(key, update)));
      for (const month of months) marked.add(month);
    },
    page: (request) => readPage(table, request),
    async tidy(leftovers, now) {
      for (const position of leftovers) {
        if (now < position.timeJoined + CLAIM_PATIENCE) continue;
        if (await isNoUser(table, position.id, now)) await table.delete(listKey(position));
      }
    },
    async count(recipes) {
      const months = await readMonths(table);
      const condition = recipes === undefined ? IF_UNMARKED : both(IF_UNMARKED, ifOneOf(recipes));
      const counts = await Promise.all([
        ...months.map(({ sk }) => table.count({ name: 'pk', value: listPartition(String(sk)) }, condition)),
        ...months.filter(({ linked }) => linked === true).map(({ sk }) => countMarked(table, String(sk), recipes)),
      ]);
      return counts.reduce((sum, count) => sum + count, 0);
    },
  };
}

/** Looks first: a write would cost five times as much as a read, and each process would make it again. */
async function listMonth(table: DynamoDbTable, month: string): Promise<void> {
  const listed = await table.get(monthKey(month));
  if (listed === undefined) await table.put(monthKey(month), IF_NEW);
}

const readMonths = (table: DynamoDbTable): Promise<Item[]> => table.query({ name: 'pk', value: MONTHS });

const listedMonths = async (table: DynamoDbTable): Promise<string[]> =>
  (await readMonths(table)).map(({ sk }) => String(sk));

/** The item's login method was never linked to another. */
const IF_UNMARKED: Condition = ifAbsent('linked');
const IF_MARKED: Condition = ifPresent('linked');

/** Of the login methods of a month that may be linked, those are counted that are the oldest of their users. */
async function countMarked(table: DynamoDbTable, month: string, recipes: readonly RecipeId[] | undefined) {
  const items = await table.query({ name: 'pk', value: listPartition(month) }, IF_MARKED);
  return (await readOldest(table, items, recipes)).length;
}

/** Of login methods that may be linked, the oldest of each user who logs in by one of the recipes. */
async function readOldest(
  table: DynamoDbTable,
  items: readonly Item[],
  recipes: readonly RecipeId[] | undefined,
): Promise<UserRow[]> {
  const rows = await readRowsConsistently(
    table,
    items.map(({ sk }) => positionOf(String(sk)).id),
  );
  const users = await loadUsers(table, rows);
  const wanted = users.filter(
    (user) => recipes === undefined || user.rows.some(({ recipe }) => recipes.includes(recipe)),
  );
  const oldest = new Set(wanted.map((user) => user.rows[0].id));
  return rows.filter(({ id }) => oldest.has(id));
}

const ifOneOf = (recipes: readonly RecipeId[]): Condition => ({
  expression: `#recipe IN (${recipes.map((_recipe, index) => `:recipe${index}`).join(', ')})`,
  names: { '#recipe': 'recipe' },
  values: Object.fromEntries(recipes.map((recipe, index) => [`:recipe${index}`, recipe])),
});

/** An index item may have no user: it is written before the user, and removed before the user's own item. */
async function readPage(table: DynamoDbTable, request: ListRequest): Promise<ListedUsers> {
  const { limit, recipes } = request;
  const users: UserRow[] = [];
  const leftovers: ListPosition[] = [];
  for await (const items of readWantedItems(table, request)) {
    const read = await readUsersOf(table, items, recipes);
    users.push(...read.users);
    leftovers.push(...read.leftovers);
    if (users.length > limit) break;
  }
  const next = users[limit];
  return {
    users: users.slice(0, limit),
    next: next === undefined ? undefined : { id: next.id, timeJoined: next.timeJoined },
    leftovers,
  };
}

/** The users to whom some index items lead, in their order. */
async function readUsersOf(
  table: DynamoDbTable,
  items: readonly Item[],
  recipes: readonly RecipeId[] | undefined,
): Promise<Pick<ListedUsers, 'users' | 'leftovers'>> {
  const unmarked = items.filter(({ linked }) => linked !== true);
  const marked = items.filter(({ linked }) => linked === true);
  const positions = unmarked.map(({ sk }) => positionOf(String(sk)));
  const rows = await readRows(
    table,
    positions.map(({ id }) => id),
  );
  const byId = new Map([...rows, ...(await readOldest(table, marked, recipes))].map((row) => [row.id, row]));
  return {
    users: items.flatMap(({ sk }) => byId.get(positionOf(String(sk)).id) ?? []),
    leftovers: positions.filter(({ id }) => !byId.has(id)),
  };
}

/** The index items of users who may be on the page, as many at a time as a page takes: a month may have few. */
async function* readWantedItems(table: DynamoDbTable, request: ListRequest): AsyncGenerator<Item[]> {
  const { limit, recipes } = request;
  const wanted: Item[] = [];
  for await (const items of readItems(table, request)) {
    // A linked user may have one of the recipes by another login method.
    wanted.push(
      ...items.filter(
        ({ recipe, linked }) => recipes === undefined || linked === true || recipes.includes(recipe as RecipeId),
      ),
    );
    while (wanted.length > limit) yield wanted.splice(0, limit + 1);
  }
  yield wanted;
}

/** The index items from a place on, in order, some at a time. */
async function* readItems(table: DynamoDbTable, request: ListRequest): AsyncGenerator<Item[]> {
  const { order, from, limit } = request;
  const batch = { size: limit + SPARE_ITEMS };
  const months = (await listedMonths(table)).filter((month) => isOnWay(month, from, order));
  for (const month of order === 'ascending' ? months : months.reverse()) {
    const reading: Reading = { table, month, from, batch };
    yield* order === 'ascending' ? readForwards(reading) : readBackwards(reading);
  }
}

interface Reading {
  readonly table: DynamoDbTable;
  readonly month: string;
  readonly from: ListPosition | undefined;
  /** How many items are read at once. It grows, because few users on the way may have the wanted recipes. */
  readonly batch: { size: number };
}

/** One more user tells whether there is another page. Another moment tells that the last moment is complete. */
const SPARE_ITEMS = 2;

/** About as many items as DynamoDB reads in one request: 1 MB. */
const MAX_BATCH = 10_000;

const grow = (batch: Reading['batch']): void => {
  batch.size = Math.min(2 * batch.size, MAX_BATCH);
};

function isOnWay(month: string, from: ListPosition | undefined, order: ListOrder): boolean {
  if (from === undefined) return true;
  return order === 'ascending' ? month >= monthOf(from.timeJoined) : month <= monthOf(from.timeJoined);
}

async function* readForwards({ table, month, from, batch }: Reading) {
  let start = from === undefined ? '' : listSortKey(from);
  for (;;) {
    const items = await table.queryRange({
      partition: { name: 'pk', value: listPartition(month) },
      sortKey: 'sk',
      // DynamoDB takes no empty key.
      between: [start || '0', LAST],
      limit: batch.size,
    });
    yield items;
    if (items.length < batch.size) return;
    grow(batch);
    start = `${items.at(-1)?.sk}\u0000`;
  }
}

const LAST = endOf('9');

/** Users of one moment are kept by descending id: read from the end, each moment has to be turned round. */
async function* readBackwards({ table, month, from, batch }: Reading) {
  let end = from === undefined ? LAST : endOf(timeKey(from.timeJoined));
  let moment: Item[] = [];
  for (;;) {
    const items = await table.queryRange({
      partition: { name: 'pk', value: listPartition(month) },
      sortKey: 'sk',
      between: ['0', end],
      isDescending: true,
      limit: batch.size,
    });
    const ended: Item[] = [];
    for (const item of items.filter(({ sk }) => sk !== end)) {
      if (moment[0] !== undefined && timeOf(moment[0]) !== timeOf(item)) {
        ended.push(...moment.reverse());
        moment = [];
      }
      moment.push(item);
    }
    yield ended.filter((item) => isFrom(item, from));
    if (items.length < batch.size) break;
    grow(batch);
    end = String(items.at(-1)?.sk);
  }
  yield moment.reverse().filter((item) => isFrom(item, from));
}

const timeOf = ({ sk }: Item): Millis => positionOf(String(sk)).timeJoined;

const isFrom = ({ sk }: Item, from: ListPosition | undefined): boolean =>
  from === undefined || timeOf({ sk: String(sk) }) < from.timeJoined || String(sk) >= listSortKey(from);

import type { Item } from '../../../../dynamodb/client.ts';
import { both, IF_NEW, ifAbsent, ifEqual, ifPresent } from '../../../../dynamodb/conditions.ts';
import type { DynamoDbTable } from '../../../../dynamodb/dynamodb-table.ts';
import type { Millis, PasswordHash, UserId } from '../../../types.ts';
import { hasIdentity, type Identity } from '../../rules/identity.ts';
import type { UserRow } from '../../rules/user-row.ts';
import type { NewUser, UserStore } from '../user-store.ts';
import { changeUser } from './change-user.ts';
import { createClaims, erasedUser } from './claims.ts';
import { claimAll, type HoldingParts, holdingsOf, holdingsOfNew, putAccounts, remove } from './holdings.ts';
import { accountKeys, identityKey, NO_USER, userKey } from './keys.ts';
import { createUserList, type UserList } from './list.ts';
import { listByEmail, searchUsers } from './search.ts';
import { loadUsers } from './stored-users.ts';
import { IF_LIVE, IF_UNDELETED, isDeleted, liveRowOf, newUserItem, rowOf, undeletedRowOf } from './user-item.ts';

/** What the methods of the store work with. */
interface Parts extends HoldingParts {
  readonly list: UserList;
}

/** Users in one table: an item per user, which is the truth, and items that lead to it. */
export function createUserTable(table: DynamoDbTable): UserStore {
  const parts: Parts = { table, claims: createClaims(table), list: createUserList(table) };
  const holderOf = async (identity: Identity) => (await parts.claims.holderOf(identityKey(identity))) ?? NO_USER;
  return {
    get: (id) => get(table, id),
    getWithRetired: async (id) => undeletedRowOf(await table.get(userKey(id))),
    load: (rows) => loadUsers(table, rows),
    create: (user) => create(parts, user),
    holderOf,
    async find(identity) {
      const row = await get(table, await holderOf(identity));
      return row !== undefined && hasIdentity(row, identity) ? row : undefined;
    },
    listByEmail: (email, always) => listByEmail(table, email, always),
    search: (request) => searchUsers(table, request),
    change: (row, change, now) => changeUser(parts, row, change, now),
    async renewHash({ id, passwordHash = '' }, renewed) {
      const condition = both(IF_LIVE, ifEqual('passwordHash', passwordHash));
      return (await table.update(userKey(id), { set: { passwordHash: renewed }, condition })) !== undefined;
    },
    beginResetSeries: (id, series) => beginResetSeries(table, id, series),
    endResetSeries: (...args) => endResetSeries(table, ...args),
    list: parts.list.page,
    markLinked: parts.list.markLinked,
    tidyList: parts.list.tidy,
    count: parts.list.count,
    markDeleted: (id) => markDeleted(parts, id),
    retire: (row) => retire(parts, row),
    async stateOf(id) {
      const item = await table.get(userKey(id));
      if (item !== undefined && isDeleted(item)) return 'deleted';
      return rowOf(item) === undefined ? 'unknown' : 'live';
    },
    erase: (row, now) => erase(parts, row, now),
    async keepErased(id) {
      await table.update(userKey(id), { remove: ['ttl'], condition: ifEqual('deleted', true) });
    },
  };
}

const get = async (table: DynamoDbTable, id: UserId): Promise<UserRow | undefined> =>
  liveRowOf(await table.get(userKey(id)));

async function create(parts: Parts, user: NewUser): Promise<boolean> {
  const { table, list } = parts;
  const claimed = await claimAll(parts, holdingsOfNew(user), user.timeJoined);
  if (claimed.taken !== undefined) return false;
  await Promise.all([putAccounts(parts, claimed.pending), list.add(user)]);
  if (await table.put(newUserItem(user), IF_NEW)) return true;
  // Our own write, whose acknowledgement was lost; or we were so slow that another user was given what this one had claimed.
  if (liveRowOf(await table.get(userKey(user.id)))?.claim === user.claim) return true;
  await Promise.all([remove(parts, claimed.pending), list.remove(user)]);
  return false;
}

async function beginResetSeries(table: DynamoDbTable, id: UserId, series: string): Promise<string | undefined> {
  const update = { set: { resetSeries: series }, condition: both(IF_LIVE, ifAbsent('resetSeries')) };
  const begun = await table.update(userKey(id), update);
  return begun === undefined ? (await get(table, id))?.resetSeries : series;
}

async function endResetSeries(
  table: DynamoDbTable,
  id: UserId,
  series: string,
  next: string,
  passwordHash?: PasswordHash,
): Promise<boolean> {
  const set = { resetSeries: next, ...(passwordHash !== undefined && { passwordHash }) };
  const condition = both(IF_LIVE, ifEqual('resetSeries', series));
  if ((await table.update(userKey(id), { set, condition })) !== undefined) return true;
  // The condition also fails when our own write happened and only its acknowledgement was lost.
  return (await get(table, id))?.resetSeries === next;
}

async function retire(parts: Parts, row: UserRow): Promise<void> {
  const update = { set: { retired: true }, remove: ['passwordHash'], add: { version: 1 }, condition: IF_LIVE };
  await parts.table.update(userKey(row.id), update);
  await removeIndexes(parts, row);
}

async function markDeleted({ table }: Parts, id: UserId): Promise<UserRow | undefined> {
  const update = { set: { deleted: true }, add: { version: 1 }, condition: IF_UNDELETED };
  const marked: Item | undefined = await table.update(userKey(id), update);
  // A deletion that broke off can be completed.
  return rowOf(marked ?? (await table.get(userKey(id))));
}

async function erase(parts: Parts, row: UserRow, now: Millis): Promise<void> {
  await removeIndexes(parts, row);
  // Once it is erased, the item may have what the next user with this id verifies.
  await parts.table.put(erasedUser(userKey(row.id), now), both(ifEqual('deleted', true), ifPresent('recipe')));
}

/** Removes all that leads to a login method. */
async function removeIndexes({ table, list }: Parts, row: UserRow): Promise<void> {
  const holdings = holdingsOf(row);
  await Promise.all([
    ...holdings.flatMap(({ exclusive }) =>
      exclusive === undefined ? [] : [table.deleteIf(exclusive.key, ifEqual('userId', row.id))],
    ),
    ...holdings.flatMap(({ contact }) => accountKeys(row.id, contact)).map((key) => table.delete(key)),
    list.remove(row),
  ]);
}

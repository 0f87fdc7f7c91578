import type { DynamoDb, Item } from '../../../../dynamodb/client.ts';
import type { Email, Millis, UserId } from '../../../types.ts';
import { domainOf } from '../../rules/email.ts';
import type { UserRow } from '../../rules/user-row.ts';
import type { ChangeResult, NewUser, UserChange, UserStore } from '../user-store.ts';
import { type Claim, type Claims, createClaims, tombstone } from './claims.ts';
import { accountKeys, domainPartition, emailPartition, endOf, identityKey, idOfAccount, userKey } from './keys.ts';
import { createUserList, type UserList } from './list.ts';
import { readRowsConsistently } from './read-rows.ts';
import { both, IF_LIVE, ifEqual, isDeleted, liveRowOf, newUserItem, rowOf } from './user-item.ts';

/** What the methods of the store work with. */
interface Parts {
  readonly db: DynamoDb;
  readonly table: string;
  readonly claims: Claims;
  readonly list: UserList;
}

/** Users in one table: an item per user, which is the truth, and items that lead to it. */
export function createUserTable(db: DynamoDb, table: string): UserStore {
  const parts: Parts = { db, table, claims: createClaims(db, table), list: createUserList(db, table) };
  const get = async (id: UserId): Promise<UserRow | undefined> => liveRowOf(await db.get(table, userKey(id)));
  return {
    get,
    create: (user) => create(parts, user),
    async findByEmail(recipe, email) {
      const id = await parts.claims.holderOf(identityKey(recipe, email));
      const row = id === undefined ? undefined : await get(id);
      return row?.recipe === recipe && row.email === email ? row : undefined;
    },
    async listByEmail(email) {
      const rows = await searchAccounts(parts, emailPartition(email), `${email}#`);
      return rows.filter((row) => row.email === email);
    },
    searchByEmail: (beginning, limit) => searchByEmail(parts, beginning, limit),
    change: (row, change, now) => changeUser(parts, row, change, now),
    async renewHash({ id, passwordHash = '' }, renewed) {
      const condition = both(IF_LIVE, ifEqual('passwordHash', passwordHash));
      return (await db.update(table, userKey(id), { set: { passwordHash: renewed }, condition })) !== undefined;
    },
    async beginResetSeries(id, series) {
      const isNone = { expression: 'attribute_not_exists(#series)', names: { '#series': 'resetSeries' } };
      const update = { set: { resetSeries: series }, condition: both(IF_LIVE, isNone) };
      const begun = await db.update(table, userKey(id), update);
      return begun === undefined ? (await get(id))?.resetSeries : series;
    },
    async endResetSeries(id, series, next, passwordHash) {
      const set = { resetSeries: next, ...(passwordHash !== undefined && { passwordHash }) };
      const condition = both(IF_LIVE, ifEqual('resetSeries', series));
      if ((await db.update(table, userKey(id), { set, condition })) !== undefined) return true;
      // The condition also fails when our own write happened and only its acknowledgement was lost.
      return (await get(id))?.resetSeries === next;
    },
    list: parts.list.page,
    tidyList: parts.list.tidy,
    count: parts.list.count,
    markDeleted: (id) => markDeleted(parts, id),
    async stateOf(id) {
      const item = await db.get(table, userKey(id));
      if (item !== undefined && isDeleted(item)) return 'deleted';
      return rowOf(item) === undefined ? 'unknown' : 'live';
    },
    erase: (row, now) => erase(parts, row, now),
  };
}

async function create(parts: Parts, user: NewUser): Promise<boolean> {
  const { db, table, claims, list } = parts;
  const claim = claimOf(user, user);
  if (!(await claims.claim(claim, user.timeJoined))) return false;
  await Promise.all([putAccounts(parts, user), list.add(user)]);
  if (await db.put(table, newUserItem(user), { expression: 'attribute_not_exists(pk)' })) return true;
  // Our own write, whose acknowledgement was lost; or we were so slow that another user was given the email.
  if (liveRowOf(await db.get(table, userKey(user.id)))?.claim === user.claim) return true;
  await Promise.all([removeAccounts(parts, user), list.remove(user), claims.release(claim)]);
  return false;
}

async function changeUser(parts: Parts, row: UserRow, change: UserChange, now: Millis): Promise<ChangeResult> {
  const { db, table } = parts;
  const { email, passwordHash } = change;
  if (email !== undefined && email !== row.email) return changeEmail(parts, row, { ...change, email }, now);
  if (passwordHash === undefined) return 'changed';
  const changed = await db.update(table, userKey(row.id), { set: { passwordHash }, condition: IF_LIVE });
  return changed === undefined ? 'overtaken' : 'changed';
}

/** First the claim of the new email, then the user, then what leads to the old email. */
async function changeEmail(parts: Parts, row: UserRow, change: UserChange & { readonly email: Email }, now: Millis) {
  const { db, table, claims } = parts;
  const { email, claim, passwordHash } = change;
  if (!(await claims.claim(claimOf(row, { email, claim }), now))) return 'email-taken';
  await putAccounts(parts, { id: row.id, email, claim });
  const changed = await db.update(table, userKey(row.id), {
    set: { email, claim, ...(passwordHash !== undefined && { passwordHash }) },
    add: { version: 1 },
    condition: both(IF_LIVE, ifEqual('version', row.version)),
  });
  const current = liveRowOf(changed ?? (await db.get(table, userKey(row.id))));
  const isChanged = current?.email === email && current.claim === claim;
  // Another request of this user may have taken the same email. What leads there is then needed.
  if (!isChanged && current?.email === email) return 'overtaken';
  const left = isChanged ? row : { id: row.id, email, claim };
  await Promise.all([removeAccounts(parts, left), claims.release(claimOf(row, left))]);
  return isChanged ? 'changed' : 'overtaken';
}

/** A user's claim of an email, for the user's recipe. */
const claimOf = (
  { id, recipe }: Pick<UserRow, 'id' | 'recipe'>,
  { email, claim }: Pick<UserRow, 'email' | 'claim'>,
): Claim => ({
  key: identityKey(recipe, email),
  userId: id,
  claim,
  isHolder: (row) => row.recipe === recipe && row.email === email,
});

type Account = Pick<UserRow, 'id' | 'email' | 'claim'>;

async function putAccounts({ db, table }: Parts, { id, email, claim }: Account): Promise<void> {
  await Promise.all(accountKeys(id, email).map((key) => db.put(table, { ...key, claim })));
}

/** Leaves those that another request of the same user has put in their place. */
async function removeAccounts({ db, table }: Parts, { id, email, claim }: Account): Promise<void> {
  await Promise.all(accountKeys(id, email).map((key) => db.deleteIf(table, key, ifEqual('claim', claim))));
}

async function searchByEmail(parts: Parts, beginning: string, limit: number): Promise<UserRow[]> {
  const found = await Promise.all([
    searchAccounts(parts, emailPartition(beginning), beginning, limit),
    searchAccounts(parts, domainPartition(beginning), beginning, limit),
  ]);
  const byId = new Map(found.flat().map((row) => [row.id, row]));
  return [...byId.values()].filter(({ email }) => [email, domainOf(email)].some((text) => text.startsWith(beginning)));
}

/** Follows the items of a partition that begin so to their users. */
async function searchAccounts({ db, table }: Parts, partition: string, beginning: string, limit?: number) {
  const items = await db.queryRange(table, {
    partition: { name: 'pk', value: partition },
    sortKey: 'sk',
    between: [beginning, endOf(beginning)],
    ...(limit !== undefined && { limit }),
  });
  return readRowsConsistently(db, table, [...new Set(items.map(({ sk }) => idOfAccount(String(sk))))]);
}

async function markDeleted({ db, table }: Parts, id: UserId): Promise<UserRow | undefined> {
  const update = { set: { deleted: true }, add: { version: 1 }, condition: IF_LIVE };
  const marked: Item | undefined = await db.update(table, userKey(id), update);
  // A deletion that broke off can be completed.
  return rowOf(marked ?? (await db.get(table, userKey(id))));
}

async function erase({ db, table, list }: Parts, row: UserRow, now: Millis): Promise<void> {
  await Promise.all([
    db.deleteIf(table, identityKey(row.recipe, row.email), ifEqual('userId', row.id)),
    ...accountKeys(row.id, row.email).map((key) => db.delete(table, key)),
    list.remove(row),
  ]);
  await db.put(table, tombstone(userKey(row.id), now), ifEqual('deleted', true));
}

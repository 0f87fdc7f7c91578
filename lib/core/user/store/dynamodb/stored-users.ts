import type { DynamoDbTable } from '../../../../dynamodb/dynamodb-table.ts';
import type { UserId } from '../../../types.ts';
import { isMember, type PrimaryRow } from '../../rules/primary-row.ts';
import { byAge, type StoredUser, unlinkedUser } from '../../rules/stored-user.ts';
import type { UserRow } from '../../rules/user-row.ts';
import { userKey } from './keys.ts';
import { readPrimaryRows } from './primary-item.ts';
import { undeletedRowOf } from './user-item.ts';

/**
 * The users to whom login methods belong, each once, in the order of the login methods. For a login method that is not linked,
 * nothing is read.
 */
export async function loadUsers(table: DynamoDbTable, rows: readonly UserRow[]): Promise<StoredUser[]> {
  const primaries = await readPrimaryRows(table, distinct(rows.flatMap(({ primaryId }) => primaryId ?? [])));
  const known = await withMembers(table, primaries, rows);
  const linked = new Map(primaries.map((primary) => [primary.id, primaryUser(primary, known)]));
  const users = rows.flatMap((row) => userOf(row, linked.get(row.primaryId ?? row.id)) ?? []);
  return [...new Map(users.map((user) => [user.id, user])).values()];
}

/** Of a removed login method, only the primary user is left, if there is one. */
function userOf(row: UserRow, primary: StoredUser | undefined): StoredUser | undefined {
  if (row.isRetired || primary?.rows.some(({ id }) => id === row.id)) return primary;
  return unlinkedUser(row);
}

/** The login methods that are known, and those that primary users list. */
async function withMembers(
  table: DynamoDbTable,
  primaries: readonly PrimaryRow[],
  known: readonly UserRow[],
): Promise<ReadonlyMap<UserId, UserRow>> {
  const rows = new Map(known.map((row) => [row.id, row]));
  // A primary user's own item has its external id, also after that login method was removed.
  const listed = primaries.flatMap(({ id, members }) => [id, ...members.keys()]);
  const items = await table.batchGet(
    distinct(listed)
      .filter((id) => !rows.has(id))
      .map(userKey),
    true,
  );
  for (const row of items.flatMap((item) => undeletedRowOf(item) ?? [])) rows.set(row.id, row);
  return rows;
}

/** @returns `undefined` if none of the listed login methods belongs to the primary user */
function primaryUser(primary: PrimaryRow, rows: ReadonlyMap<UserId, UserRow>): StoredUser | undefined {
  const listed = [...primary.members.keys()].flatMap((id) => rows.get(id) ?? []);
  const [oldest, ...others] = listed.filter((row) => !row.isRetired && isMember(primary, row)).toSorted(byAge);
  if (oldest === undefined) return undefined;
  const externalId = rows.get(primary.id)?.externalId;
  return { id: primary.id, externalId, isPrimary: true, rows: [oldest, ...others] };
}

const distinct = (ids: readonly UserId[]): UserId[] => [...new Set(ids)];

import type { DynamoDbTable } from '../../../../dynamodb/dynamodb-table.ts';
import type { UserId } from '../../../types.ts';
import type { UserRow } from '../../rules/user-row.ts';
import { userKey } from './keys.ts';
import { liveRowOf } from './user-item.ts';

/**
 * Reads users eventually consistent, which costs half. A user who is not found so is read again, strongly consistent: the user
 * may be new.
 * @returns those that there are, in the order of the ids
 */
export async function readRows(table: DynamoDbTable, ids: readonly UserId[]): Promise<UserRow[]> {
  const found = await rowsById(table, ids, false);
  const missing = ids.filter((id) => !found.has(id));
  const foundAfterAll = await rowsById(table, missing, true);
  return ids.flatMap((id) => found.get(id) ?? foundAfterAll.get(id) ?? []);
}

/** Reads users strongly consistent. @returns those that there are, in the order of the ids */
export async function readRowsConsistently(table: DynamoDbTable, ids: readonly UserId[]): Promise<UserRow[]> {
  const found = await rowsById(table, ids, true);
  return ids.flatMap((id) => found.get(id) ?? []);
}

async function rowsById(table: DynamoDbTable, ids: readonly UserId[], consistent: boolean) {
  const items = await table.batchGet(ids.map(userKey), consistent);
  const rows = items.flatMap((item) => liveRowOf(item) ?? []);
  return new Map(rows.map((row) => [row.id, row]));
}

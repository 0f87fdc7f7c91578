import type { DynamoDb } from '../../../../dynamodb/client.ts';
import type { UserId } from '../../../types.ts';
import type { UserRow } from '../../rules/user-row.ts';
import { userKey } from './keys.ts';
import { liveRowOf } from './user-item.ts';

/**
 * Reads users eventually consistent, which costs half. A user who is not found so is read again, strongly consistent: the user
 * may be new.
 * @returns those that there are, in the order of the ids
 */
export async function readRows(db: DynamoDb, table: string, ids: readonly UserId[]): Promise<UserRow[]> {
  const found = await rowsById(db, table, ids, false);
  const missing = ids.filter((id) => !found.has(id));
  const foundAfterAll = await rowsById(db, table, missing, true);
  return ids.flatMap((id) => found.get(id) ?? foundAfterAll.get(id) ?? []);
}

/** Reads users strongly consistent. @returns those that there are, in the order of the ids */
export async function readRowsConsistently(db: DynamoDb, table: string, ids: readonly UserId[]): Promise<UserRow[]> {
  const found = await rowsById(db, table, ids, true);
  return ids.flatMap((id) => found.get(id) ?? []);
}

async function rowsById(db: DynamoDb, table: string, ids: readonly UserId[], consistent: boolean) {
  const items = await db.batchGet(table, ids.map(userKey), consistent);
  const rows = items.flatMap((item) => liveRowOf(item) ?? []);
  return new Map(rows.map((row) => [row.id, row]));
}

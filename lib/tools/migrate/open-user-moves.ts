import { codeOf } from '../../dynamodb/call.ts';
import type { DynamoDb } from '../../dynamodb/client.ts';
import { DynamoDbError } from '../../dynamodb/errors.ts';
import { installationOf } from './keys/official-keys.ts';
import type { JobParts } from './open-job.ts';
import { createStagePrimaryUsers } from './primary-users/stage-primary-users.ts';
import { openStageTables } from './records/stage-tables.ts';
import { createStageRoles } from './roles/stage-roles.ts';
import { type KindMove, type UserMoveParts, userMovesOf } from './user-moves.ts';
import { createStageUsers } from './users/stage-users.ts';

/**
 * Moves roles, users and primary users, if both sides keep some. An export gives the official core its refresh secret before: that names
 * the installation.
 * @param where describes the tables to people
 * @returns nothing, and says why, if one of the sides keeps no users
 */
export async function openUserMoves(
  parts: JobParts,
  where: string,
  direction: UserMoveParts['direction'],
): Promise<readonly KindMove[]> {
  const { official, db, bulk, names, clock, settings, isDryRun, terminal, output } = parts;
  const { coreUsers: table } = names;
  if (table === undefined || !(await isThere(db, table))) {
    return without(parts, `${where} has no table of the core's users`);
  }
  if (!official.hasUsers) return without(parts, `the official core at ${official.where} has no tables of users`);
  const tables = openStageTables({ db, bulk, names: { ...names, coreUsers: table }, clock, settings });
  const ours = {
    roles: createStageRoles(tables),
    users: createStageUsers(tables),
    primaryUsers: createStagePrimaryUsers(tables),
  };
  const installation = await installationOf(official);
  return userMovesOf({ direction, official, ours, db, bulk, table, installation, isDryRun, clock, terminal, output });
}

function without({ terminal }: JobParts, reason: string): readonly KindMove[] {
  terminal.notify(`Roles, users and linked accounts are left out: ${reason}.`);
  return [];
}

/** A stage that was deployed before the core kept users has no table for them. */
async function isThere(db: DynamoDb, table: string): Promise<boolean> {
  try {
    await db.get(table, { pk: 'any', sk: 'any' });
    return true;
  } catch (error) {
    if (error instanceof DynamoDbError && codeOf(error.cause) === 'ResourceNotFoundException') return false;
    throw error;
  }
}

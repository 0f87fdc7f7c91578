import type { UserId } from '../../core/types.ts';
import type { DynamoDb } from '../../dynamodb/client.ts';
import { createUsers } from '../../login/users.ts';
import { DEFAULT_PASSWORD_SETTINGS } from '../../passwords/password-settings.ts';
import { CommandFailed } from '../command-line.ts';
import { createCoreUsers } from './core-users.ts';
import { type SessionTables, tablesWithUsers } from './session-tables.ts';

/**
 * Finds the user with an e-mail among the core's users and those of the example's log-in. The two keep their users apart.
 * @param email in its normal form
 * @throws CommandFailed if several users have the e-mail, or the core keeps no users
 */
export async function findUserByEmail(db: DynamoDb, tables: SessionTables, email: string): Promise<UserId | undefined> {
  const ids = [...new Set([...(await idsInExample(db, tables, email)), ...(await idsInCore(db, tables, email))])];
  if (ids.length <= 1) return ids[0];
  throw new CommandFailed(`Several users have that e-mail. Name one of them: ${ids.join(', ')}`);
}

async function idsInExample(db: DynamoDb, { names }: SessionTables, email: string): Promise<readonly UserId[]> {
  const user = names.users === undefined ? undefined : await createUsers(db, names.users).find(email);
  return user === undefined ? [] : [user.id];
}

async function idsInCore(db: DynamoDb, tables: SessionTables, email: string): Promise<readonly UserId[]> {
  // No password is hashed here, so their settings do not matter.
  const users = createCoreUsers(db, tablesWithUsers(tables), DEFAULT_PASSWORD_SETTINGS);
  return (await users.findByEmail(email)).map(({ id }) => id);
}

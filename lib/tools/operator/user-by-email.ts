import type { UserId } from '../../core/types.ts';
import type { DynamoDb } from '../../dynamodb/client.ts';
import { DEFAULT_PASSWORD_SETTINGS } from '../../passwords/password-settings.ts';
import { CommandFailed } from '../command-line.ts';
import { createCoreUsers } from './core-users.ts';
import { type SessionTables, tablesWithUsers } from './session-tables.ts';

/**
 * Finds the core's user with an e-mail.
 * @throws CommandFailed if several users have the e-mail, or the core keeps no users
 */
export async function findUserByEmail(db: DynamoDb, tables: SessionTables, email: string): Promise<UserId | undefined> {
  // No password is hashed here, so their settings do not matter.
  const users = createCoreUsers(db, tablesWithUsers(tables), DEFAULT_PASSWORD_SETTINGS);
  const ids = (await users.findByContact({ email })).map(({ id }) => id);
  if (ids.length <= 1) return ids[0];
  throw new CommandFailed(`Several users have that e-mail. Name one of them: ${ids.join(', ')}`);
}

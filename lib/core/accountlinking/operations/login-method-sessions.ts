import { revokeUserSessions } from '../../session/operations/remove-sessions.ts';
import type { UserId } from '../../types.ts';
import { idsOf } from '../../user/operations/load-user.ts';
import type { UserRow } from '../../user/rules/user-row.ts';
import type { UserContext } from '../../user-context.ts';

/** What ending sessions takes. */
export type SessionContext = Pick<UserContext, 'store' | 'stores' | 'clock' | 'config'>;

/**
 * Ends the sessions that name a login method as the user. If it is linked to another that is the primary user, these are from the time
 * before.
 */
export async function endSessionsBeforeLink(context: SessionContext, row: UserRow): Promise<void> {
  for (const id of idsOf(row)) await revokeUserSessions(context, id);
}

/** Ends the sessions of a primary user that were created by one of its login methods. */
export async function endLinkedSessions(context: SessionContext, row: UserRow, primaryId: UserId): Promise<void> {
  const primary = await context.stores.users.getWithRetired(primaryId);
  const userIds = primary === undefined ? [primaryId] : idsOf(primary);
  for (const userId of userIds) {
    for (const recipeUserId of idsOf(row)) await revokeUserSessions(context, userId, { recipeUserId });
  }
}

/** Ends every session of a primary user that is about to lose its last login method. */
export async function endPrimarySessions(context: SessionContext, primaryId: UserId): Promise<void> {
  const primary = await context.stores.users.getWithRetired(primaryId);
  if (primary !== undefined) await endSessionsBeforeLink(context, primary);
}

/** Ends every session that was created by a login method. */
export async function endSessionsOf(context: SessionContext, row: UserRow): Promise<void> {
  // A first login method shares its id with the primary user, whose sessions by other login methods stay.
  if (row.primaryId !== row.id) await endSessionsBeforeLink(context, row);
  if (row.primaryId !== undefined) await endLinkedSessions(context, row, row.primaryId);
}

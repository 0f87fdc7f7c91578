import { revokeUserSessions } from '../../session/operations/remove-sessions.ts';
import type { UserId } from '../../types.ts';
import type { UserContext } from '../../user-context.ts';
import type { UserRow } from '../rules/user-row.ts';
import { findRow } from './load-user.ts';

/**
 * Deletes a user, with all that hangs on the user. An id that is no user's keeps everything. A deletion that broke off is
 * completed by repeating it.
 */
export async function removeUser(context: UserContext, id: UserId): Promise<void> {
  const { stores, clock } = context;
  const row = await findRow(context, id);
  // A deletion that breaks off after the mark then leaves no session that could be refreshed.
  if (row !== undefined) await revokeSessions(context, row);
  const ownId = row?.id ?? (await stores.mappings.deletedOwnerOf(id)) ?? id;
  const user = await stores.users.markDeleted(ownId);
  if (user === undefined) return;
  // Again, for sessions that were created before the mark.
  await revokeSessions(context, user);
  for (const each of idsOf(user)) await removeData(context, each);
  await stores.mappings.expire(user, clock());
  await stores.users.erase(user, clock());
}

/** The ids under which there may be data of a user. */
const idsOf = ({ id, externalId }: UserRow): UserId[] => (externalId === undefined ? [id] : [id, externalId]);

async function revokeSessions(context: UserContext, user: UserRow): Promise<void> {
  for (const id of idsOf(user)) await revokeUserSessions(context, id);
}

async function removeData({ stores, activity }: UserContext, id: UserId): Promise<void> {
  await Promise.all([
    stores.metadata.removeUser(id),
    stores.roles.removeUser(id),
    stores.verification.removeUser(id),
    activity.forget(id),
  ]);
}

/** Whether an id is, or was, that of a user who has been deleted. */
export async function isOfDeletedUser({ stores }: Pick<UserContext, 'stores'>, id: UserId): Promise<boolean> {
  const state = await stores.users.stateOf(id);
  return state === 'unknown' ? (await stores.mappings.deletedOwnerOf(id)) !== undefined : state === 'deleted';
}

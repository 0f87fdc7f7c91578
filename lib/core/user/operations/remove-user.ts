import { revokeUserSessions } from '../../session/operations/remove-sessions.ts';
import type { UserId } from '../../types.ts';
import type { UserContext } from '../../user-context.ts';
import { findRow } from './load-user.ts';

/**
 * Deletes a user, with all that hangs on the user. Whoever is no user keeps everything. A deletion that broke off is
 * completed by repeating it.
 */
export async function removeUser(context: UserContext, id: UserId): Promise<void> {
  const { stores, clock } = context;
  const ownId = (await findRow(context, id))?.id ?? (await stores.mappings.deletedOwnerOf(id)) ?? id;
  const user = await stores.users.markDeleted(ownId);
  if (user === undefined) return;
  const ids = user.externalId === undefined ? [user.id] : [user.id, user.externalId];
  for (const each of ids) await removeData(context, each);
  await stores.mappings.expire(user, clock());
  await stores.users.erase(user, clock());
}

async function removeData(context: UserContext, id: UserId): Promise<void> {
  const { stores, activity } = context;
  await revokeUserSessions(context, id);
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

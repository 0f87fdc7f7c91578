import type { UserId } from '../../types.ts';
import type { UserContext } from '../../user-context.ts';
import type { UserRow } from '../rules/user-row.ts';

/**
 * Removes what recipes keep under one of the ids of a deleted user. A slow deletion keeps what the next user with that id has.
 */
export async function removeData(
  { stores, activity }: Pick<UserContext, 'stores' | 'activity'>,
  user: UserRow,
  id: UserId,
): Promise<void> {
  const isFree = () => isNotOfAnother({ stores }, user, id);
  await Promise.all([
    stores.metadata.removeUser(id, isFree),
    stores.roles.removeUser(id, isFree),
    stores.verification.removeUser(id, isFree),
    stores.resetTokens.removeUser(id, isFree),
    stores.verificationTokens.removeUser(id, isFree),
    isFree().then((free) => (free ? activity.forget(id) : undefined)),
  ]);
}

/**
 * Whether an id of a user is not the external id of another user by now. That user gets it once this one is deleted, and once
 * everything that this one had under it is removed. So whatever was read before this question is this user's.
 */
export async function isNotOfAnother(
  { stores }: Pick<UserContext, 'stores'>,
  user: UserRow,
  id: UserId,
): Promise<boolean> {
  const holder = await stores.mappings.findWithRetired(id);
  return holder === undefined || holder.id === user.id;
}

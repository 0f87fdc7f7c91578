import type { UserId } from '../../types.ts';
import { findRow, findStored } from '../../user/operations/load-user.ts';
import { completeRemoval, type RemovalContext, removeUser } from '../../user/operations/remove-user.ts';
import type { UserRow } from '../../user/rules/user-row.ts';
import { endPrimarySessions, endSessionsOf } from './login-method-sessions.ts';
import { membersOf, writeMembers } from './primary-user.ts';
import { settle } from './settle.ts';
import { hasStaleLink } from './stale-link.ts';

export type UnlinkResult =
  | { readonly kind: 'unknown-user' }
  | { readonly kind: 'not-linked' }
  /**
   * `isRemoved`: it was the first login method of a primary user with others. It is removed, because the others keep
   * its id.
   */
  | { readonly kind: 'unlinked'; readonly isRemoved: boolean };

/** Unlinks a login method from its primary user, and ends its sessions. A primary user that has no other is then none any more. */
export async function unlinkAccount(context: RemovalContext, id: UserId): Promise<UnlinkResult> {
  for (;;) {
    const row = await findRow(context, id);
    if (row === undefined) {
      return { kind: (await findStored(context, id)) === undefined ? 'unknown-user' : 'not-linked' };
    }
    if (row.primaryId === undefined) return { kind: 'not-linked' };
    const result = await leave(context, row, row.primaryId);
    if (result !== 'overtaken') return result;
  }
}

async function leave(context: RemovalContext, row: UserRow, primaryId: UserId): Promise<UnlinkResult | 'overtaken'> {
  const primary = await context.stores.links.get(primaryId);
  if (!primary.members.has(row.id)) {
    await completeRemoval(context, primaryId);
    await finishUnlink(context, row.id, primaryId);
    return { kind: 'not-linked' };
  }
  const members = await membersOf(context, primary);
  const others = members.filter(({ id }) => id !== row.id);
  if (others.length === members.length) return 'overtaken';
  if (row.id === primaryId && others.length > 0) {
    await removeUser(context, row.id, false);
    return { kind: 'unlinked', isRemoved: true };
  }
  const listed = new Map(primary.members);
  listed.delete(row.id);
  if (others.length === 0 && listed.size > 0) {
    // Other requests are about to link more login methods, or broke off.
    await settle(context, primary, [...listed.keys()]);
    return 'overtaken';
  }
  await endSessionsOf(context, row);
  if (others.length === 0 && row.id !== primaryId) await endPrimarySessions(context, primaryId);
  if ((await writeMembers(context, primary, listed)) === undefined) return 'overtaken';
  // Before the link is removed: until then, the request can be repeated.
  if (others.length === 0) await completeRemoval(context, primaryId);
  await finishUnlink(context, row.id, primaryId);
  return { kind: 'unlinked', isRemoved: false };
}

/** Ends sessions that were created meanwhile, and removes the link from the login method. Safe to repeat. */
async function finishUnlink(context: RemovalContext, id: UserId, primaryId: UserId): Promise<void> {
  for (;;) {
    const row = await context.stores.users.get(id);
    if (row?.primaryId !== primaryId || !(await hasStaleLink(context, row))) return;
    await endSessionsOf(context, row);
    if (await context.stores.links.unlink(row)) return;
  }
}

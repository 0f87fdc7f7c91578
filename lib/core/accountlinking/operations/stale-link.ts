import type { UserRow } from '../../user/rules/user-row.ts';
import type { LinkContext } from './primary-user.ts';

/**
 * Whether a login method is marked as linked, but its primary user does not list it. This is what a request leaves that
 * broke off while it unlinked the login method.
 */
export async function hasStaleLink({ stores }: LinkContext, row: UserRow): Promise<boolean> {
  if (row.primaryId === undefined) return false;
  // It is read after the login method. While the login method does not change, a link that is not listed is never
  // listed again.
  return !(await stores.links.get(row.primaryId)).members.has(row.id);
}

/** @returns whether the login method, as it was read, is linked to nothing. If not, a stale link is removed. */
export async function isUnlinked(context: LinkContext, row: UserRow): Promise<boolean> {
  if (row.primaryId === undefined) return true;
  if (await hasStaleLink(context, row)) await context.stores.links.unlink(row);
  return false;
}

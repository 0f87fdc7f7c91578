import { endLinkedSessions, endPrimarySessions } from '../../accountlinking/operations/login-method-sessions.ts';
import { membersOf } from '../../accountlinking/operations/primary-user.ts';
import { settle } from '../../accountlinking/operations/settle.ts';
import { hasStaleLink } from '../../accountlinking/operations/stale-link.ts';
import { revokeUserSessions } from '../../session/operations/remove-sessions.ts';
import type { UserId } from '../../types.ts';
import type { UserContext } from '../../user-context.ts';
import { contactsOf } from '../rules/identity.ts';
import { looksLikeOwnId } from '../rules/own-id.ts';
import type { UserRow } from '../rules/user-row.ts';
import { findStored, idsOf } from './load-user.ts';
import { isNotOfAnother, removeData } from './remove-data.ts';

/** What deleting users takes. The migration, which answers no requests, has no more. */
export type RemovalContext = Pick<UserContext, 'store' | 'stores' | 'clock' | 'random' | 'config' | 'activity'>;

/**
 * Deletes a user, with all that hangs on the user. An id that is no user's keeps everything. A deletion that broke off is
 * completed by repeating it.
 * @param withLinked whether linked login methods are deleted, too. If not, and if there are others, only the login method with
 * that id is deleted. Others keep the id and the data of their primary user.
 */
export async function removeUser(context: RemovalContext, id: UserId, withLinked = true): Promise<void> {
  const row = await findForRemoval(context, id);
  if (row === undefined) return;
  if (row.primaryId !== undefined && !(await isAlone(context, row))) {
    return removeLinked(context, row, row.primaryId, withLinked);
  }
  const removed = await endUser(context, row);
  // Another request may have linked it until it was marked.
  if (removed.primaryId !== undefined && !(await isAlone(context, removed))) {
    return removeLinked(context, removed, removed.primaryId, withLinked);
  }
  await removeRest(context, removed);
  if (removed.primaryId !== undefined) await completeRemoval(context, removed.primaryId);
}

/** Also a login method whose deletion broke off. */
async function findForRemoval({ stores }: RemovalContext, id: UserId): Promise<UserRow | undefined> {
  const row = await stores.mappings.findByEither(id, looksLikeOwnId(id));
  return row ?? stores.users.markDeleted((await stores.mappings.deletedOwnerOf(id)) ?? id);
}

/** Whether a login method belongs to no primary user, although it says so. */
const isAlone = async (context: RemovalContext, row: UserRow): Promise<boolean> =>
  !row.isRetired && (await hasStaleLink(context, row));

/** Deletes one or all login methods of a primary user, and the primary user if none is left. */
async function removeLinked(
  context: RemovalContext,
  row: UserRow,
  primaryId: UserId,
  withLinked: boolean,
): Promise<void> {
  const ended = new Map<UserId, UserRow>();
  for (;;) {
    const primary = await context.stores.links.get(primaryId);
    const members = await membersOf(context, primary);
    const isWhole = withLinked || members.every(({ id }) => id === row.id);
    // A deletion that breaks off then leaves no session that could be refreshed.
    if (isWhole) await endPrimarySessions(context, primaryId);
    const doomed = new Map([row, ...(withLinked ? members : [])].map((each) => [each.id, each]));
    const others = [...doomed.values()].filter(({ id }) => !ended.has(id));
    for (const each of await Promise.all(others.map((other) => endLoginMethod(context, other, primaryId)))) {
      ended.set(each.id, each);
    }
    const isEmpty = members.every(({ id }) => ended.has(id));
    const settled = await settle(context, primary, isEmpty ? [...primary.members.keys()] : [...ended.keys()]);
    if (settled === undefined || (withLinked && settled.members.size > 0)) continue;
    if (settled.members.size === 0) await completeRemoval(context, primaryId);
    break;
  }
  // Last: until then, the deletion can be repeated by any of the ids.
  const gone = [...ended.values()].filter(({ id }) => id !== primaryId);
  await Promise.all(gone.map((each) => removeRest(context, each)));
}

/** The first login method's id lives on as the primary user's. @returns the login method as it was */
async function endLoginMethod(context: RemovalContext, row: UserRow, primaryId: UserId): Promise<UserRow> {
  if (row.id !== primaryId) return endUser(context, row);
  await context.stores.users.retire(row);
  await removeCodes(context, row);
  return row;
}

/** Removes a primary user whose login methods were all removed, the first one included. Safe to repeat. */
export async function completeRemoval(context: RemovalContext, primaryId: UserId): Promise<void> {
  const { users, links } = context.stores;
  const row = await users.getWithRetired(primaryId);
  if (row !== undefined && !row.isRetired) return;
  if ((await links.get(primaryId)).members.size > 0) return;
  const removed = row === undefined ? await users.markDeleted(primaryId) : await endUser(context, row);
  if (removed !== undefined) await removeRest(context, removed);
}

/** Ends the sessions and marks the user as deleted. @returns the user as it was */
async function endUser(context: RemovalContext, row: UserRow): Promise<UserRow> {
  // A deletion that breaks off after the mark then leaves no session that could be refreshed.
  await endSessions(context, row);
  const marked = (await context.stores.users.markDeleted(row.id)) ?? row;
  // Again, for sessions that were created before the mark.
  await endSessions(context, marked);
  return marked;
}

async function endSessions(context: RemovalContext, row: UserRow): Promise<void> {
  for (const id of idsOf(row)) {
    const isWanted = () => isNotOfAnother(context, row, id);
    await revokeUserSessions(context, id, { isWanted });
  }
  const { primaryId = row.id } = row;
  if (primaryId !== row.id) await endLinkedSessions(context, row, primaryId);
}

/** Removes all that is left of a user who is marked as deleted. */
async function removeRest(context: RemovalContext, user: UserRow): Promise<void> {
  const { stores, clock } = context;
  for (const id of idsOf(user)) await removeData(context, user, id);
  await removeCodes(context, user);
  await stores.mappings.expire(user, clock());
  await stores.users.erase(user, clock());
}

/** Codes that were sent to the user would create a new user. */
async function removeCodes({ stores }: RemovalContext, user: UserRow): Promise<void> {
  if (user.recipe !== 'passwordless') return;
  for (const contact of contactsOf(user)) {
    if (contact.kind !== 'third-party') await stores.codes.endByContact(contact);
  }
}

/** Whether an id is, or was, that of a user who has been deleted. */
export async function isOfDeletedUser({ stores }: Pick<RemovalContext, 'stores'>, id: UserId): Promise<boolean> {
  const row = await stores.mappings.findByEither(id, false);
  // The deletion of a primary user broke off after the last login method was removed.
  if (row?.isRetired === true) return (await findStored({ stores }, id)) === undefined;
  const state = await stores.users.stateOf(id);
  return state === 'unknown' ? (await stores.mappings.deletedOwnerOf(id)) !== undefined : state === 'deleted';
}

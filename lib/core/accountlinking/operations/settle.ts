import type { ContactKey, UserId } from '../../types.ts';
import { contactKeysOf } from '../../user/rules/contact-key.ts';
import { listedContacts, type PrimaryRow } from '../../user/rules/primary-row.ts';
import { type LinkContext, writeMembers } from './primary-user.ts';

/**
 * Reduces what a primary user lists of some login methods to what they have. A request that is about to link one of
 * them, or to give it another contact, then fails and begins again.
 * @returns the primary user as written, or `undefined` if it has changed since it was read
 */
export async function settle(
  context: LinkContext,
  read: PrimaryRow,
  ids: readonly UserId[],
): Promise<PrimaryRow | undefined> {
  const members = new Map(read.members);
  for (const id of ids) {
    const contacts = await settledContacts(context, read, id);
    if (contacts === undefined) members.delete(id);
    else members.set(id, contacts);
  }
  return writeMembers(context, read, members);
}

/** {@link settle}, until it is done. */
export async function settleNow(context: LinkContext, primaryId: UserId, ids: readonly UserId[]): Promise<PrimaryRow> {
  for (;;) {
    const settled = await settle(context, await context.stores.links.get(primaryId), ids);
    if (settled !== undefined) return settled;
  }
}

/**
 * The contacts that a login method has, or can get until the primary user changes. `undefined` if it does not belong to
 * the primary user.
 */
async function settledContacts(
  { stores }: LinkContext,
  primary: PrimaryRow,
  id: UserId,
): Promise<readonly ContactKey[] | undefined> {
  for (;;) {
    const row = await stores.users.get(id);
    // A login method that was removed gets nothing any more.
    if (row === undefined) return undefined;
    const isLinked = row.primaryId === primary.id;
    const contacts = contactKeysOf(row);
    const isExact = isLinked && isSame(listedContacts(primary, id), contacts);
    if (isExact || (await stores.links.shutOut(row))) return isLinked ? contacts : undefined;
  }
}

const isSame = (some: readonly ContactKey[], others: readonly ContactKey[]): boolean =>
  some.length === others.length && some.every((contact) => others.includes(contact));

import { contactKeysOf } from '../../user/rules/contact-key.ts';
import { listedContacts, type PrimaryRow } from '../../user/rules/primary-row.ts';
import type { UserRow } from '../../user/rules/user-row.ts';
import { claimContacts, giveUpClaims, type HeldContact } from './claim-contacts.ts';
import { type LinkContext, writeMembers } from './primary-user.ts';
import { settleNow } from './settle.ts';

/** `overtaken`: another request has changed the primary user or the login method since they were read. Nothing was linked. */
export type JoinResult = { readonly kind: 'joined' } | { readonly kind: 'overtaken' } | HeldContact;

/**
 * Links a login method to a primary user, or makes it the first one of a new primary user. It writes the claims of its
 * contacts, then the primary user, then the login method.
 * @param primary read before `row`
 * @param row linked to nothing
 */
export async function join(context: LinkContext, primary: PrimaryRow, row: UserRow): Promise<JoinResult> {
  const contacts = contactKeysOf(row);
  const claimed = await claimContacts(context, primary, contacts);
  if (claimed.kind === 'held') return claimed;
  await markInList(context, primary, row);
  const listed = new Set([...listedContacts(primary, row.id), ...contacts]);
  const members = new Map(primary.members).set(row.id, [...listed]);
  if ((await writeMembers(context, primary, members)) === undefined) {
    await giveUpClaims(context, primary, claimed.contacts);
    return { kind: 'overtaken' };
  }
  if (await context.stores.links.link(row, primary.id)) return { kind: 'joined' };
  await settleNow(context, primary.id, [row.id]);
  return { kind: 'overtaken' };
}

/** The list of users shows several login methods as one user. It looks more closely at those that are marked. */
async function markInList({ stores }: LinkContext, { members }: PrimaryRow, row: UserRow): Promise<void> {
  const others = [...members.keys()].filter((id) => id !== row.id);
  if (others.length === 0) return;
  // When there were several, they were marked before.
  const [only] = others.length === 1 ? others : [];
  const other = only === undefined ? undefined : await stores.users.get(only);
  await stores.users.markLinked([row, ...(other === undefined ? [] : [other])]);
}

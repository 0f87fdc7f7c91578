import type { ContactKey } from '../../types.ts';
import { contactKeysOf } from '../../user/rules/contact-key.ts';
import { listedContacts } from '../../user/rules/primary-row.ts';
import type { UserRow } from '../../user/rules/user-row.ts';
import { claimContacts, giveUpClaims, type HeldContact } from './claim-contacts.ts';
import { type LinkContext, writeMembers } from './primary-user.ts';
import { settleNow } from './settle.ts';

/**
 * Carries out a change of a login method's contacts. If the login method belongs to a primary user, that claims and
 * lists the contacts first.
 * @param contacts all that the login method has after the change
 * @param change does nothing if the login method has changed since `row` was read
 * @returns what `change` returns. It is `held` if another primary user has one of the contacts, and `overtaken` if the
 * primary user has changed meanwhile
 */
export async function changeContacts<Result>(
  context: LinkContext,
  row: UserRow,
  contacts: readonly ContactKey[],
  change: () => Promise<Result>,
): Promise<Result | HeldContact | 'overtaken'> {
  const had = contactKeysOf(row);
  if (row.primaryId === undefined || contacts.every((contact) => had.includes(contact))) return change();
  const primary = await context.stores.links.get(row.primaryId);
  if (!primary.members.has(row.id)) return change();
  const claimed = await claimContacts(context, primary, contacts);
  if (claimed.kind === 'held') return claimed;
  const listed = new Set([...listedContacts(primary, row.id), ...contacts]);
  const members = new Map(primary.members).set(row.id, [...listed]);
  if ((await writeMembers(context, primary, members)) === undefined) {
    await giveUpClaims(context, primary, claimed.contacts);
    return 'overtaken';
  }
  const result = await change();
  await settleNow(context, primary.id, [row.id]);
  return result;
}

import type { UserId } from '../../types.ts';
import { publicIdOf } from '../../user/operations/load-user.ts';
import { kindOf } from '../../user/rules/contact-key.ts';
import type { Contact } from '../../user/rules/identity.ts';
import type { UserContext } from '../../user-context.ts';
import type { HeldContact } from './claim-contacts.ts';

/** Another primary user has a contact of the login method. */
export interface ContactConflict {
  readonly kind: 'contact-conflict';
  readonly contactKind: Contact['kind'];
  /** By which callers know the other primary user. */
  readonly primaryUserId: UserId;
}

export async function describeConflict(
  { stores }: Pick<UserContext, 'stores'>,
  { contact, primaryId }: HeldContact,
): Promise<ContactConflict> {
  const row = await stores.users.getWithRetired(primaryId);
  const primaryUserId = row === undefined ? primaryId : publicIdOf(row);
  return { kind: 'contact-conflict', contactKind: kindOf(contact), primaryUserId };
}

import type { ContactKey } from '../../types.ts';
import { type Contact, contactsOf } from './identity.ts';
import type { UserRow } from './user-row.ts';

type Contacts = Pick<UserRow, 'email' | 'phoneNumber' | 'thirdParty'>;

/** What a login method must share with no other primary user, in the order in which it is looked at. */
export const contactKeysOf = (row: Contacts): ContactKey[] => contactsOf(row).map(contactKeyOf);

function contactKeyOf(contact: Contact): ContactKey {
  return `${contact.kind}#${textOf(contact)}` as ContactKey;
}

function textOf(contact: Contact): string {
  if (contact.kind === 'email') return contact.email;
  if (contact.kind === 'phone-number') return contact.phoneNumber;
  // The provider's id must not run into the user's.
  return `${encodeURIComponent(contact.thirdParty.id)}#${contact.thirdParty.userId}`;
}

/** What a key says of the kind of its contact. */
export const kindOf = (key: ContactKey): Contact['kind'] => key.slice(0, key.indexOf('#')) as Contact['kind'];

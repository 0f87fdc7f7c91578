import type { Email, PhoneNumber } from '../../types.ts';
import type { RecipeId, ThirdParty } from './user.ts';
import type { UserRow } from './user-row.ts';

/** What only one user of a recipe can have, and by which the recipe finds that user. */
export type Identity =
  | { readonly recipe: 'emailpassword' | 'passwordless'; readonly email: Email }
  | { readonly recipe: 'passwordless'; readonly phoneNumber: PhoneNumber }
  | { readonly recipe: 'thirdparty'; readonly thirdParty: ThirdParty };

/** A fact about a user that leads to that user. */
export type Contact =
  | { readonly kind: 'email'; readonly email: Email }
  | { readonly kind: 'phone-number'; readonly phoneNumber: PhoneNumber }
  | { readonly kind: 'third-party'; readonly thirdParty: ThirdParty };

type Contacts = Partial<Pick<UserRow, 'email' | 'phoneNumber' | 'thirdParty'>>;

/** All contacts of a user. */
export function contactsOf({ email, phoneNumber, thirdParty }: Contacts): Contact[] {
  return [
    ...(email === undefined ? [] : [{ kind: 'email', email } as const]),
    ...(phoneNumber === undefined ? [] : [{ kind: 'phone-number', phoneNumber } as const]),
    ...(thirdParty === undefined ? [] : [{ kind: 'third-party', thirdParty } as const]),
  ];
}

/** Whether a user has the contact. */
export function hasContact(row: Contacts, contact: Contact): boolean {
  switch (contact.kind) {
    case 'email':
      return row.email === contact.email;
    case 'phone-number':
      return row.phoneNumber === contact.phoneNumber;
    case 'third-party':
      return isSameThirdParty(row.thirdParty, contact.thirdParty);
  }
}

export const isSameThirdParty = (one: ThirdParty | undefined, other: ThirdParty): boolean =>
  one?.id === other.id && one.userId === other.userId;

/** The identity that a contact is in a recipe; `undefined` if several users of the recipe may have it. */
export function identityOf(recipe: RecipeId, contact: Contact): Identity | undefined {
  if (contact.kind === 'third-party') return { recipe: 'thirdparty', thirdParty: contact.thirdParty };
  if (contact.kind === 'phone-number') return { recipe: 'passwordless', phoneNumber: contact.phoneNumber };
  return recipe === 'thirdparty' ? undefined : { recipe, email: contact.email };
}

/** Whether a user has the identity. */
export function hasIdentity(row: Contacts & Pick<UserRow, 'recipe'>, identity: Identity): boolean {
  return row.recipe === identity.recipe && hasContact(row, contactOf(identity));
}

function contactOf(identity: Identity): Contact {
  if ('email' in identity) return { kind: 'email', email: identity.email };
  if ('phoneNumber' in identity) return { kind: 'phone-number', phoneNumber: identity.phoneNumber };
  return { kind: 'third-party', thirdParty: identity.thirdParty };
}

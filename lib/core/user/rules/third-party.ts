import type { ThirdPartyId, ThirdPartyUserId } from '../../types.ts';
import { contactKeysOf } from './contact-key.ts';
import { canBeSought } from './sought-text.ts';
import type { ThirdParty } from './user.ts';

/** DynamoDB's keys hold at most 2,048 bytes. One has both ids as JSON, and one the key of the contact. */
const MAX_JSON_BYTES = 1900;
const MAX_CONTACT_BYTES = 2000;

/** @returns the user of a provider, with both ids as given; `undefined` if one is empty, or they are too long to be stored */
export function thirdPartyOf(id: string, userId: string): ThirdParty | undefined {
  if (!canBeSought(id) || userId === '' || !userId.isWellFormed()) return undefined;
  const thirdParty = { id: id as ThirdPartyId, userId: userId as ThirdPartyUserId };
  const [contact = ''] = contactKeysOf({ email: undefined, phoneNumber: undefined, thirdParty });
  const isStorable =
    Buffer.byteLength(JSON.stringify([id, userId])) <= MAX_JSON_BYTES &&
    Buffer.byteLength(contact) <= MAX_CONTACT_BYTES;
  return isStorable ? thirdParty : undefined;
}

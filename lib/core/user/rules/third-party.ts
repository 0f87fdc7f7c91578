import type { ThirdPartyId, ThirdPartyUserId } from '../../types.ts';
import { contactKeysOf } from './contact-key.ts';
import { canBeSought } from './sought-text.ts';
import type { ThirdParty } from './user.ts';

/** DynamoDB's keys hold at most 2,048 bytes. One has both ids as JSON, another one the contact's key. */
const MAX_BYTES = 1900;

/** @returns the user of a provider, with both ids as given; `undefined` if one is empty, or they are too long to be stored */
export function thirdPartyOf(id: string, userId: string): ThirdParty | undefined {
  if (!canBeSought(id) || userId === '' || !userId.isWellFormed()) return undefined;
  const thirdParty = { id: id as ThirdPartyId, userId: userId as ThirdPartyUserId };
  const keys = [
    JSON.stringify([id, userId]),
    ...contactKeysOf({ email: undefined, phoneNumber: undefined, thirdParty }),
  ];
  return keys.every((key) => Buffer.byteLength(key) <= MAX_BYTES) ? thirdParty : undefined;
}

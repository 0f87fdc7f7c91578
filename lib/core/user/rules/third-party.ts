import type { ThirdPartyId, ThirdPartyUserId } from '../../types.ts';
import { canBeSought } from './sought-text.ts';
import type { ThirdParty } from './user.ts';

/** DynamoDB's keys hold at most 2,048 bytes, and one has both ids as JSON. */
const MAX_BYTES = 1900;

/** @returns the user of a provider, with both ids as given; `undefined` if one is empty, or they are too long to be stored */
export function thirdPartyOf(id: string, userId: string): ThirdParty | undefined {
  const isStorable = canBeSought(id) && userId !== '' && userId.isWellFormed();
  if (!isStorable || Buffer.byteLength(JSON.stringify([id, userId])) > MAX_BYTES) return undefined;
  return { id: id as ThirdPartyId, userId: userId as ThirdPartyUserId };
}

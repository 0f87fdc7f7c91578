import { CdiRefusal } from '../../http/refusal.ts';

/** How a query names a user. */
export type UserQuery =
  | { readonly kind: 'by-id'; readonly userId: string }
  | { readonly kind: 'by-third-party'; readonly id: string; readonly userId: string };

/** @throws CdiRefusal 400 unless exactly one of a user's id and a provider's user is given */
export function queryUser(query: URLSearchParams): UserQuery {
  const [userId, id, thirdPartyUserId] = ['userId', 'thirdPartyId', 'thirdPartyUserId'].map((name) => query.get(name));
  const thirdParty = id != null && thirdPartyUserId != null ? { id, userId: thirdPartyUserId } : undefined;
  if (userId != null && thirdParty !== undefined) {
    throw new CdiRefusal(400, 'Please provide only one of userId or (thirdPartyId & thirdPartyUserId)');
  }
  if (userId != null) return { kind: 'by-id', userId };
  if (thirdParty !== undefined) return { kind: 'by-third-party', ...thirdParty };
  throw new CdiRefusal(400, 'Please provide one of userId or (thirdPartyId & thirdPartyUserId)');
}

import { createHash } from 'node:crypto';
import type { Condition, Item } from '../../../../dynamodb/client.ts';
import { both, ifAbsent, ifPresent } from '../../../../dynamodb/conditions.ts';
import type {
  Email,
  Millis,
  PasswordHash,
  PhoneNumber,
  ThirdPartyId,
  ThirdPartyUserId,
  UserId,
} from '../../../types.ts';
import type { RecipeId, ThirdParty } from '../../rules/user.ts';
import type { UserRow } from '../../rules/user-row.ts';
import type { NewUser } from '../user-store.ts';
import { userKey } from './keys.ts';

/** A new user's item. */
export const newUserItem = (user: NewUser): Item => ({
  ...userKey(user.id),
  recipe: user.recipe,
  ...(user.email !== undefined && { email: user.email }),
  ...(user.phoneNumber !== undefined && { phoneNumber: user.phoneNumber, phoneClaim: user.claim }),
  ...(user.thirdParty !== undefined && { thirdPartyId: user.thirdParty.id, thirdPartyUserId: user.thirdParty.userId }),
  ...(user.passwordHash !== undefined && { passwordHash: user.passwordHash }),
  timeJoined: user.timeJoined,
  claim: user.claim,
  version: 1,
  ...(user.isVerified && user.email !== undefined && { [verifiedAttribute(user.email)]: user.email }),
});

/** @returns the user as stored, deleted or not; `undefined` if the item is no user's */
export function rowOf(item: Item | undefined): UserRow | undefined {
  if (item?.recipe === undefined) return undefined;
  const email = item.email as Email | undefined;
  return {
    id: String(item.pk).slice('user#'.length) as UserId,
    recipe: item.recipe as RecipeId,
    email,
    phoneNumber: item.phoneNumber as PhoneNumber | undefined,
    thirdParty: thirdPartyOf(item),
    passwordHash: item.passwordHash as PasswordHash | undefined,
    timeJoined: item.timeJoined as Millis,
    primaryId: item.primaryId as UserId | undefined,
    isRetired: item.retired === true,
    externalId: item.externalId as UserId | undefined,
    mapping: item.mapping as string | undefined,
    externalIdInfo: item.externalIdInfo as string | undefined,
    isVerified: email === undefined || isVerifiedIn(item, email),
    resetSeries: item.resetSeries as string | undefined,
    claim: item.claim as string,
    phoneClaim: item.phoneClaim as string | undefined,
    version: item.version as number,
  };
}

function thirdPartyOf({ thirdPartyId, thirdPartyUserId }: Item): ThirdParty | undefined {
  if (thirdPartyId === undefined) return undefined;
  return { id: thirdPartyId as ThirdPartyId, userId: thirdPartyUserId as ThirdPartyUserId };
}

/** @returns the user; `undefined` if the item is no user's, or a deleted one's */
export function liveRowOf(item: Item | undefined): UserRow | undefined {
  const row = undeletedRowOf(item);
  return row?.isRetired === true ? undefined : row;
}

/** @returns the user; also one whose login method was removed, and whose id lives on as a primary user's */
export const undeletedRowOf = (item: Item | undefined): UserRow | undefined =>
  item === undefined || isDeleted(item) ? undefined : rowOf(item);

/** Also true of the item that stays for a while in the place of a user who was deleted or never came to be. */
export const isDeleted = (item: Item): boolean => item.deleted === true;

/** The attribute that says that an email is verified. Its value is the email. Items of earlier versions have `true` there. */
export const verifiedAttribute = (email: string): string => `${VERIFIED_PREFIX}${emailHash(email)}`;
export const VERIFIED_PREFIX = 'verified_';

/** Whether an item says that the email is verified. */
export function isVerifiedIn(item: Item, email: string): boolean {
  const value = item[verifiedAttribute(email)];
  return value === email || value === true;
}

/** Attributes are named by a hash, for an email may have any length and any character. */
export const emailHash = (email: string): string => createHash('sha256').update(email).digest('hex').slice(0, 32);

/** The item is a user's who was not deleted. The user's login method may have been removed. */
export const IF_UNDELETED: Condition = both(ifPresent('recipe'), ifAbsent('deleted'));

/** The item is that of a login method which is there. */
export const IF_LIVE: Condition = both(IF_UNDELETED, ifAbsent('retired'));

import type { Email, Millis, PasswordHash, PhoneNumber, RoleName, UserId } from '../../../core/types.ts';
import type { RecipeId } from '../../../core/user/rules/user.ts';
import { isEmptyPart } from '../records/record-database.ts';

/**
 * A user as both kinds of core keep it: one login method, and all that is kept under its ids. Data may also be kept
 * under an id of no user, such as one of your own log-in. It is then a record without a `login`.
 *
 * What hangs on a user is kept under the external id if the user has one, and else under the core's own id. A few rows
 * may be under the other one. `read` puts them under the id where the official core would look them up.
 */
export interface MovedUser {
  /** The core's own id, also of a user with an external id. */
  readonly key: UserId;
  readonly parts: UserParts;
}

export interface UserParts {
  readonly login: MovedLogin | null;
  readonly mapping: { readonly externalId: UserId; readonly info: string | null } | null;
  /** Sorted. Also of e-mails that the user does not have now. */
  readonly verifiedEmails: readonly string[];
  /** As `metadataText` writes it; `null` also for an empty object. */
  readonly metadata: string | null;
  /** Sorted. */
  readonly roles: readonly RoleName[];
  /** Unexpired ones, sorted by hash. */
  readonly resetTokens: readonly MovedToken[];
  /** Unexpired ones, sorted by hash. */
  readonly verificationTokens: readonly MovedToken[];
  /** The later of two is right. */
  readonly lastActive: Millis | null;
}

/** Whether nothing would be left to move. */
export const isEmptyUser = (parts: UserParts): boolean => Object.values(parts).every(isEmptyPart);

/** How a user logs in. */
export interface MovedLogin {
  readonly recipe: RecipeId;
  readonly timeJoined: Millis;
  readonly email: Email | null;
  readonly phoneNumber: PhoneNumber | null;
  readonly thirdParty: { readonly id: string; readonly userId: string } | null;
  readonly passwordHash: PasswordHash | null;
  /**
   * The login method was removed, and its id lives on as a primary user's. An official core then keeps the recipe alone, so
   * `timeJoined` is 0, and all other members are `null`.
   */
  readonly isRetired: boolean;
}

/** A link in a mail that has not been used. */
export interface MovedToken {
  /** SHA-256 of the token, hex. */
  readonly hash: string;
  readonly email: string;
  readonly expiry: Millis;
}

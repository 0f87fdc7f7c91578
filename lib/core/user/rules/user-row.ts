import type { Email, Millis, PasswordHash, PhoneNumber, UserId } from '../../types.ts';
import type { RecipeId, ThirdParty } from './user.ts';

/** One login method, as the store keeps it. */
export interface UserRow {
  /** The id that the core gave the user: a random UUID. */
  readonly id: UserId;
  readonly recipe: RecipeId;
  /** Absent only for users of the Passwordless recipe, who then have a phone number. */
  readonly email: Email | undefined;
  /** Only users of the Passwordless recipe can have one. */
  readonly phoneNumber: PhoneNumber | undefined;
  /** Users of the ThirdParty recipe have one, and it never changes. */
  readonly thirdParty: ThirdParty | undefined;
  /** Absent for recipes without passwords. */
  readonly passwordHash: PasswordHash | undefined;
  readonly timeJoined: Millis;
  /** The primary user to which the login method is linked, if the primary user lists it. A primary user's own id is its first login method's. */
  readonly primaryId: UserId | undefined;
  /** Whether the login method was removed, and its id lives on as that of a primary user with other login methods. */
  readonly isRetired: boolean;
  /** The id by which the user's owner knows the user, if it was mapped. */
  readonly externalId: UserId | undefined;
  /** Names the mapping to the external id, and no other. */
  readonly mapping: string | undefined;
  /** What is noted of the mapping to the external id. */
  readonly externalIdInfo: string | undefined;
  /**
   * Whether this email is verified under the user's own id. A mapped user's email is verified under the external id. True if there is
   * no email.
   */
  readonly isVerified: boolean;
  /** The tokens that were made for this user and are still good belong to it. */
  readonly resetSeries: string | undefined;
  /** Names the claim by which the user holds the email or, for the ThirdParty recipe, what leads from the email to the user. */
  readonly claim: string;
  /** Names the claim by which the user holds the phone number. */
  readonly phoneClaim: string | undefined;
  /** Changes with the email and the phone number, with linking, with deletion, and when another user takes over an abandoned claim. */
  readonly version: number;
}

import type { Email, Millis, PasswordHash, UserId } from '../../types.ts';
import type { RecipeId } from './user.ts';

/** One login method, as the store keeps it. */
export interface UserRow {
  /** The id that the core gave the user: a random UUID. */
  readonly id: UserId;
  readonly recipe: RecipeId;
  readonly email: Email;
  /** Absent for recipes without passwords. */
  readonly passwordHash: PasswordHash | undefined;
  readonly timeJoined: Millis;
  /** The id by which the user's owner knows the user, if it was mapped. */
  readonly externalId: UserId | undefined;
  /** Names the mapping to the external id, and no other. */
  readonly mapping: string | undefined;
  /** What is noted of the mapping to the external id. */
  readonly externalIdInfo: string | undefined;
  /** Whether this email is verified under the user's own id. A mapped user's is verified under the external id. */
  readonly isVerified: boolean;
  /** The tokens that were made for this user and are still good belong to it. */
  readonly resetSeries: string | undefined;
  /** Names the claim by which the user holds the email. */
  readonly claim: string;
  /** Changes with the email, with deletion, and when another user takes over an abandoned claim. */
  readonly version: number;
}

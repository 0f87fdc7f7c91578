import type { UserId } from '../../types.ts';
import type { UserDataStore } from '../../user/store/user-data-store.ts';

/**
 * Where the core keeps which emails are verified, each under a user's id. The id may be any text. The tokens that were made for one
 * email of one id belong to a series, and end with it.
 */
export interface EmailVerificationStore extends UserDataStore {
  /** Strongly consistent. */
  isVerified(userId: UserId, email: string): Promise<boolean>;
  /**
   * Begins the series of tokens of an email.
   * @returns the series that is live then: this one, or the one that has begun before
   */
  beginSeries(userId: UserId, email: string, series: string): Promise<string>;
  /** Ends a series, begins the next, and marks the email as verified. @returns whether the series was live */
  verify(userId: UserId, email: string, series: string, next: string): Promise<boolean>;
  /** Ends whatever series is live. */
  endSeries(userId: UserId, email: string, next: string): Promise<void>;
  /** Marks the email as verified, whatever tokens there are. Safe to repeat. */
  markVerified(userId: UserId, email: string): Promise<void>;
  unverify(userId: UserId, email: string): Promise<void>;
  /** Moves the verified emails of one id to another, without pending tokens. Safe to repeat. */
  move(from: UserId, to: UserId): Promise<void>;
}

import type { Millis, UserId } from '../../types.ts';

/** A token with which a user may set another password. It is good once, and as long as the user's series is live. */
export interface ResetToken {
  /** SHA-256 of the token, hex: all that the store knows of it. */
  readonly hash: string;
  readonly userId: UserId;
  /** As the caller gave it. */
  readonly email: string;
  readonly series: string;
  readonly expiry: Millis;
}

/** Where the core keeps the tokens for resetting passwords. */
export interface ResetTokenStore {
  put(token: ResetToken): Promise<void>;
  /** Strongly consistent; expired tokens are returned as long as they exist. */
  get(hash: string): Promise<ResetToken | undefined>;
  delete(hash: string): Promise<void>;
}

import type { Millis, UserId } from '../../types.ts';

/** A token for a link in an email. It is good once, and as long as its series is live. */
export interface LinkToken {
  /** SHA-256 of the token, hex: all that the store knows of it. */
  readonly hash: string;
  readonly userId: UserId;
  readonly email: string;
  readonly series: string;
  readonly expiry: Millis;
}

/** Where the core keeps the tokens of one kind. */
export interface TokenStore {
  put(token: LinkToken): Promise<void>;
  /** Strongly consistent; expired tokens are returned as long as they exist. */
  get(hash: string): Promise<LinkToken | undefined>;
  delete(hash: string): Promise<void>;
  /**
   * Removes the tokens of a user. Safe to repeat.
   * @param isWanted asked after tokens were read, and before they are removed: `false` keeps them
   */
  removeUser(userId: UserId, isWanted: () => Promise<boolean>): Promise<void>;
}

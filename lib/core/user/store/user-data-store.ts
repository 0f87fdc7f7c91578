import type { UserId } from '../../types.ts';

/** What a recipe keeps under a user's id, whether there is such a user or not. */
export interface UserDataStore {
  /** Whether it keeps anything under the id. */
  isUsedBy(userId: UserId): Promise<boolean>;
  /**
   * Removes all that it keeps under the id. Safe to repeat.
   * @param isWanted asked each time that something was read, and before that is removed. `false` keeps it, and ends the work. What is
   * stored after the question stays, unless it is asked again
   */
  removeUser(userId: UserId, isWanted: () => Promise<boolean>): Promise<void>;
}

import type { UserId } from '../../types.ts';

/** What a recipe keeps under a user's id, whether there is such a user or not. */
export interface UserDataStore {
  /** Whether it keeps anything under the id. */
  isUsedBy(userId: UserId): Promise<boolean>;
  /** Removes all that it keeps under the id. Safe to repeat. */
  removeUser(userId: UserId): Promise<void>;
}

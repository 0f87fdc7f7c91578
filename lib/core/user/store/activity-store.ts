import type { Millis, UserId } from '../../types.ts';

/** When each user was last active. The ids are those that callers use, and may be any text. */
export interface ActivityStore {
  note(userId: UserId, now: Millis): Promise<void>;
  /** How many users were active at that time or later. It costs as much as reading when all users were. */
  count(since: Millis): Promise<number>;
  remove(userId: UserId): Promise<void>;
}

import type { Clock, Millis, UserId } from '../../types.ts';
import type { ActivityStore } from '../store/activity-store.ts';

/** A user's activity is noted again after this time at the earliest. */
const PERIOD: Millis = 5 * 60_000;

/** As many users as are remembered to have been noted. */
const MOST_REMEMBERED = 10_000;

/** Notes which users are active, for statistics. */
export interface Activity {
  /** Notes that a user is active. Never rejects: statistics are not worth the failure of a request. */
  note(userId: UserId): Promise<void>;
  forget(userId: UserId): Promise<void>;
}

export function createActivity(store: ActivityStore, clock: Clock): Activity {
  const noted = new Map<UserId, Millis>();
  return {
    async note(userId) {
      const now = clock();
      const last = noted.get(userId);
      if (last !== undefined && now < last + PERIOD) return;
      if (noted.size >= MOST_REMEMBERED) noted.clear();
      noted.set(userId, now);
      await store.note(userId, now).catch(() => noted.delete(userId));
    },
    async forget(userId) {
      noted.delete(userId);
      await store.remove(userId);
    },
  };
}

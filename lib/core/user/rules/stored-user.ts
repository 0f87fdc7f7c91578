import type { UserId } from '../../types.ts';
import type { UserRow } from './user-row.ts';

/** A user as stored: one login method, or those that are linked to one primary user. */
export interface StoredUser {
  /** The id that the core gave: the primary user's, or that of the only login method. */
  readonly id: UserId;
  /** The id by which the user's owner knows the user, if it was mapped. */
  readonly externalId: UserId | undefined;
  readonly isPrimary: boolean;
  /** Oldest first. */
  readonly rows: readonly [UserRow, ...UserRow[]];
}

/** A login method that is not linked to any other. */
export const unlinkedUser = (row: UserRow): StoredUser => ({
  id: row.id,
  externalId: row.externalId,
  isPrimary: false,
  rows: [row],
});

/** By the time of joining, and by id within one moment. */
export const byAge = (one: UserRow, other: UserRow): number =>
  one.timeJoined - other.timeJoined || (one.id < other.id ? -1 : 1);

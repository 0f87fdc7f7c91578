import type { Hash2, JsonObject, Millis, SessionHandle, UserId } from '../../types.ts';

/** A refresh token that was replaced no longer than the grace period ago, and how to derive what replaced it. */
export interface RetiredToken {
  readonly hash2: Hash2;
  readonly retiredAt: Millis;
  /** 16 random bytes. */
  readonly salt: Buffer;
  /** Whether the successor carries an anti-CSRF token. */
  readonly antiCsrf: boolean;
}

/** One session, as the store keeps it. */
export interface SessionRow {
  readonly handle: SessionHandle;
  readonly userId: UserId;
  /** The login method by which the session was created, if the user has another id: the user is then linked to a primary user. */
  readonly recipeUserId?: UserId | undefined;
  /** Of the live refresh token. */
  readonly current: Hash2;
  /** Of the one before it, as the official core writes it. */
  readonly prev: Hash2 | undefined;
  readonly rotatedAt: Millis | undefined;
  /** Newest last; at most {@link MAX_RETIRED}. Only ever written by the rules of `graceReuse: 'same'`. */
  readonly retired: readonly RetiredToken[];
  readonly payload: JsonObject;
  readonly data: JsonObject;
  readonly createdAt: Millis;
  readonly expiry: Millis;
  /** Until when the index item that lists this session by its user is kept. */
  readonly listedUntil: Millis;
  readonly useStaticKey: boolean;
}

/** The login method by which a session was created. */
export const recipeUserOf = ({ userId, recipeUserId = userId }: Pick<SessionRow, 'userId' | 'recipeUserId'>): UserId =>
  recipeUserId;

/**
 * More retired tokens than this are never kept, so that the item stays bounded. The configuration allows no grace period in
 * which a client that refreshes each time its access token expires would retire more.
 */
export const MAX_RETIRED = 20;

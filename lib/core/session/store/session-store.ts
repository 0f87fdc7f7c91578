import type { Hash2, JsonObject, Millis, SessionHandle, UserId } from '../../types.ts';
import type { RetiredToken, SessionRow } from '../rules/row.ts';

/** What a write of a session's refresh token changes. */
export interface RotationChange {
  readonly current: Hash2;
  readonly prev: Hash2 | undefined;
  readonly rotatedAt: Millis | undefined;
  /** None: the attribute is removed, as every writer by other rules must. */
  readonly retired: readonly RetiredToken[];
  readonly expiry: Millis;
  /** Later than the row's: the index item is extended first. */
  readonly listedUntil: Millis;
  readonly useStaticKey: boolean;
}

/** Makes a row of the same content for the same user, with another handle and other tokens. */
export type AnotherRow = () => Promise<SessionRow>;

export interface SessionStore {
  /**
   * Stores a new session: at once the row and the index item that lists it by its user. A creation that breaks off may leave
   * one of the two, of a session whose tokens no client has.
   * @param another its row is stored instead if it is unknown whether the first was stored. Absent: this throws
   * @returns the row that was stored
   * @throws ItemTooLarge
   */
  create(row: SessionRow, another?: AnotherRow): Promise<SessionRow>;

  /** Strongly consistent; expired rows are returned as long as they exist. */
  get(handle: SessionHandle): Promise<SessionRow | undefined>;

  /**
   * Replaces the live refresh token if it still is `expected` and the session has not expired at `now`. Extends the
   * index item first if `change.listedUntil` is later than the row's.
   * @returns the row as it stands after the write; `undefined` if the condition failed
   */
  rotate(row: SessionRow, change: RotationChange, now: Millis): Promise<SessionRow | undefined>;

  /** Stores which kind of key signs, if `expected` still is the live token. @returns whether it did */
  setSigningKey(handle: SessionHandle, expected: Hash2, useStaticKey: boolean, now: Millis): Promise<boolean>;

  /**
   * @param expected the payload that must be stored so far, as `JSON.stringify` writes it; any if absent
   * @returns the row after the write; `undefined` if no unexpired session with that payload was there
   * @throws ItemTooLarge
   */
  setPayload(
    handle: SessionHandle,
    payload: JsonObject,
    now: Millis,
    expected?: JsonObject,
  ): Promise<SessionRow | undefined>;

  /** @returns whether an unexpired session was there to be changed. @throws ItemTooLarge */
  setData(handle: SessionHandle, data: JsonObject, now: Millis): Promise<boolean>;

  /** Deletes the row, then its index item if a row was deleted. @returns whether an unexpired session was deleted */
  delete(handle: SessionHandle, now: Millis): Promise<boolean>;

  /**
   * The handles of a user's unexpired sessions, from a strongly consistent read of the index.
   * @param recipeUserId lists only the sessions that were created by this login method
   */
  list(userId: UserId, now: Millis, recipeUserId?: UserId): Promise<SessionHandle[]>;

  /**
   * A page of the index of a user's sessions. It has those of {@link list}, any whose row is not written yet, and some
   * whose row is gone. What is revoked must be taken from here. A strongly consistent read.
   */
  listIndexed(userId: UserId, request: IndexRequest): Promise<IndexPage>;

  /** Those of the handles that have an unexpired session, from a strongly consistent read. */
  findLive(handles: readonly SessionHandle[], now: Millis): Promise<Set<SessionHandle>>;
}

export interface IndexRequest {
  /** How many index items are read at most. */
  readonly limit: number;
  /** The last handle of the page before; the first page if absent. */
  readonly after?: SessionHandle | undefined;
}

/** What the index says of a session. */
export interface IndexedSession {
  readonly handle: SessionHandle;
  /** The login method by which the session was created, if it has another id than the user. */
  readonly recipeUserId?: UserId;
  /** The session has expired by then, if it is not refreshed. */
  readonly listedUntil: Millis;
}

/** In the order of the handles. */
export interface IndexPage {
  readonly sessions: readonly IndexedSession[];
  /** What the next page begins after; `undefined` if this is the last one. */
  readonly next: SessionHandle | undefined;
}

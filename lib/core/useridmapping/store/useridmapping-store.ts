import type { Millis, UserId } from '../../types.ts';
import type { UserRow } from '../../user/rules/user-row.ts';

/** An id of the caller's own that is to stand for a user's. */
export interface NewMapping {
  readonly externalId: UserId;
  readonly info: string | undefined;
  /** Names this mapping, and no other. */
  readonly claim: string;
}

/** `overtaken`: another request has changed the user since the row was read. Nothing was changed. */
export type MappingResult = 'done' | 'external-id-taken' | 'overtaken';

/**
 * Where the core keeps external ids. A user's own item holds the external id. The items that lead from external ids to
 * users are checked against it.
 */
export interface UserIdMappingStore {
  /** The user with that external id. The read is strongly consistent. */
  find(externalId: UserId): Promise<UserRow | undefined>;
  /** {@link find}, also a login method that was removed, and whose id lives on as a primary user's. */
  findWithRetired(externalId: UserId): Promise<UserRow | undefined>;
  /**
   * The user with that id, which is the user's own or else the external one; strongly consistent. Also a login method that was
   * removed, and whose id lives on as a primary user's.
   * @param isOwn what the id probably is. If it is a user's own, one read answers. If not, both are looked for by one call
   */
  findByEither(id: UserId, isOwn: boolean): Promise<UserRow | undefined>;
  /** Gives a user without an external id one. */
  map(row: UserRow, mapping: NewMapping, now: Millis): Promise<MappingResult>;
  /**
   * Changes the info about the mapping. `undefined` removes it.
   * @returns whether the user still had that external id
   */
  setInfo(row: UserRow, info: string | undefined): Promise<boolean>;
  /** Takes the external id away. @returns whether the user still had it */
  unmap(row: UserRow): Promise<boolean>;
  /**
   * Lets the item that leads from the external id of a deleted user expire. Until then it marks the user as deleted.
   */
  expire(row: UserRow, now: Millis): Promise<void>;
  /** The own id of a deleted user who had that external id, as long as no other user has it. */
  deletedOwnerOf(externalId: UserId): Promise<UserId | undefined>;
}

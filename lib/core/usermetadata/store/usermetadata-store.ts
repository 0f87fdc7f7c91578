import type { JsonObject, UserId } from '../../types.ts';
import type { UserDataStore } from '../../user/store/user-data-store.ts';

/** A user's metadata, as stored. */
export interface StoredMetadata {
  readonly metadata: JsonObject;
  /** Names this state of the metadata, and no other. */
  readonly revision: string;
}

/** Where the core keeps what callers store of their users. */
export interface UserMetadataStore extends UserDataStore {
  /** Strongly consistent. */
  get(userId: UserId): Promise<StoredMetadata | undefined>;
  /** The metadata of those users who have some. The read is strongly consistent. */
  getAll(userIds: readonly UserId[]): Promise<Map<UserId, JsonObject>>;
  /**
   * Stores metadata in place of the state that was read. That state is `undefined` if there was none.
   * @returns whether that state was still there
   */
  replace(userId: UserId, read: StoredMetadata | undefined, next: StoredMetadata): Promise<boolean>;
  /** Removes whatever is stored. */
  remove(userId: UserId): Promise<void>;
}

import type { CoreConfig } from './config.ts';
import type { PublishedKeysReader } from './keys/published-keys.ts';
import type { SigningKeys } from './keys/signing-keys.ts';
import type { SessionRow } from './session/rules/row.ts';
import type { Store } from './store/store.ts';
import type { Clock, CoreEvent, Random, UserId } from './types.ts';

/** Whose a session is. */
export interface SessionOwner {
  readonly userId: UserId;
  /** The login method by which the session is created: the user's own id, unless the user has several that are linked. */
  readonly recipeUserId: UserId;
  /** Whether {@link recipeUserId} was found as the core's own id of a user, and not as an external id. */
  readonly isOwnId: boolean;
}

/**
 * What a core with users knows of the owners of sessions, and what it does beside the sessions, such as noting active users. A core
 * that keeps sessions alone takes every id as it is given, and does nothing.
 */
export interface SessionHooks {
  /** Whose a session is that is created for an id. */
  ownerOf(id: UserId): Promise<SessionOwner>;
  /** The ids of all login methods that are linked to the one with this id, and of their primary user. */
  linkedIdsOf(id: UserId): Promise<readonly UserId[]>;
  /**
   * After a session was stored, before its tokens are returned.
   * @param owner whose it was just before it was stored
   * @returns whether the session still belongs to that owner. If not, it must not be used.
   */
  created(session: Pick<SessionRow, 'handle'>, owner: SessionOwner): Promise<boolean>;
  refreshed(userId: UserId): Promise<void>;
  /** After all sessions of a user were revoked. */
  revokedAll(userId: UserId): Promise<void>;
}

export const NO_HOOKS: SessionHooks = {
  ownerOf: async (id) => ({ userId: id, recipeUserId: id, isOwnId: false }),
  linkedIdsOf: async (id) => [id],
  created: async () => true,
  refreshed: async () => undefined,
  revokedAll: async () => undefined,
};

/** What every operation works with. */
export interface CoreContext {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly config: CoreConfig;
  readonly keys: SigningKeys;
  readonly published: PublishedKeysReader;
  readonly report: (event: CoreEvent) => void;
  readonly hooks: SessionHooks;
}

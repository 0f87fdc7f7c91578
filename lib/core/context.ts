import type { CoreConfig } from './config.ts';
import type { PublishedKeysReader } from './keys/published-keys.ts';
import type { SigningKeys } from './keys/signing-keys.ts';
import type { Store } from './store/store.ts';
import type { Clock, CoreEvent, Random, SessionHandle, UserId } from './types.ts';

/** What happens beside the sessions of a core, such as noting who is active. A core that keeps sessions alone does nothing. */
export interface SessionHooks {
  /** After a session was stored, before its tokens are handed out. */
  created(session: { readonly handle: SessionHandle; readonly userId: UserId }): Promise<void>;
  refreshed(userId: UserId): Promise<void>;
  /** After all sessions of a user were revoked. */
  revokedAll(userId: UserId): Promise<void>;
}

export const NO_HOOKS: SessionHooks = {
  created: async () => undefined,
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

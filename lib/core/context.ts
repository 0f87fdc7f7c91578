import type { CoreConfig } from './config.ts';
import type { PublishedKeysReader } from './keys/published-keys.ts';
import type { SigningKeys } from './keys/signing-keys.ts';
import type { Store } from './store/store.ts';
import type { Clock, CoreEvent, Random } from './types.ts';

/** What every operation works with. */
export interface CoreContext {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly config: CoreConfig;
  readonly keys: SigningKeys;
  readonly published: PublishedKeysReader;
  readonly report: (event: CoreEvent) => void;
}

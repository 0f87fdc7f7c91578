import type { CoreConfig } from './config.ts';
import type { CoreRequest, CoreResponse } from './http/answer.ts';
import { answer } from './http/router.ts';
import { createPublishedKeysReader, type PublishedKeysReader } from './keys/published-keys.ts';
import { replaceKeys, type WhatToReplace } from './keys/replace-keys.ts';
import { createSigningKeys, type SigningKeys } from './keys/signing-keys.ts';
import type { CoreContext } from './operations/context.ts';
import type { Store } from './store/store.ts';
import type { Clock, CoreEvent, Random } from './types.ts';

export { type CoreConfig, DEFAULT_CORE_CONFIG } from './config.ts';
export { ItemTooLarge, SessionAccessMissing, StoreUnavailable } from './errors.ts';
export type { CoreRequest, CoreResponse } from './http/answer.ts';
export type { PublishedKeysReader } from './keys/published-keys.ts';
export type { Store } from './store/store.ts';
export type { Clock, CoreEvent, Random } from './types.ts';

export interface CoreParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly config: CoreConfig;
  /** Hears of what an operator should know; nothing is lost by not listening. */
  readonly report?: (event: CoreEvent) => void;
}

/** A SuperTokens core for sessions. */
export interface Core {
  /** Answers one CDI request. Never throws. */
  handle(request: CoreRequest): Promise<CoreResponse>;
  /** The public keys, for who verifies access tokens without asking the core. */
  readonly publishedKeys: PublishedKeysReader;
  /** Reads the keys into the cache, as the first request would; makes the first ones if there are none. @throws StoreUnavailable */
  readKeys(): Promise<void>;
  /** For a schedule: makes the next signing key if it is due. @throws if it could not be made or published */
  readonly rotateSigningKeyIfDue: SigningKeys['rotateIfDue'];
  /** For an operator: replaces every signing key at once. @returns the ids of the new ones. @throws StoreUnavailable */
  replaceKeys(what: WhatToReplace): Promise<string[]>;
}

/** Makes a core. It starts nothing, reads nothing and keeps nothing but caches of keys. */
export function createCore({ store, clock, random, config, report = () => undefined }: CoreParts): Core {
  const published = createPublishedKeysReader(store.publishedKeys, clock);
  const schedule = { interval: config.signingKeyInterval, accessTokenValidity: config.accessTokenValidity };
  const keys = createSigningKeys({ store, clock, random, schedule, published, report });
  const context: CoreContext = { store, clock, random, config, keys, published, report };
  return {
    handle: (request) => answer(context, request),
    publishedKeys: published,
    readKeys: () => keys.ensurePublished(),
    rotateSigningKeyIfDue: () => keys.rotateIfDue(),
    replaceKeys: (what) => replaceKeys({ store, clock, random, schedule, report }, what),
  };
}

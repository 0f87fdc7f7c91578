import type { CoreConfig } from '../../lib/core/index.ts';
import { makeTestCore } from '../fixtures/core.ts';
import { createMemoryStore, type MemoryStore } from '../fixtures/memory-store.ts';

export const SECOND = 1000;

/** Short enough that a history meets every limit. */
export const LIMITS = {
  gracePeriod: 30 * SECOND,
  accessTokenValidity: 60 * SECOND,
  refreshTokenValidity: 600 * SECOND,
  signingKeyInterval: 1e12,
} as const satisfies Partial<CoreConfig>;

let seed: Promise<MemoryStore> | undefined;

/**
 * A new store with keys in it. The keys are the same each time, because making them takes longer than a whole history.
 */
export async function storeWithKeys(): Promise<MemoryStore> {
  seed ??= makeKeys();
  return (await seed).copy();
}

async function makeKeys(): Promise<MemoryStore> {
  const store = createMemoryStore();
  await makeTestCore(store, LIMITS).ask('/.well-known/jwks.json');
  return store;
}

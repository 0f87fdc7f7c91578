import { SessionAccessMissing } from '../errors.ts';
import type { PublishedKeysStore } from '../keys/stored-keys.ts';
import type { Store } from './store.ts';

/**
 * The store of a function that only verifies access tokens: it has the published keys, to read.
 * Anything else throws `SessionAccessMissing`.
 */
export const createVerifyingStore = ({ read }: Pick<PublishedKeysStore, 'read'>): Store => ({
  sessions: NO_SESSIONS,
  keyring: { read: refuse('signing'), write: refuse('signing') },
  publishedKeys: { read, write: refuse('publishing keys') },
});

const refuse = (operation: string) => () => Promise.reject(new SessionAccessMissing(operation));

/** Sessions of a function that has none. Every method throws `SessionAccessMissing`. */
export const NO_SESSIONS: Store['sessions'] = {
  create: refuse('creating a session'),
  get: refuse('reading a session'),
  rotate: refuse('refreshing a session'),
  setSigningKey: refuse('changing a session'),
  setPayload: refuse("changing a session's claims"),
  setData: refuse("changing a session's data"),
  delete: refuse('revoking a session'),
  list: refuse("listing a user's sessions"),
  listIndexed: refuse("listing a user's sessions"),
  findLive: refuse('reading a session'),
};

import type { KeyStores } from '../keys/stored-keys.ts';
import type { SessionStore } from '../session/store/session-store.ts';

/**
 * Where the core keeps what it must remember. Every change is one conditional write on one item; a change whose
 * condition fails has changed nothing. Every method throws `StoreUnavailable` if it does not know what happened.
 */
export interface Store extends KeyStores {
  readonly sessions: SessionStore;
}

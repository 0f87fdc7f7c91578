import type { ResetTokenStore } from '../emailpassword/store/emailpassword-store.ts';
import type { UserStore } from '../user/store/user-store.ts';

/**
 * Where a core keeps its users and what belongs to them. Every change is one conditional write on one item. Every method
 * throws `StoreUnavailable` if it cannot tell what happened.
 */
export interface UserStores {
  readonly users: UserStore;
  readonly resetTokens: ResetTokenStore;
}

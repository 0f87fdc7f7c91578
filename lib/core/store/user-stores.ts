import type { AccountLinkingStore } from '../accountlinking/store/accountlinking-store.ts';
import type { EmailVerificationStore } from '../emailverification/store/emailverification-store.ts';
import type { PasswordlessStore } from '../passwordless/store/passwordless-store.ts';
import type { ActivityStore } from '../user/store/activity-store.ts';
import type { TokenStore } from '../user/store/token-store.ts';
import type { UserStore } from '../user/store/user-store.ts';
import type { UserIdMappingStore } from '../useridmapping/store/useridmapping-store.ts';
import type { UserMetadataStore } from '../usermetadata/store/usermetadata-store.ts';
import type { UserRolesStore } from '../userroles/store/userroles-store.ts';

/**
 * Where a core keeps its users and what belongs to them. Every change is one conditional write on one item. Every method
 * throws `StoreUnavailable` if it cannot tell what happened.
 */
export interface UserStores {
  readonly users: UserStore;
  readonly activity: ActivityStore;
  readonly resetTokens: TokenStore;
  readonly verification: EmailVerificationStore;
  readonly verificationTokens: TokenStore;
  readonly metadata: UserMetadataStore;
  readonly roles: UserRolesStore;
  /** Devices and codes of the Passwordless recipe. */
  readonly codes: PasswordlessStore;
  readonly mappings: UserIdMappingStore;
  readonly links: AccountLinkingStore;
}

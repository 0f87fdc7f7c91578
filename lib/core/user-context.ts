import type { CoreContext } from './context.ts';
import type { PasswordHashing } from './emailpassword/rules/password-hashing.ts';
import type { UserStores } from './store/user-stores.ts';
import type { Activity } from './user/operations/activity.ts';
import type { ReadPhoneNumber } from './user/rules/phone-number.ts';
import type { UserConfig } from './user-config.ts';

/** What the operations of recipes with users work with. */
export interface UserContext extends CoreContext {
  readonly stores: UserStores;
  readonly passwords: PasswordHashing;
  readonly readPhoneNumber: ReadPhoneNumber;
  readonly userConfig: UserConfig;
  readonly activity: Activity;
}

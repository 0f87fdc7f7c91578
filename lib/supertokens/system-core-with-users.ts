import type { UserSettings } from '../config/user-settings.ts';
import type { CoreConfig } from '../core/config.ts';
import { createCoreWithUsers } from '../core/core-with-users.ts';
import type { PasswordHashing } from '../core/emailpassword/rules/password-hashing.ts';
import type { Core, Store } from '../core/index.ts';
import type { UserStores } from '../core/store/user-stores.ts';
import { uncounted } from '../dynamodb/time-budget.ts';
import { createPasswordHashing } from '../passwords/password-hashing.ts';
import { readPhoneNumber } from '../phone-numbers/read-phone-number.ts';
import { observedCore, systemParts } from './system-core.ts';
import { systemRandom } from './system-random.ts';

/**
 * A core that keeps users, by the system's clock and randomness.
 * @throws Error if this Node.js cannot hash passwords
 */
export function createSystemCoreWithUsers(
  store: Store,
  stores: UserStores,
  config: CoreConfig,
  { users: userConfig, passwords }: UserSettings,
): Core {
  const hashing = uncountedHashing(createPasswordHashing(passwords, systemRandom));
  const users = { stores, passwords: hashing, readPhoneNumber, userConfig };
  return observedCore(createCoreWithUsers({ ...systemParts(store, config), ...users }));
}

/** Many sign-ins at once wait for a processor. That must not use up the time that each of them has for the store. */
const uncountedHashing = (hashing: PasswordHashing): PasswordHashing => ({
  ...hashing,
  hash: (password) => uncounted(() => hashing.hash(password)),
  matches: (password, stored) => uncounted(() => hashing.matches(password, stored)),
});

import type { SuperTokensPlugin } from 'supertokens-node/types';
import type { UserServiceConfig } from '../config/user-service-config.ts';
import { createPasswordMarks, type PasswordMarks } from '../core/emailpassword/operations/password-marks.ts';
import { readAhead } from '../core/emailpassword/operations/read-ahead.ts';
import { readDeviceAhead } from '../core/passwordless/operations/read-device-ahead.ts';
import type { UserStores } from '../core/store/user-stores.ts';
import { withSharedReads } from '../dynamodb/shared-reads.ts';
import type { RecipeList } from './init.ts';
import { type Service, startService } from './service.ts';
import { createSharingStores } from './sharing-stores.ts';
import { createSystemCoreWithUsers } from './system-core-with-users.ts';

export type { PasswordMarks } from '../core/emailpassword/operations/password-marks.ts';

/** The service of a function that serves users. */
export interface UserService extends Service {
  /** Runs a request. Its equal reads of the built-in core's tables are made once. */
  withSharedReads<T>(request: () => Promise<T>): Promise<T>;
  /** Makes the reads of a sign-in by password, for a request within {@link withSharedReads}. Never rejects. */
  readSignInAhead(email: string): Promise<void>;
  /** Reads the device of a code that is to be used, likewise. */
  readDeviceAhead(preAuthSessionId: string): Promise<void>;
  /** Of the built-in core's users. Absent with another core, which says nothing about passwords. */
  readonly passwordMarks: PasswordMarks | undefined;
}

/**
 * Starts the service of a function that serves SuperTokens' recipes for users. The built-in core then keeps users too. Call
 * it before anything else of the function asks for the service.
 * @throws ConfigurationError
 * @throws Error if the service has started without users, or the function has no session tables
 */
export function startUserService(
  config: UserServiceConfig,
  recipeList: RecipeList,
  plugins: readonly SuperTokensPlugin[],
): UserService {
  let stores: UserStores | undefined;
  const service = startService({
    recipeList,
    plugins,
    startCore(db, { sessionTables, publishedKeysTable, settings }) {
      if (sessionTables === undefined) {
        throw new Error('A user function also needs SESSIONS_TABLE and KEYS_TABLE, because it creates sessions');
      }
      const tables = { ...sessionTables, publishedKeys: publishedKeysTable };
      const { store, userStores } = createSharingStores(db, tables, config.coreUsersTable);
      stores = userStores;
      return createSystemCoreWithUsers(store, userStores, settings, config.settings);
    },
  });
  return {
    ...service,
    withSharedReads,
    readSignInAhead: async (email) => (stores === undefined ? undefined : readAhead({ stores }, email)),
    readDeviceAhead: async (id) => (stores === undefined ? undefined : readDeviceAhead({ stores }, id)),
    passwordMarks: stores && createPasswordMarks({ stores }),
  };
}

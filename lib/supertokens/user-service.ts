import type { SuperTokensPlugin } from 'supertokens-node/types';
import type { UserServiceConfig } from '../config/user-service-config.ts';
import { createDynamoDbStore } from '../core/store/dynamodb/index.ts';
import { createDynamoDbUserStores } from '../core/store/dynamodb/user-stores.ts';
import type { RecipeList } from './init.ts';
import { type Service, startService } from './service.ts';
import { createSystemCoreWithUsers } from './system-core-with-users.ts';

/**
 * Starts the service of a function that serves SuperTokens' recipes for users. The built-in core then keeps users too. Call
 * it before anything else of the function asks for the service.
 * @throws ConfigurationError
 * @throws Error if the service has started without users, or the function has no session tables
 */
export const startUserService = (
  { coreUsersTable, settings }: UserServiceConfig,
  recipeList: RecipeList,
  plugins: readonly SuperTokensPlugin[],
): Service =>
  startService({
    recipeList,
    plugins,
    startCore(db, { sessionTables, publishedKeysTable, settings: coreSettings }) {
      if (sessionTables === undefined) {
        throw new Error('A user function also needs SESSIONS_TABLE and KEYS_TABLE, because it creates sessions');
      }
      const store = createDynamoDbStore(db, { ...sessionTables, publishedKeys: publishedKeysTable });
      return createSystemCoreWithUsers(store, createDynamoDbUserStores(db, coreUsersTable), coreSettings, settings);
    },
  });

import type { CoreTables } from '../config/core-server-config.ts';
import type { UserSettings } from '../config/user-settings.ts';
import type { Core, CoreConfig } from '../core/index.ts';
import { createDynamoDbStore } from '../core/store/dynamodb/index.ts';
import type { DynamoDb } from '../dynamodb/client.ts';
import { withSharedReads } from '../dynamodb/shared-reads.ts';
import { createSharingStores } from '../supertokens/sharing-stores.ts';
import { createSystemCore } from '../supertokens/system-core.ts';
import { createSystemCoreWithUsers } from '../supertokens/system-core-with-users.ts';

/** How a core behaves. */
export interface CoreOnTablesSettings {
  readonly settings: CoreConfig;
  readonly userSettings: UserSettings;
}

/**
 * A core on its tables. Without a table for users it keeps sessions alone.
 * @throws Error if it keeps users, and this Node.js cannot hash passwords
 */
export function createCoreOn(db: DynamoDb, tables: CoreTables, { settings, userSettings }: CoreOnTablesSettings): Core {
  if (tables.coreUsers === undefined) return createSystemCore(createDynamoDbStore(db, tables), settings);
  const { store, userStores } = createSharingStores(db, tables, tables.coreUsers);
  const core = createSystemCoreWithUsers(store, userStores, settings, userSettings);
  return { ...core, handle: (request) => withSharedReads(() => core.handle(request)) };
}

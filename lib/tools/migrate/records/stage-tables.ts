import type { CoreConfig } from '../../../core/config.ts';
import { DEFAULT_CORE_CONFIG } from '../../../core/index.ts';
import { createDynamoDbStore, type SessionTables } from '../../../core/store/dynamodb/index.ts';
import { createDynamoDbUserStores } from '../../../core/store/dynamodb/user-stores.ts';
import type { Clock } from '../../../core/types.ts';
import { createActivity } from '../../../core/user/operations/activity.ts';
import type { RemovalContext } from '../../../core/user/operations/remove-user.ts';
import type { DynamoDb } from '../../../dynamodb/client.ts';
import { systemRandom } from '../../../supertokens/system-random.ts';
import type { Bulk } from '../../operator/bulk.ts';

/** The tables of a stage, as far as its users and roles need them. */
export interface StageTables {
  readonly db: DynamoDb;
  readonly bulk: Bulk;
  /** The name of the table of the core's users. */
  readonly table: string;
  /** What the core's own operations work with. */
  readonly context: RemovalContext;
}

export interface StageTablesOptions {
  readonly db: DynamoDb;
  readonly bulk: Bulk;
  readonly names: SessionTables & { readonly coreUsers: string };
  readonly clock: Clock;
  readonly settings: Pick<CoreConfig, 'refreshTokenValidity'>;
}

export function openStageTables({ db, bulk, names, clock, settings }: StageTablesOptions): StageTables {
  const stores = createDynamoDbUserStores(db, names.coreUsers);
  const store = createDynamoDbStore(db, names);
  const config = { ...DEFAULT_CORE_CONFIG, refreshTokenValidity: settings.refreshTokenValidity };
  const activity = createActivity(stores.activity, clock);
  const context = { store, stores, clock, random: systemRandom, config, activity };
  return { db, bulk, table: names.coreUsers, context };
}

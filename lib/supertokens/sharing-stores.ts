import { createDynamoDbStore, type SessionTables } from '../core/store/dynamodb/index.ts';
import { createDynamoDbUserStores } from '../core/store/dynamodb/user-stores.ts';
import type { Store } from '../core/store/store.ts';
import type { UserStores } from '../core/store/user-stores.ts';
import type { ActivityStore } from '../core/user/store/activity-store.ts';
import type { DynamoDb } from '../dynamodb/client.ts';
import { besideRequest, sharingReads } from '../dynamodb/shared-reads.ts';

/** The stores of a core with users whose requests run in {@link withSharedReads}. */
export function createSharingStores(
  db: DynamoDb,
  tables: SessionTables,
  coreUsersTable: string,
): { readonly store: Store; readonly userStores: UserStores } {
  const sharing = sharingReads(db);
  return {
    store: createDynamoDbStore(sharing, tables),
    userStores: {
      ...createDynamoDbUserStores(sharing, coreUsersTable),
      activity: besideRequests(createDynamoDbUserStores(db, coreUsersTable).activity),
    },
  };
}

/** Statistics that no request waits for. Noting them changes nothing that a request reads, so what was read stays good. */
const besideRequests = (activity: ActivityStore): ActivityStore => ({
  ...activity,
  note: (userId, now) => besideRequest(() => activity.note(userId, now)),
});

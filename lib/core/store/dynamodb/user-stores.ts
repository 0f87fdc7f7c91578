import type { DynamoDb } from '../../../dynamodb/client.ts';
import { tableOf } from '../../../dynamodb/dynamodb-table.ts';
import { createAccountLinkingTable } from '../../accountlinking/store/dynamodb.ts';
import { createEmailVerificationTable } from '../../emailverification/store/dynamodb.ts';
import { createPasswordlessTable } from '../../passwordless/store/dynamodb.ts';
import { createActivityTable } from '../../user/store/dynamodb/activity.ts';
import { createTokenTable } from '../../user/store/dynamodb/tokens.ts';
import { createUserTable } from '../../user/store/dynamodb/users.ts';
import { createUserIdMappingTable } from '../../useridmapping/store/dynamodb.ts';
import { createUserMetadataTable } from '../../usermetadata/store/dynamodb.ts';
import { createUserRolesTable } from '../../userroles/store/dynamodb/index.ts';
import type { UserStores } from '../user-stores.ts';
import { withStoreErrors } from './store-errors.ts';

/** The core's users on DynamoDB, in one table. */
export function createDynamoDbUserStores(db: DynamoDb, name: string): UserStores {
  const table = tableOf(db, name);
  return {
    users: withStoreErrors(createUserTable(table)),
    activity: withStoreErrors(createActivityTable(table)),
    resetTokens: withStoreErrors(createTokenTable(table, 'reset')),
    verification: withStoreErrors(createEmailVerificationTable(table)),
    verificationTokens: withStoreErrors(createTokenTable(table, 'verify')),
    metadata: withStoreErrors(createUserMetadataTable(table)),
    roles: withStoreErrors(createUserRolesTable(table)),
    codes: withStoreErrors(createPasswordlessTable(table)),
    mappings: withStoreErrors(createUserIdMappingTable(table)),
    links: withStoreErrors(createAccountLinkingTable(table)),
  };
}

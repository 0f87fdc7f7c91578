import type { DynamoDb } from '../../../dynamodb/client.ts';
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
export const createDynamoDbUserStores = (db: DynamoDb, table: string): UserStores => ({
  users: withStoreErrors(createUserTable(db, table)),
  activity: withStoreErrors(createActivityTable(db, table)),
  resetTokens: withStoreErrors(createTokenTable(db, table, 'reset')),
  verification: withStoreErrors(createEmailVerificationTable(db, table)),
  verificationTokens: withStoreErrors(createTokenTable(db, table, 'verify')),
  metadata: withStoreErrors(createUserMetadataTable(db, table)),
  roles: withStoreErrors(createUserRolesTable(db, table)),
  codes: withStoreErrors(createPasswordlessTable(db, table)),
  mappings: withStoreErrors(createUserIdMappingTable(db, table)),
  links: withStoreErrors(createAccountLinkingTable(db, table)),
});

import type { DynamoDb } from '../../../dynamodb/client.ts';
import { createResetTokenTable } from '../../emailpassword/store/dynamodb.ts';
import { createUserTable } from '../../user/store/dynamodb/users.ts';
import type { UserStores } from '../user-stores.ts';
import { withStoreErrors } from './store-errors.ts';

/** The core's users on DynamoDB, in one table. */
export const createDynamoDbUserStores = (db: DynamoDb, table: string): UserStores => ({
  users: withStoreErrors(createUserTable(db, table)),
  resetTokens: withStoreErrors(createResetTokenTable(db, table)),
});

import type { DynamoDb } from '../../../dynamodb/client.ts';
import { tableOf } from '../../../dynamodb/dynamodb-table.ts';
import type { PublishedKeysStore } from '../../keys/stored-keys.ts';
import { createSessionTable } from '../../session/store/dynamodb/sessions.ts';
import type { Store } from '../store.ts';
import { NO_SESSIONS } from '../verifying-store.ts';
import { createKeyringTable, createPublishedKeysTable } from './keys.ts';
import { withStoreErrors } from './store-errors.ts';

/** The names of the core's tables. */
export interface SessionTables {
  readonly sessions: string;
  readonly keys: string;
  readonly publishedKeys: string;
}

/** The core's store on DynamoDB. */
export function createDynamoDbStore(db: DynamoDb, tables: SessionTables): Store {
  return {
    sessions: withStoreErrors(createSessionTable(tableOf(db, tables.sessions))),
    keyring: withStoreErrors(createKeyringTable(tableOf(db, tables.keys))),
    publishedKeys: createPublishedKeysStore(db, tables.publishedKeys),
  };
}

/** The published keys on DynamoDB, all that a function reads that only verifies access tokens. */
export const createPublishedKeysStore = (db: DynamoDb, table: string): PublishedKeysStore =>
  withStoreErrors(createPublishedKeysTable(tableOf(db, table)));

/** The store of a function that only makes keys: it has no session. Those throw `SessionAccessMissing`. */
export function createKeyStore(db: DynamoDb, tables: Omit<SessionTables, 'sessions'>): Store {
  return { ...createDynamoDbStore(db, { ...tables, sessions: '' }), sessions: NO_SESSIONS };
}

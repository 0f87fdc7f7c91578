import type { DynamoDb } from '../../../dynamodb/client.ts';
import { DynamoDbError } from '../../../dynamodb/errors.ts';
import { ItemTooLarge, SessionAccessMissing, StoreUnavailable } from '../../errors.ts';
import { createSessionTable } from '../../session/store/dynamodb/sessions.ts';
import type { Store } from '../store.ts';
import { createKeyringTable, createPublishedKeysTable } from './keys.ts';

/** The names of the core's tables. */
export interface SessionTables {
  readonly sessions: string;
  readonly keys: string;
  readonly publishedKeys: string;
}

/** The core's store on DynamoDB. */
export function createDynamoDbStore(db: DynamoDb, tables: SessionTables): Store {
  return {
    sessions: withStoreErrors(createSessionTable(db, tables.sessions)),
    keyring: withStoreErrors(createKeyringTable(db, tables.keys)),
    publishedKeys: withStoreErrors(createPublishedKeysTable(db, tables.publishedKeys)),
  };
}

/**
 * The store of a function that only verifies access tokens: it has the published keys, to read.
 * Anything else throws `SessionAccessMissing`.
 */
export function createVerifyingStore(db: DynamoDb, publishedKeysTable: string): Store {
  const { read } = withStoreErrors(createPublishedKeysTable(db, publishedKeysTable));
  return {
    sessions: NO_SESSIONS,
    keyring: { read: refuse('signing'), write: refuse('signing') },
    publishedKeys: { read, write: refuse('publishing keys') },
  };
}

/** The store of a function that only makes keys: it has no session. Those throw `SessionAccessMissing`. */
export function createKeyStore(db: DynamoDb, tables: Omit<SessionTables, 'sessions'>): Store {
  return { ...createDynamoDbStore(db, { ...tables, sessions: '' }), sessions: NO_SESSIONS };
}

const refuse = (operation: string) => () => Promise.reject(new SessionAccessMissing(operation));

const NO_SESSIONS: Store['sessions'] = {
  create: refuse('creating a session'),
  get: refuse('reading a session'),
  rotate: refuse('refreshing a session'),
  setSigningKey: refuse('changing a session'),
  setPayload: refuse("changing a session's claims"),
  setData: refuse("changing a session's data"),
  delete: refuse('revoking a session'),
  list: refuse("listing a user's sessions"),
  listIndexed: refuse("listing a user's sessions"),
};

/** Speaks of DynamoDB's faults in the core's terms. */
function withStoreErrors<T extends object>(table: T): T {
  const translated = Object.entries(table).map(([name, method]: [string, (...args: unknown[]) => Promise<unknown>]) => [
    name,
    async (...args: unknown[]) => {
      try {
        return await method(...args);
      } catch (error) {
        throw translate(name, error);
      }
    },
  ]);
  return Object.fromEntries(translated) as T;
}

function translate(method: string, error: unknown): unknown {
  if (!(error instanceof DynamoDbError)) return error;
  if (error.fault === 'ItemTooLarge') return new ItemTooLarge(error);
  return error.fault === 'Unavailable' ? new StoreUnavailable(`do ${method}`, error) : error;
}

import { connectBuiltInCore } from './built-in-core.ts';
import { readServiceConfig, type ServiceConfig } from './config.ts';
import type { Core, PublishedKeysReader } from './core/index.ts';
import { createDynamoDbStore, createVerifyingStore } from './core/store/dynamodb/index.ts';
import { createDynamoDb, type DynamoDb } from './dynamodb.ts';
import { connectRemoteCore } from './remote-core.ts';
import { initSuperTokens } from './supertokens.ts';
import { createSystemCore } from './system-core.ts';

/** What a Lambda function works with, made once per process. */
export interface Service {
  readonly config: ServiceConfig;
  readonly db: DynamoDb;
  /** Absent if another core is asked over HTTP. */
  readonly core: Core | undefined;
  /** Of whichever core is asked. */
  readonly publishedKeys: PublishedKeysReader;
}

let started: Service | undefined;

/**
 * Reads the configuration and initialises SuperTokens, at the first call.
 * @throws ConfigurationError
 */
export function service(): Service {
  started ??= start(readServiceConfig());
  return started;
}

function start(config: ServiceConfig): Service {
  const db = createDynamoDb(config.dynamoDb);
  initSuperTokens(config);
  if (config.core.kind === 'remote') {
    return { config, db, core: undefined, publishedKeys: connectRemoteCore(config.core.connectionUri, Date.now) };
  }
  const core = startBuiltInCore(db, config.core);
  connectBuiltInCore(core);
  return { config, db, core, publishedKeys: core.publishedKeys };
}

function startBuiltInCore(db: DynamoDb, choice: Extract<ServiceConfig['core'], { kind: 'built-in' }>): Core {
  const { sessionTables, publishedKeysTable, settings } = choice;
  const store =
    sessionTables === undefined
      ? createVerifyingStore(db, publishedKeysTable)
      : createDynamoDbStore(db, { ...sessionTables, publishedKeys: publishedKeysTable });
  return createSystemCore(store, settings);
}

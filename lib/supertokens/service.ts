import type { SuperTokensPlugin } from 'supertokens-node/types';
import { type BuiltInCore, type RemoteCore, readServiceConfig, type ServiceConfig } from '../config/service-config.ts';
import { type Core, DEFAULT_CORE_CONFIG, type PublishedKeysReader } from '../core/index.ts';
import { createDynamoDbStore, createPublishedKeysStore } from '../core/store/dynamodb/index.ts';
import { createVerifyingStore } from '../core/store/verifying-store.ts';
import { type DynamoDb, sharedDynamoDb } from '../dynamodb/client.ts';
import { withinBudget } from '../dynamodb/time-budget.ts';
import { connectBuiltInCore } from './built-in-core.ts';
import { initSuperTokens, type RecipeList, SESSION_ALONE } from './init.ts';
import { connectRemoteCore, readRemoteKeys } from './remote-core.ts';
import { createSystemCore } from './system-core.ts';

/** What a Lambda function works with, made once per process. */
export interface Service {
  readonly config: ServiceConfig;
  readonly db: DynamoDb;
  /** Absent if another core is asked over HTTP. */
  readonly core: Core | undefined;
  /** Of whichever core is asked. */
  readonly publishedKeys: PublishedKeysReader;
  /**
   * Begins to read the keys at its first call, while the process starts. Lambda then gives it a whole CPU, and no
   * request waits yet. It takes a second at most, and never rejects. If it has failed, code that needs the keys reads
   * them again.
   */
  readKeysAhead(): Promise<void>;
}

/**
 * The limit for reading the keys when the process starts, ms. It is enough for a connection, a response and a retry. It
 * is also a small part of the first request's time, so that this request can still read the keys itself.
 */
const AHEAD_BUDGET = 1000;

/** What a service is made of, apart from its configuration. */
export interface ServiceParts {
  readonly recipeList: RecipeList;
  readonly plugins: readonly SuperTokensPlugin[];
  /** Makes the built-in core. */
  readonly startCore: (db: DynamoDb, choice: BuiltInCore) => Core;
}

let started: Service | undefined;

/**
 * Reads the configuration and initialises SuperTokens, at the first call. Without {@link startService}, SuperTokens has the
 * Session recipe alone.
 * @throws ConfigurationError
 */
export function service(): Service {
  started ??= start(readServiceConfig(), { recipeList: SESSION_ALONE, plugins: [], startCore: startBuiltInCore });
  return started;
}

/**
 * Starts the service with other parts than {@link service} would.
 * @throws ConfigurationError
 * @throws Error if the service has started already
 */
export function startService(parts: ServiceParts): Service {
  if (started !== undefined) throw new Error('The service has started without users. Start the user service first');
  started = start(readServiceConfig(), parts);
  return started;
}

function start(config: ServiceConfig, { recipeList, plugins, startCore }: ServiceParts): Service {
  const db = sharedDynamoDb(config.dynamoDb);
  initSuperTokens(config, recipeList, plugins);
  const connected =
    config.core.kind === 'remote'
      ? connectRemote(config.core)
      : connectBuiltIn(startCore(db, config.core), config.core);
  const { readKeys, ...connection } = connected;
  let reading: Promise<void> | undefined;
  return {
    config,
    db,
    ...connection,
    readKeysAhead() {
      reading ??= withinBudget(AHEAD_BUDGET, readKeys).then(undefined, () => undefined);
      return reading;
    },
  };
}

type Connection = Pick<Service, 'core' | 'publishedKeys'> & { readKeys(): Promise<void> };

function connectRemote({ connectionUri, sessionTables }: RemoteCore): Connection {
  const publishedKeys =
    sessionTables === undefined ? verifyForRemoteCore(connectionUri) : connectRemoteCore(connectionUri, Date.now);
  return { core: undefined, publishedKeys, readKeys: () => publishedKeys.read().then(() => undefined) };
}

/**
 * Lets the SDK verify another core's access tokens by that core's JWKS alone. The SDK would ask that core to verify the
 * first use of a refreshed token, for which the function would need the core's API key.
 */
function verifyForRemoteCore(connectionUri: string): PublishedKeysReader {
  const store = createVerifyingStore({ read: () => readRemoteKeys(connectionUri) });
  const core = createSystemCore(store, { ...DEFAULT_CORE_CONFIG, rotation: 'on-refresh' });
  connectBuiltInCore(core);
  return core.publishedKeys;
}

function connectBuiltIn(core: Core, { sessionTables }: BuiltInCore): Connection {
  connectBuiltInCore(core);
  const { publishedKeys } = core;
  const readPublished = () => publishedKeys.read().then(() => undefined);
  return { core, publishedKeys, readKeys: sessionTables === undefined ? readPublished : core.readKeys };
}

function startBuiltInCore(db: DynamoDb, choice: BuiltInCore): Core {
  const { sessionTables, publishedKeysTable, settings } = choice;
  const store =
    sessionTables === undefined
      ? createVerifyingStore(createPublishedKeysStore(db, publishedKeysTable))
      : createDynamoDbStore(db, { ...sessionTables, publishedKeys: publishedKeysTable });
  return createSystemCore(store, settings);
}

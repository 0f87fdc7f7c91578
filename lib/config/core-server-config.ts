import { type CoreConfig, DEFAULT_CORE_CONFIG } from '../core/config.ts';
import { readCoreSettings } from './core-settings.ts';
import { readDynamoDb } from './deployment.ts';
import { type Environment, processEnvironment } from './environment.ts';
import { readUserSettings, type UserSettings } from './user-settings.ts';
import { readAll, type Variables } from './variables.ts';

/** Where the standalone core listens, what it keeps its data in, and how it behaves. */
export interface CoreServerConfig {
  readonly host: string;
  readonly port: number;
  readonly settings: CoreConfig;
  readonly userSettings: UserSettings;
  readonly store: /** An embedded DynamoDB. Without a folder its data is gone when the process ends. */
    | { readonly kind: 'embedded'; readonly folder: string | undefined; readonly tables: CoreTables }
    /** A DynamoDB at that endpoint, or AWS's own in the region. */
    | {
        readonly kind: 'dynamodb';
        readonly endpoint: string | undefined;
        readonly region: string;
        /** Tables with configured names exist already. */
        readonly areTablesNamed: boolean;
        readonly tables: CoreTables;
      };
}

/** The names of a core's tables. */
export interface CoreTables {
  readonly sessions: string;
  readonly keys: string;
  readonly publishedKeys: string;
  /** Absent if the core keeps sessions alone. */
  readonly coreUsers: string | undefined;
}

const EMBEDDED_TABLES: CoreTables = {
  sessions: 'core-sessions',
  keys: 'core-keys',
  publishedKeys: 'core-published-keys',
  coreUsers: 'core-users',
};

/**
 * Reads the configuration of `npm run core`: the official image's names, and where the data is kept.
 * @throws ConfigurationError naming every faulty variable at once
 */
export function readCoreServerConfig(environment: Environment = processEnvironment()): CoreServerConfig {
  return readAll(environment, (variables) => {
    const port = variables.number('SUPERTOKENS_PORT', 3567, 1, 65_535, 'whole');
    return {
      host: variables.optional('SUPERTOKENS_HOST') ?? 'localhost',
      port,
      settings: {
        ...readCoreSettings(variables),
        rotation: variables.oneOf('SUPERTOKENS_ROTATION', ['by-version', 'on-refresh']) ?? DEFAULT_CORE_CONFIG.rotation,
        graceReuse: variables.oneOf('SUPERTOKENS_GRACE_REUSE', ['branch', 'same']) ?? DEFAULT_CORE_CONFIG.graceReuse,
      },
      userSettings: readUserSettings(variables),
      store: readCoreStore(variables, port),
    };
  });
}

/** Without an endpoint or tables, embedded: in a folder by the port, so that several run side by side. */
function readCoreStore(variables: Variables, port: number): CoreServerConfig['store'] {
  const dynamoDb = readDynamoDb(variables);
  const sessions = variables.optional('SESSIONS_TABLE');
  if (dynamoDb.endpoint === undefined && sessions === undefined) {
    const folder = variables.optional('SUPERTOKENS_DATA_DIR') ?? `.data/core-${port}`;
    return { kind: 'embedded', folder: folder === 'memory' ? undefined : folder, tables: EMBEDDED_TABLES };
  }
  const areTablesNamed = sessions !== undefined;
  return {
    kind: 'dynamodb',
    areTablesNamed,
    ...dynamoDb,
    tables: {
      sessions: sessions ?? 'supertokens-core-sessions',
      keys: areTablesNamed ? variables.required('KEYS_TABLE') : 'supertokens-core-keys',
      publishedKeys: areTablesNamed ? variables.required('PUBLISHED_KEYS_TABLE') : 'supertokens-core-published-keys',
      coreUsers: areTablesNamed ? variables.optional('CORE_USERS_TABLE') : 'supertokens-core-users',
    },
  };
}

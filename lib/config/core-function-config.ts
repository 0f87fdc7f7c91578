import { type CoreConfig, DEFAULT_CORE_CONFIG } from '../core/config.ts';
import type { CoreTables } from './core-server-config.ts';
import { readOwnCoreSettings } from './core-settings.ts';
import { type DynamoDbSettings, type MetricsSettings, readDynamoDb, readMetrics } from './deployment.ts';
import { type Environment, processEnvironment } from './environment.ts';
import { readUserSettings, type UserSettings } from './user-settings.ts';
import { readAll } from './variables.ts';

/** What the core as a Lambda function works with. */
export interface CoreFunctionConfig {
  readonly dynamoDb: DynamoDbSettings;
  readonly tables: CoreTables;
  readonly apiGatewayPath: string;
  readonly settings: CoreConfig;
  readonly userSettings: UserSettings;
  readonly metrics: MetricsSettings;
}

/**
 * Reads the configuration of the core as a function: on the service's own tables, and by the service's own rules.
 * @throws ConfigurationError that names every faulty variable at once, such as a missing API key
 */
export function readCoreFunctionConfig(environment: Environment = processEnvironment()): CoreFunctionConfig {
  return readAll(environment, (variables) => {
    variables.required('API_KEYS');
    return {
      dynamoDb: readDynamoDb(variables),
      tables: {
        sessions: variables.required('SESSIONS_TABLE'),
        keys: variables.required('KEYS_TABLE'),
        publishedKeys: variables.required('PUBLISHED_KEYS_TABLE'),
        coreUsers: variables.optional('CORE_USERS_TABLE'),
      },
      apiGatewayPath: variables.path('API_GATEWAY_PATH', ''),
      // Its callers read the JWKS, as over HTTP from the official core.
      settings: { ...readOwnCoreSettings(variables), staticKey: DEFAULT_CORE_CONFIG.staticKey },
      userSettings: readUserSettings(variables),
      metrics: readMetrics(variables),
    };
  });
}

/** What the function works with that makes signing keys. */
export type KeyFunctionConfig = Pick<CoreFunctionConfig, 'dynamoDb' | 'settings'> & {
  readonly tables: Omit<CoreFunctionConfig['tables'], 'sessions' | 'coreUsers'>;
};

/** Reads the configuration of the function that makes signing keys. @throws ConfigurationError naming every faulty variable at once */
export function readKeyFunctionConfig(environment: Environment = processEnvironment()): KeyFunctionConfig {
  return readAll(environment, (variables) => ({
    dynamoDb: readDynamoDb(variables),
    tables: { keys: variables.required('KEYS_TABLE'), publishedKeys: variables.required('PUBLISHED_KEYS_TABLE') },
    settings: readOwnCoreSettings(variables),
  }));
}

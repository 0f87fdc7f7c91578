import { readKeyFunctionConfig } from './core-function-config.ts';
import { readOwnCoreSettings } from './core-settings.ts';
import { type Environment, processEnvironment } from './environment.ts';
import { readServiceConfig } from './service-config.ts';
import { readUserServiceConfig } from './user-service-config.ts';
import { readUserSettings } from './user-settings.ts';
import { ConfigurationError, readAll, type Variables } from './variables.ts';

/** Returns every fault of what the function that makes signing keys gets. It is the one function with keys and no sessions. */
export const keyFunctionFaults = (environment: Environment): readonly string[] =>
  faultsOf(() => readKeyFunctionConfig(environment));

/** Returns every fault of what the core function gets. Whether it has an API key is judged for the whole stage. */
export const coreFunctionFaults = (environment: Environment): readonly string[] => [
  ...faultsOf(() => readServiceConfig(environment)),
  ...faultsOf(() => readAll(environment, readUserSettings)),
];

/**
 * Returns every fault of the environment that the functions of a stage get. `npm run dev` and packaging both judge by this
 * function.
 */
export function configurationFaults(environment: Environment = processEnvironment()): readonly string[] {
  // The core function has the core's users too, but counts no attempts.
  const hasUsers = environment.CORE_USERS_TABLE !== undefined && environment.USERS_TABLE !== undefined;
  const readers = [
    readServiceConfig,
    (given: Environment) => readAll(given, readCoreFunctionSwitch),
    ...(hasUsers ? [readUserServiceConfig] : []),
  ];
  return [...new Set(readers.flatMap((read) => faultsOf(() => read(environment))))];
}

function faultsOf(read: () => unknown): readonly string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
}

/** The core function takes calls of other backends. It does not start without a key that they must send. */
function readCoreFunctionSwitch(variables: Variables): void {
  if (variables.oneOf('CORE_FUNCTION', ['on', 'off']) !== 'on') return;
  readOwnCoreSettings(variables);
  const hasKey = variables.optional('API_KEYS') !== undefined;
  variables.check(
    'API_KEYS',
    hasKey,
    'be set with CORE_FUNCTION=on, because the core function does not start without a key',
  );
}

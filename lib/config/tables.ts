import { type DynamoDbSettings, readDynamoDb } from './deployment.ts';
import { type Environment, processEnvironment } from './environment.ts';
import { ConfigurationError, readAll } from './variables.ts';

/** @throws ConfigurationError if DYNAMODB_ENDPOINT is not a URL */
export const readDynamoDbSettings = (environment: Environment = processEnvironment()): DynamoDbSettings =>
  readAll(environment, readDynamoDb);

/**
 * Returns the name of the table that an environment variable holds.
 * @throws ConfigurationError if the variable is missing or empty
 */
export function readTableName(variable: string, environment: Environment = processEnvironment()): string {
  const name = environment[variable]?.trim();
  if (name !== undefined && name !== '') return name;
  throw new ConfigurationError([
    `${variable} is missing. Add it to the function's environment in serverless.yml, with the table's name`,
  ]);
}

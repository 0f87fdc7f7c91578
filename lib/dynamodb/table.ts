import { readDynamoDbSettings, readTableName } from '../config/tables.ts';
import { type Condition, type Item, type Key, type Partition, sharedDynamoDb, type Update } from './client.ts';
import { tableOf } from './dynamodb-table.ts';

export type { Condition, Item, Key, Partition, Update } from './client.ts';

/** One DynamoDB table. Every method throws {@link DynamoDbError} if DynamoDB fails after retries. */
export interface Table {
  /** Returns the item with that key; strongly consistent unless `consistent` is false. */
  get(key: Key, consistent?: boolean): Promise<Item | undefined>;
  /** Stores an item in place of any that has its key. @returns false if the condition failed */
  put(item: Item, condition?: Condition): Promise<boolean>;
  /** @returns the item after the update; `undefined` if the condition failed */
  update(key: Key, update: Update): Promise<Item | undefined>;
  /** @returns the item as it was; `undefined` if there was none */
  delete(key: Key): Promise<Item | undefined>;
  /** Returns every item with that partition key, strongly consistent. */
  query(partition: Partition): Promise<Item[]>;
  /** Counts the items with that partition key. Counting costs as much as reading them. */
  count(partition: Partition): Promise<number>;
}

/**
 * Returns the DynamoDB table whose name is in an environment variable of the function. Call it where the module starts: a
 * function without the variable then fails at its start.
 * @throws ConfigurationError if the variable is missing
 * @example
 * ```ts
 * import { json, protectedRoute, table, userIdOf } from '../lib/index.ts';
 *
 * const notes = table('NOTES_TABLE');
 *
 * export const handler = protectedRoute(async (request) =>
 *   json(200, { notes: await notes.query({ name: 'pk', value: userIdOf(request) }) }),
 * );
 * ```
 */
export const table = (variable: string): Table =>
  tableOf(sharedDynamoDb(readDynamoDbSettings()), readTableName(variable));

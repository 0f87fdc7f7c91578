import { type AttributeMap, fromAttributes, type Item, type Key, toAttributes } from './attributes.ts';
import { type Call, pauseBeforeRetry } from './call.ts';
import { DynamoDbError } from './errors.ts';

/** DynamoDB's limit for one BatchGetItem. */
const BATCH_SIZE = 100;

/** Ten thousand items take a hundred requests. One after the other, they would take a second on AWS. */
const BATCHES_AT_ONCE = 16;

/** As many items as are read at once. */
export const ITEMS_AT_ONCE = BATCHES_AT_ONCE * BATCH_SIZE;

/**
 * Reads the items of any number of keys, without those that do not exist. The first request that fails ends the rest.
 * @param reading DynamoDB's own parameters for each request
 */
export async function batchGetAll(call: Call, table: string, keys: readonly Key[], reading: object): Promise<Item[]> {
  const queue = Array.from({ length: Math.ceil(keys.length / BATCH_SIZE) }, (_, index) =>
    keys.slice(index * BATCH_SIZE, (index + 1) * BATCH_SIZE).map(toAttributes),
  );
  const items: Item[] = [];
  const worker = async (): Promise<void> => {
    for (let batch = queue.shift(); batch !== undefined; batch = queue.shift()) {
      items.push(...(await batchGet(call, table, batch, reading)));
    }
  };
  const workers = Array.from({ length: Math.min(BATCHES_AT_ONCE, queue.length) }, worker);
  await Promise.all(workers).catch((error: unknown) => {
    queue.length = 0;
    throw error;
  });
  return items;
}

async function batchGet(call: Call, table: string, keys: AttributeMap[], reading: object): Promise<Item[]> {
  const items: Item[] = [];
  let batch = keys;
  let emptyAnswers = 0;
  while (batch.length > 0) {
    const answer = await call('BatchGetItem', { RequestItems: { [table]: { Keys: batch, ...reading } } });
    const found = (answer.Responses as Record<string, AttributeMap[]>)[table] ?? [];
    const left = (answer.UnprocessedKeys as Record<string, { Keys: AttributeMap[] }> | undefined)?.[table]?.Keys ?? [];
    items.push(...found.map(fromAttributes));
    // An answer without a single item is throttling, for which DynamoDB asks the caller to wait.
    if (left.length < batch.length) emptyAnswers = 0;
    else if (!(await pauseBeforeRetry(emptyAnswers++)))
      throw new DynamoDbError('Unavailable', 'BatchGetItem', 'throttled');
    batch = left;
  }
  return items;
}

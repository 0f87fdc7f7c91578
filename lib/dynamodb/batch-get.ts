import { type AttributeMap, fromAttributes, type Item, type Key, toAttributes } from './attributes.ts';
import { type Call, pauseBeforeRetry } from './call.ts';
import { DynamoDbError } from './errors.ts';

/** DynamoDB's limit for one BatchGetItem. */
export const BATCH_SIZE = 100;

export async function batchGetAll(call: Call, table: string, keys: readonly Key[], reading: object): Promise<Item[]> {
  const items: Item[] = [];
  let queue: readonly AttributeMap[] = keys.map(toAttributes);
  let emptyAnswers = 0;
  while (queue.length > 0) {
    const batch = queue.slice(0, BATCH_SIZE);
    const answer = await call('BatchGetItem', { RequestItems: { [table]: { Keys: batch, ...reading } } });
    const found = (answer.Responses as Record<string, AttributeMap[]>)[table] ?? [];
    const left = (answer.UnprocessedKeys as Record<string, { Keys: AttributeMap[] }> | undefined)?.[table]?.Keys ?? [];
    items.push(...found.map(fromAttributes));
    // An answer without a single item is throttling, for which DynamoDB asks the caller to wait.
    if (left.length < batch.length) emptyAnswers = 0;
    else if (!(await pauseBeforeRetry(emptyAnswers++)))
      throw new DynamoDbError('Unavailable', 'BatchGetItem', 'throttled');
    queue = [...left, ...queue.slice(BATCH_SIZE)];
  }
  return items;
}

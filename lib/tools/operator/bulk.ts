import { concurrently } from '../../core/concurrently.ts';
import { type AttributeMap, fromAttributes, type Item, type Key, toAttributes } from '../../dynamodb/attributes.ts';
import { type Call, createCall, pauseBeforeRetry } from '../../dynamodb/call.ts';
import type { Condition } from '../../dynamodb/client.ts';
import type { DynamoDbOptions } from '../../dynamodb/connection.ts';
import { DynamoDbError } from '../../dynamodb/errors.ts';
import { patiently } from './patience.ts';

/** What only an operator's commands do with DynamoDB. No function of the service may do it. */
export interface Bulk {
  /** Puts and deletes without conditions, in any order; each key at most once. @throws DynamoDbError */
  write(table: string, puts: readonly Item[], deletions?: readonly Key[]): Promise<void>;
  /**
   * All items whose sort key is `sortKey`, page by page, strongly consistent. It may miss an item that is written
   * meanwhile. @throws DynamoDbError
   */
  scan(table: string, sortKey: string): AsyncIterable<Item[]>;
  /**
   * {@link scan} of all items that meet a condition. Items with one partition key come one after the other.
   * @param after the key behind which the scan begins
   */
  scanPages(table: string, condition: Condition, after?: Key): AsyncIterable<ScannedPage>;
}

export interface ScannedPage {
  readonly items: readonly Item[];
  /** Where the next page begins; `undefined` if this is the last one. */
  readonly next: Key | undefined;
}

/** DynamoDB's limit for one BatchWriteItem. */
const BATCH_SIZE = 25;
/** As many batches are written at once: enough that the way to DynamoDB does not set the pace. */
const BATCHES_AT_ONCE = 8;
/** As many items are looked at for one page: small enough that a page of the largest items is no burden on memory. */
const PAGE_SIZE = 500;

export function createBulk(options: DynamoDbOptions): Bulk {
  const call = createCall(options);
  const writeBatch = async (table: string, requests: readonly object[]): Promise<void> => {
    let left = requests;
    for (let retries = 0; left.length > 0; retries++) {
      const answer = await call('BatchWriteItem', { RequestItems: { [table]: left } });
      left = (answer.UnprocessedItems as Record<string, object[]> | undefined)?.[table] ?? [];
      // What is left was throttled, for which DynamoDB asks the caller to wait.
      if (left.length > 0 && !(await pauseBeforeRetry(retries))) {
        throw new DynamoDbError('Unavailable', 'BatchWriteItem', 'throttled');
      }
    }
  };
  return {
    async write(table, puts, deletions = []) {
      const requests = [
        ...puts.map((item) => ({ PutRequest: { Item: toAttributes(item) } })),
        ...deletions.map((key) => ({ DeleteRequest: { Key: toAttributes(key) } })),
      ];
      const starts = Array.from({ length: Math.ceil(requests.length / BATCH_SIZE) }, (_, n) => n * BATCH_SIZE);
      await concurrently(BATCHES_AT_ONCE, starts, (start) =>
        writeBatch(table, requests.slice(start, start + BATCH_SIZE)),
      );
    },
    async *scan(table, sortKey) {
      for await (const { items } of scanPages(call, table, ifSortKey(sortKey))) yield [...items];
    },
    scanPages: (table, condition, after) => scanPages(call, table, condition, after),
  };
}

const ifSortKey = (sortKey: string): Condition => ({
  expression: '#sk = :sk',
  names: { '#sk': 'sk' },
  values: { ':sk': sortKey },
});

async function* scanPages(call: Call, table: string, condition: Condition, after?: Key): AsyncGenerator<ScannedPage> {
  let start = after && toAttributes(after);
  do {
    const request = {
      TableName: table,
      ConsistentRead: true,
      Limit: PAGE_SIZE,
      FilterExpression: condition.expression,
      ExpressionAttributeNames: condition.names,
      ...(condition.values && { ExpressionAttributeValues: toAttributes(condition.values) }),
      ...(start !== undefined && { ExclusiveStartKey: start }),
    };
    const page = await patiently(() => call('Scan', request));
    start = page.LastEvaluatedKey as AttributeMap | undefined;
    yield {
      items: (page.Items as AttributeMap[]).map(fromAttributes),
      next: start && (fromAttributes(start) as Key),
    };
  } while (start !== undefined);
}

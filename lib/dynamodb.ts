import awsLite from '@aws-lite/client';

/** A flat item: nested data is kept as JSON text, binary data as base64url text. */
export type Item = Readonly<Record<string, string | number | boolean>>;
export type Key = Readonly<Record<string, string>>;

export interface Condition {
  readonly expression: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Item;
}

export interface Update {
  /** Attributes to set. */
  readonly set?: Item;
  readonly remove?: readonly string[];
  /** Numbers to add; an absent attribute counts as 0. */
  readonly add?: Readonly<Record<string, number>>;
  readonly condition?: Condition;
}

/** All items whose partition key, the attribute `name`, is `value`. */
export interface Partition {
  readonly name: string;
  readonly value: string;
}

/** DynamoDB as far as this service uses it. Every method throws {@link DynamoDbError}. */
export interface DynamoDb {
  /** Strongly consistent unless said otherwise. */
  get(table: string, key: Key, consistent?: boolean): Promise<Item | undefined>;
  /** @returns `false` if the condition failed */
  put(table: string, item: Item, condition?: Condition): Promise<boolean>;
  /** @returns the item after the update; `undefined` if the condition failed */
  update(table: string, key: Key, update: Update): Promise<Item | undefined>;
  /** @returns the item as it was; `undefined` if there was none */
  delete(table: string, key: Key): Promise<Item | undefined>;
  /** Every item with that partition key, strongly consistent. */
  query(table: string, partition: Partition): Promise<Item[]>;
  /** How many items have that partition key, strongly consistent; costs as much as reading them. */
  count(table: string, partition: Partition): Promise<number>;
  /** Those of the items that exist, in no order. */
  batchGet(table: string, keys: readonly Key[], consistent?: boolean): Promise<Item[]>;
}

export interface DynamoDbOptions {
  /** Another endpoint than AWS's own for the region, e.g. an embedded DynamoDB. */
  readonly endpoint?: string | undefined;
  readonly region: string;
  /** Taken from the environment, as Lambda sets it, if absent; none are needed on this machine. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Hears what each call has consumed. Only asked for if somebody listens. */
  readonly onConsumed?: (operation: string, capacityUnits: number) => void;
}

/**
 * Why DynamoDB did not do what it was asked.
 * `Unavailable`: it did not answer, or was throttled; what became of a write is not known.
 * `ItemTooLarge`: over 400 KB. `Refused`: anything else: no permission, no such table, a faulty request.
 */
export type DynamoDbFault = 'Unavailable' | 'ItemTooLarge' | 'Refused';

export class DynamoDbError extends Error {
  override readonly name = 'DynamoDbError';
  readonly fault: DynamoDbFault;

  constructor(fault: DynamoDbFault, operation: string, cause: unknown) {
    super(`${operation}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.fault = fault;
  }
}

/** One call with all its retries; well under the auth function's 10 s. */
const CALL_BUDGET_MS = 5000;
const RETRIES = 4;
/** DynamoDB's limit for one BatchGetItem. */
const BATCH_SIZE = 100;

type AttributeValue = { readonly S: string } | { readonly N: string } | { readonly BOOL: boolean };
type AttributeMap = Readonly<Record<string, AttributeValue>>;
type Call = (operation: string, payload: object) => Promise<Readonly<Record<string, unknown>>>;

/** An embedded DynamoDB takes any credentials, but requests must be signed. */
const LOCAL_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

/** How aws-lite is to reach DynamoDB: on this machine with credentials of no meaning, elsewhere with the environment's. */
export function connectionTo({ endpoint, region, credentials }: DynamoDbOptions) {
  const isLocal = endpoint !== undefined && ['localhost', '127.0.0.1', '[::1]'].includes(new URL(endpoint).hostname);
  return { region, ...(endpoint !== undefined && { endpoint }), ...(isLocal && LOCAL_CREDENTIALS), ...credentials };
}

/** A client that connects at its first use. */
export function createDynamoDb(options: DynamoDbOptions): DynamoDb {
  const call = createCall(options);
  return {
    async get(TableName, key, ConsistentRead = true) {
      const { Item } = await call('GetItem', { TableName, Key: toAttributes(key), ConsistentRead });
      return Item === undefined ? undefined : fromAttributes(Item as AttributeMap);
    },
    put: (TableName, item, condition) =>
      unlessConditionFails(call('PutItem', { TableName, Item: toAttributes(item), ...conditionParts(condition) })).then(
        (answer) => answer !== undefined,
      ),
    async update(TableName, key, update) {
      const request = { TableName, Key: toAttributes(key), ReturnValues: 'ALL_NEW', ...updateParts(update) };
      const answer = await unlessConditionFails(call('UpdateItem', request));
      return answer === undefined ? undefined : fromAttributes(answer.Attributes as AttributeMap);
    },
    async delete(TableName, key) {
      const { Attributes } = await call('DeleteItem', { TableName, Key: toAttributes(key), ReturnValues: 'ALL_OLD' });
      return Attributes === undefined ? undefined : fromAttributes(Attributes as AttributeMap);
    },
    async query(table, partition) {
      const pages = await queryPages(call, table, partition, 'ALL_ATTRIBUTES');
      return pages.flatMap((page) => (page.Items as AttributeMap[]).map(fromAttributes));
    },
    async count(table, partition) {
      const pages = await queryPages(call, table, partition, 'COUNT');
      return pages.reduce((sum, page) => sum + (page.Count as number), 0);
    },
    batchGet: (table, keys, consistent = true) => batchGetAll(call, table, keys, consistent),
  };
}

function createCall(options: DynamoDbOptions): Call {
  const { onConsumed } = options;
  const configuration = {
    ...connectionTo(options),
    keepAlive: true,
    // Attribute values are read here; aws-lite would guess at them. With this it takes an answer as a whole for a single
    // one, which it is not, and hands it out as it came. (Told that all is JSON, it dies of a proxy's page in HTML.)
    awsjsonUnmarshall: { convertWithoutMapWrapper: true },
    retries: RETRIES,
  };
  let client: ReturnType<typeof awsLite> | undefined;
  return async (operation, payload) => {
    client ??= awsLite(configuration);
    const signal = AbortSignal.timeout(CALL_BUDGET_MS);
    const request = {
      service: 'dynamodb',
      method: 'POST' as const,
      path: '/',
      headers: { 'x-amz-target': `DynamoDB_20120810.${operation}`, 'content-type': 'application/x-amz-json-1.0' },
      awsjson: false,
      payload: { ...payload, ...(onConsumed && { ReturnConsumedCapacity: 'TOTAL' }) },
      // Handed on to http.request: neither the socket nor the retries outlive the budget.
      signal,
    };
    let isConstructed = false;
    try {
      const aws = await client;
      isConstructed = true;
      // aws-lite waits for ever for the end of an answer whose connection broke.
      const answer = await Promise.race([aws(request), abortionOf(signal)]);
      if (!isDynamoDbs(answer.headers)) throw new Error('The answer is not from DynamoDB');
      const result = (answer.payload ?? {}) as Record<string, unknown>;
      onConsumed?.(operation, capacityUnits(result.ConsumedCapacity));
      return result;
    } catch (error) {
      // A client reads its credentials once; those of a long-running server are replaced every few hours.
      if (CREDENTIALS_REFUSED.includes(codeOf(error)) || !isConstructed) client = undefined;
      throw new DynamoDbError(faultOf(error), operation, error);
    }
  };
}

const abortionOf = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

const isDynamoDbs = (headers: Readonly<Record<string, string>>): boolean =>
  headers['content-type']?.startsWith('application/x-amz-json') ?? false;

function capacityUnits(consumed: unknown): number {
  const list = (Array.isArray(consumed) ? consumed : [consumed]) as ({ CapacityUnits?: number } | undefined)[];
  return list.reduce((sum, entry) => sum + (entry?.CapacityUnits ?? 0), 0);
}

const CREDENTIALS_REFUSED = ['ExpiredTokenException', 'UnrecognizedClientException'];
const CONDITION_FAILED = 'ConditionalCheckFailedException';
const THROTTLED = [
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'TransactionInProgressException',
];

/** `com.amazonaws.dynamodb.v20120810#X` or `X` */
const codeOf = (error: unknown): string => {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code.slice(code.indexOf('#') + 1) : '';
};

function faultOf(error: unknown): DynamoDbFault {
  const { statusCode } = error as { statusCode?: number };
  if (statusCode === undefined || statusCode >= 500 || THROTTLED.includes(codeOf(error))) return 'Unavailable';
  const message = error instanceof Error ? error.message : '';
  return /item size/i.test(message) ? 'ItemTooLarge' : 'Refused';
}

async function unlessConditionFails<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof DynamoDbError && codeOf(error.cause) === CONDITION_FAILED) return undefined;
    throw error;
  }
}

async function queryPages(
  call: Call,
  TableName: string,
  partition: Partition,
  Select: 'ALL_ATTRIBUTES' | 'COUNT',
): Promise<Readonly<Record<string, unknown>>[]> {
  const pages: Readonly<Record<string, unknown>>[] = [];
  let start: unknown;
  do {
    const page = await call('Query', {
      TableName,
      Select,
      ConsistentRead: true,
      KeyConditionExpression: '#p = :p',
      ExpressionAttributeNames: { '#p': partition.name },
      ExpressionAttributeValues: { ':p': { S: partition.value } },
      ...(start !== undefined && { ExclusiveStartKey: start }),
    });
    pages.push(page);
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  return pages;
}

async function batchGetAll(call: Call, table: string, keys: readonly Key[], consistent: boolean): Promise<Item[]> {
  const items: Item[] = [];
  let queue: readonly AttributeMap[] = keys.map(toAttributes);
  let emptyAnswers = 0;
  while (queue.length > 0) {
    const batch = queue.slice(0, BATCH_SIZE);
    const answer = await call('BatchGetItem', {
      RequestItems: { [table]: { Keys: batch, ConsistentRead: consistent } },
    });
    const found = (answer.Responses as Record<string, AttributeMap[]>)[table] ?? [];
    const left = (answer.UnprocessedKeys as Record<string, { Keys: AttributeMap[] }> | undefined)?.[table]?.Keys ?? [];
    items.push(...found.map(fromAttributes));
    // An answer without a single item is throttling, for which DynamoDB asks the caller to wait.
    if (left.length === batch.length) await pause(emptyAnswers++);
    else emptyAnswers = 0;
    queue = [...left, ...queue.slice(BATCH_SIZE)];
  }
  return items;
}

/** @param count how many answers in a row had been empty before */
async function pause(count: number): Promise<void> {
  if (count >= RETRIES) throw new DynamoDbError('Unavailable', 'BatchGetItem', 'throttled');
  await new Promise((resolve) => setTimeout(resolve, 50 * 2 ** count * (0.5 + Math.random())));
}

const conditionParts = (condition: Condition | undefined): object =>
  condition === undefined
    ? {}
    : {
        ConditionExpression: condition.expression,
        ...(condition.names && { ExpressionAttributeNames: condition.names }),
        ...(condition.values && { ExpressionAttributeValues: toAttributes(condition.values) }),
      };

/** Every attribute gets an alias, for DynamoDB reserves hundreds of words. */
function updateParts({ set = {}, remove = [], add = {}, condition }: Update): object {
  const clause = (verb: string, parts: readonly string[]) => (parts.length === 0 ? '' : `${verb} ${parts.join(', ')} `);
  const expression =
    clause(
      'SET',
      Object.keys(set).map((name) => `#${name} = :${name}`),
    ) +
    clause(
      'REMOVE',
      remove.map((name) => `#${name}`),
    ) +
    clause(
      'ADD',
      Object.keys(add).map((name) => `#${name} :${name}`),
    );
  const names = [...Object.keys(set), ...remove, ...Object.keys(add)].map((name) => [`#${name}`, name]);
  const values: Item = {
    ...Object.fromEntries(Object.entries({ ...set, ...add }).map(([name, value]) => [`:${name}`, value])),
    ...condition?.values,
  };
  return {
    UpdateExpression: expression.trim(),
    ...(condition && { ConditionExpression: condition.expression }),
    ExpressionAttributeNames: { ...Object.fromEntries(names), ...condition?.names },
    // DynamoDB refuses an empty map.
    ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: toAttributes(values) }),
  };
}

const toAttributes = (item: Item): AttributeMap =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, toAttribute(value)]));

function toAttribute(value: string | number | boolean): AttributeValue {
  if (typeof value === 'string') return { S: value };
  return typeof value === 'number' ? { N: String(value) } : { BOOL: value };
}

const fromAttributes = (map: AttributeMap): Item =>
  Object.fromEntries(Object.entries(map).map(([name, value]) => [name, fromAttribute(value)]));

function fromAttribute(value: AttributeValue): string | number | boolean {
  if ('S' in value) return value.S;
  return 'N' in value ? Number(value.N) : value.BOOL;
}

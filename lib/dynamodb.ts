import awsLite from '@aws-lite/client';
import { timeLeft, withinBudget } from './budget.ts';

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

/**
 * What becomes of a call that may have been done though no answer came. `repeat`: it is made again, for twice does what
 * once does. `once`: it is made again only if it certainly was not done.
 */
export type Uncertain = 'repeat' | 'once';

/** DynamoDB as far as this service uses it. Every method throws {@link DynamoDbError}. */
export interface DynamoDb {
  /** Strongly consistent unless said otherwise. */
  get(table: string, key: Key, consistent?: boolean): Promise<Item | undefined>;
  /** @returns `false` if the condition failed: also when it held, the answer was lost and the item was put again */
  put(table: string, item: Item, condition?: Condition, uncertain?: Uncertain): Promise<boolean>;
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

/** Whether it may pass, so that who comes again may be served. */
export const isUnavailable = (error: unknown): boolean =>
  error instanceof DynamoDbError && error.fault === 'Unavailable';

/** Whether what failed may have been done all the same. */
export const mayBeDone = (error: unknown): boolean =>
  error instanceof DynamoDbError && error.fault === 'Unavailable' && !isCertainlyUndone(error.cause);

/** One call with all its retries, ms; less if the request has less time left. */
const CALL_BUDGET_MS = 5000;
/** DynamoDB answers within some 10 ms: who has heard nothing for this share of the time tries another connection. */
const ATTEMPT_SHARE = 0.4;
const RETRIES = 4;
const FIRST_PAUSE_MS = 100;
/** DynamoDB's limit for one BatchGetItem. */
const BATCH_SIZE = 100;

type AttributeValue = { readonly S: string } | { readonly N: string } | { readonly BOOL: boolean };
export type AttributeMap = Readonly<Record<string, AttributeValue>>;
type Answer = Readonly<Record<string, unknown>>;
export type Call = (operation: string, payload: object, uncertain?: Uncertain) => Promise<Answer>;

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
    async put(TableName, item, condition, uncertain) {
      const request = { TableName, Item: toAttributes(item), ...conditionParts(condition) };
      return (await unlessConditionFails(call('PutItem', request, uncertain))) !== undefined;
    },
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

/** Makes calls in DynamoDB's own terms, for what {@link DynamoDb} has no method for. They throw {@link DynamoDbError}. */
export function createCall(options: DynamoDbOptions): Call {
  const attempt = createAttempt(options);
  return (operation, payload, uncertain = 'repeat') =>
    withinBudget(CALL_BUDGET_MS, async () => {
      for (let count = 0; ; count++) {
        try {
          return await attempt(operation, payload);
        } catch (error) {
          const fault = new DynamoDbError(faultOf(error), operation, error);
          if (!isWorthRepeating(error, uncertain) || !(await pauseBeforeRetry(count))) throw fault;
        }
      }
    });
}

/**
 * Waits before something that has failed is done again.
 * @param count how often it has been done again already
 * @returns `false`, at once, if that was often enough, or no time is left
 */
export async function pauseBeforeRetry(count: number): Promise<boolean> {
  const pause = retryPause(count, Math.random());
  if (count >= RETRIES || pause >= timeLeft()) return false;
  await new Promise((resolve) => setTimeout(resolve, pause));
  return true;
}

/**
 * How long to wait before a retry, ms: anything up to a bound that doubles each time, so that those who failed together
 * do not come again together ("full jitter").
 * @param count how many retries there have been @param fraction random, from 0 to 1
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export const retryPause = (count: number, fraction: number): number => FIRST_PAUSE_MS * 2 ** count * fraction;

/** Makes one request. @throws Error of aws-lite, or that of a time that is up */
function createAttempt(options: DynamoDbOptions): Call {
  const { onConsumed } = options;
  // Retries are made here: aws-lite repeats whatever failed, and its pauses know no end of the time.
  const configuration = { ...connectionTo(options), keepAlive: true, retries: 0 };
  let client: ReturnType<typeof awsLite> | undefined;
  return async (operation, payload) => {
    const connected = client ?? awsLite(configuration);
    client = connected;
    if (timeLeft() <= 0) throw new Error('There is no time left');
    const { signal, clear } = timeLimit(ATTEMPT_SHARE * timeLeft());
    const request = {
      service: 'dynamodb',
      method: 'POST' as const,
      path: '/',
      headers: { 'x-amz-target': `DynamoDB_20120810.${operation}`, 'content-type': 'application/x-amz-json-1.0' },
      awsjson: false,
      payload: { ...payload, ...(onConsumed && { ReturnConsumedCapacity: 'TOTAL' }) },
      // Handed on to http.request: the socket does not outlive the attempt.
      signal,
      // What aws-lite cannot parse, a torn answer, it throws where nobody can catch it: that ends the process.
      rawResponsePayload: true,
    };
    let isConstructed = false;
    const exchange = async () => {
      const aws = await connected;
      isConstructed = true;
      return aws(request);
    };
    try {
      // aws-lite waits for ever for the end of an answer whose connection broke.
      const { headers, payload: body } = await Promise.race([exchange(), abortionOf(signal)]);
      const answer = answerIn(headers, body as Buffer | null);
      onConsumed?.(operation, capacityUnits(answer.ConsumedCapacity));
      return answer;
    } catch (error) {
      const refusal = withRefusal(error as object);
      // A client reads its credentials once; those of a long-running server are replaced every few hours.
      if (CREDENTIALS_REFUSED.includes(codeOf(refusal)) || !isConstructed) client = undefined;
      throw refusal;
    } finally {
      clear();
    }
  };
}

/** A signal that comes after so many ms, unless it is cleared: `AbortSignal.timeout` would be kept until then. */
function timeLimit(ms: number) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error('No answer came in time')), ms);
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}

const abortionOf = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

/** @throws Error if somebody in between has answered, or not all of the answer has come */
function answerIn(headers: Readonly<Record<string, string>>, body: Buffer | null): Answer {
  const isDynamoDbs = headers['content-type']?.startsWith('application/x-amz-json');
  if (!isDynamoDbs) throw new Error('The answer is not from DynamoDB');
  return JSON.parse(String(body)) as Answer;
}

/**
 * What aws-lite throws, with the code and message of DynamoDB's refusal, whose bytes it has as members `0`, `1`, …
 * A refusal that cannot be read is no refusal: somebody in between has answered, or not all of it has come.
 */
function withRefusal(error: object): object {
  const { statusCode } = error as { statusCode?: number };
  if (statusCode === undefined) return error;
  const bytes = Object.entries(error).filter(([name]) => /^\d+$/.test(name));
  try {
    const text = Buffer.from(bytes.map(([, byte]) => Number(byte))).toString();
    const { __type: code, message, Message } = JSON.parse(text) as Answer;
    return Object.assign(new Error(`${code}: ${message ?? Message}`), { statusCode, code });
  } catch {
    return new Error(`The answer ${statusCode} is not from DynamoDB`);
  }
}

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

const isThrottled = (error: unknown): boolean =>
  (error as { statusCode?: number }).statusCode === 429 || THROTTLED.includes(codeOf(error));

/** Whoever was throttled, or reached nobody, has changed nothing. */
const isCertainlyUndone = (error: unknown): boolean =>
  isThrottled(error) || (error instanceof Error && error.message.includes('ECONNREFUSED'));

const isWorthRepeating = (error: unknown, uncertain: Uncertain): boolean =>
  faultOf(error) === 'Unavailable' && (uncertain === 'repeat' || isCertainlyUndone(error));

function faultOf(error: unknown): DynamoDbFault {
  const { statusCode } = error as { statusCode?: number };
  if (statusCode === undefined || statusCode >= 500 || isThrottled(error)) return 'Unavailable';
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
): Promise<Answer[]> {
  const pages: Answer[] = [];
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
    if (left.length < batch.length) emptyAnswers = 0;
    else if (!(await pauseBeforeRetry(emptyAnswers++)))
      throw new DynamoDbError('Unavailable', 'BatchGetItem', 'throttled');
    queue = [...left, ...queue.slice(BATCH_SIZE)];
  }
  return items;
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

export const toAttributes = (item: Item): AttributeMap =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, toAttribute(value)]));

function toAttribute(value: string | number | boolean): AttributeValue {
  if (typeof value === 'string') return { S: value };
  return typeof value === 'number' ? { N: String(value) } : { BOOL: value };
}

export const fromAttributes = (map: AttributeMap): Item =>
  Object.fromEntries(Object.entries(map).map(([name, value]) => [name, fromAttribute(value)]));

function fromAttribute(value: AttributeValue): string | number | boolean {
  if ('S' in value) return value.S;
  return 'N' in value ? Number(value.N) : value.BOOL;
}

import { type AttributeMap, fromAttributes, type Item, type Key, toAttributes } from './attributes.ts';
import { batchGetAll } from './batch-get.ts';
import { type Call, codeOf, createCall, type RetryPolicy } from './call.ts';
import type { DynamoDbOptions } from './connection.ts';
import { DynamoDbError } from './errors.ts';
import type { Answer } from './exchange.ts';

export type { Item, Key } from './attributes.ts';

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

/** A stretch of one partition, in the order of its sort keys. */
export interface Range {
  readonly partition: Partition;
  /** The attribute of the sort key. */
  readonly sortKey: string;
  /** The first and the last sort key, both inclusive. */
  readonly between: readonly [string, string];
  readonly isDescending?: boolean;
  /** At most so many items; all if absent. */
  readonly limit?: number;
}

/** Where a page of a partition begins, and how many items it has at most. */
interface PageRequest {
  readonly limit: number;
  /** The key of the last item of the page before; the first page if absent. */
  readonly after?: Key | undefined;
  /** The only ones that are read; all if absent. */
  readonly attributes?: readonly string[];
}

export interface Page {
  /** In the order of their sort keys. */
  readonly items: readonly Item[];
  /** What the next page begins after; `undefined` if this is the last one. */
  readonly next: Key | undefined;
}

/** DynamoDB as far as this service uses it. Every method throws {@link DynamoDbError}. */
export interface DynamoDb {
  /** Strongly consistent unless said otherwise. */
  get(table: string, key: Key, consistent?: boolean): Promise<Item | undefined>;
  /** @returns `false` if the condition failed: also when it held, the answer was lost and the item was put again */
  put(table: string, item: Item, condition?: Condition, retry?: RetryPolicy): Promise<boolean>;
  /** @returns the item after the update; `undefined` if the condition failed */
  update(table: string, key: Key, update: Update, retry?: RetryPolicy): Promise<Item | undefined>;
  /** @returns the item as it was; `undefined` if there was none */
  delete(table: string, key: Key): Promise<Item | undefined>;
  /** Deletes the item if the condition holds. @returns `false` if it did not hold, or if there was no item */
  deleteIf(table: string, key: Key, condition: Condition): Promise<boolean>;
  /**
   * Every item with that partition key, strongly consistent.
   * @param condition returns only items that meet it; costs as much as reading all
   */
  query(table: string, partition: Partition, condition?: Condition): Promise<Item[]>;
  /** Some of the items with that partition key, strongly consistent. */
  queryPage(table: string, partition: Partition, request: PageRequest): Promise<Page>;
  /** The items of a stretch of a partition, strongly consistent. */
  queryRange(table: string, range: Range): Promise<Item[]>;
  /**
   * How many items have that partition key, strongly consistent; costs as much as reading them.
   * @param condition counts only items that meet it
   */
  count(table: string, partition: Partition, condition?: Condition): Promise<number>;
  /**
   * Those of the items that exist, in no order.
   * @param attributes the only ones that are read; all if absent
   */
  batchGet(table: string, keys: readonly Key[], consistent?: boolean, attributes?: readonly string[]): Promise<Item[]>;
}

let shared: DynamoDb | undefined;

/** Returns the one client of this process, so that everything in a function shares its connections. */
export function sharedDynamoDb(options: DynamoDbOptions): DynamoDb {
  shared ??= createDynamoDb(options);
  return shared;
}

/** A client that connects at its first use. */
export function createDynamoDb(options: DynamoDbOptions): DynamoDb {
  const call = createCall(options);
  return {
    async get(TableName, key, ConsistentRead = true) {
      const { Item } = await call('GetItem', { TableName, Key: toAttributes(key), ConsistentRead });
      return itemIn(Item);
    },
    async put(TableName, item, condition, retry) {
      const request = { TableName, Item: toAttributes(item), ...conditionParts(condition) };
      return (await unlessConditionFails(call('PutItem', request, retry))) !== undefined;
    },
    async update(TableName, key, update, retry) {
      const request = { TableName, Key: toAttributes(key), ReturnValues: 'ALL_NEW', ...updateParts(update) };
      return itemIn((await unlessConditionFails(call('UpdateItem', request, retry)))?.Attributes);
    },
    async delete(TableName, key) {
      const { Attributes } = await call('DeleteItem', { TableName, Key: toAttributes(key), ReturnValues: 'ALL_OLD' });
      return itemIn(Attributes);
    },
    async deleteIf(TableName, key, condition) {
      const request = { TableName, Key: toAttributes(key), ...conditionParts(condition) };
      return (await unlessConditionFails(call('DeleteItem', request))) !== undefined;
    },
    query: async (table, partition, condition) =>
      itemsIn(await queryPages(call, filteredQueryOf(table, partition, 'ALL_ATTRIBUTES', condition))),
    queryPage: (table, partition, request) => queryPage(call, table, partition, request),
    queryRange: async (table, range) => itemsIn(await queryPages(call, rangeQueryOf(table, range), range.limit)),
    async count(table, partition, condition) {
      const pages = await queryPages(call, filteredQueryOf(table, partition, 'COUNT', condition));
      return pages.reduce((sum, page) => sum + (page.Count as number), 0);
    },
    batchGet: (table, keys, consistent = true, attributes = []) =>
      batchGetAll(call, table, keys, {
        ConsistentRead: consistent,
        ...(attributes.length > 0 && projectionOf(attributes)),
      }),
  };
}

async function queryPage(
  call: Call,
  table: string,
  partition: Partition,
  { limit, after, attributes = [] }: PageRequest,
): Promise<Page> {
  const request = { ...projectedQueryOf(table, partition, attributes), Limit: limit };
  const page = await call('Query', { ...request, ...(after && { ExclusiveStartKey: toAttributes(after) }) });
  return { items: itemsIn([page]), next: itemIn(page.LastEvaluatedKey) as Key | undefined };
}

/** What DynamoDB says when a condition does not hold. */
const CONDITION_FAILED = 'ConditionalCheckFailedException';

async function unlessConditionFails<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof DynamoDbError && codeOf(error.cause) === CONDITION_FAILED) return undefined;
    throw error;
  }
}

const queryOf = (TableName: string, partition: Partition, Select: 'ALL_ATTRIBUTES' | 'COUNT') => ({
  TableName,
  Select,
  ConsistentRead: true,
  KeyConditionExpression: '#p = :p',
  ExpressionAttributeNames: { '#p': partition.name },
  ExpressionAttributeValues: { ':p': { S: partition.value } },
});

function projectedQueryOf(table: string, partition: Partition, attributes: readonly string[]) {
  const query = queryOf(table, partition, 'ALL_ATTRIBUTES');
  if (attributes.length === 0) return query;
  const { ProjectionExpression, ExpressionAttributeNames } = projectionOf(attributes);
  return {
    ...query,
    Select: 'SPECIFIC_ATTRIBUTES',
    ProjectionExpression,
    ExpressionAttributeNames: { ...query.ExpressionAttributeNames, ...ExpressionAttributeNames },
  };
}

function rangeQueryOf(table: string, { partition, sortKey, between: [from, to], isDescending = false }: Range) {
  const query = queryOf(table, partition, 'ALL_ATTRIBUTES');
  return {
    ...query,
    ScanIndexForward: !isDescending,
    KeyConditionExpression: '#p = :p AND #s BETWEEN :from AND :to',
    ExpressionAttributeNames: { ...query.ExpressionAttributeNames, '#s': sortKey },
    ExpressionAttributeValues: { ...query.ExpressionAttributeValues, ':from': { S: from }, ':to': { S: to } },
  };
}

function filteredQueryOf(
  table: string,
  partition: Partition,
  select: 'ALL_ATTRIBUTES' | 'COUNT',
  condition: Condition | undefined,
) {
  const query = queryOf(table, partition, select);
  if (condition === undefined) return query;
  return {
    ...query,
    FilterExpression: condition.expression,
    ExpressionAttributeNames: { ...query.ExpressionAttributeNames, ...condition.names },
    ExpressionAttributeValues: { ...query.ExpressionAttributeValues, ...toAttributes(condition.values ?? {}) },
  };
}

/** Follows a query from page to page, until its end or until it has `limit` items. */
async function queryPages(call: Call, query: object, limit = Number.POSITIVE_INFINITY): Promise<Answer[]> {
  const pages: Answer[] = [];
  let left = limit;
  let start: unknown;
  do {
    const page = await call('Query', {
      ...query,
      ...(Number.isFinite(left) && { Limit: left }),
      ...(start !== undefined && { ExclusiveStartKey: start }),
    });
    pages.push(page);
    left -= page.Count as number;
    start = page.LastEvaluatedKey;
  } while (start !== undefined && left > 0);
  return pages;
}

const itemsIn = (pages: readonly Answer[]): Item[] =>
  pages.flatMap(({ Items }) => Items as AttributeMap[]).map(fromAttributes);

/** Every attribute gets an alias, as in {@link updateParts}. */
const projectionOf = (attributes: readonly string[]) => ({
  ProjectionExpression: attributes.map((_, index) => `#a${index}`).join(', '),
  ExpressionAttributeNames: Object.fromEntries(attributes.map((name, index) => [`#a${index}`, name])),
});

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

/** @returns `undefined` if the response has no item */
const itemIn = (map: unknown): Item | undefined =>
  map === undefined ? undefined : fromAttributes(map as AttributeMap);

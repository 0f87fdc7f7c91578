import { createDynamoDbStore } from '../../lib/core/store/dynamodb/index.ts';
import type { Json, JsonObject } from '../../lib/core/types.ts';
import { LOCAL_REGION } from '../../lib/dev/dynamodb.ts';
import { tableNames } from '../../lib/dev/tables.ts';
import { retryPause } from '../../lib/dynamodb/call.ts';
import { createDynamoDb, type DynamoDb } from '../../lib/dynamodb/client.ts';
import { withinBudget } from '../../lib/dynamodb/time-budget.ts';
import { createSession } from '../fixtures/cdi-session.ts';
import { makeTestCore } from '../fixtures/core.ts';
import {
  brokenAnswer,
  brokenConnection,
  fault,
  halfAnAnswer,
  ok,
  page,
  type StubAnswer,
  type StubDynamoDb,
  type StubRequest,
  silence,
  startStubDynamoDb,
  text,
} from '../fixtures/stub-dynamodb.ts';

jest.unmock('../../lib/dynamodb/time-budget.ts');

/** The time of one call with all its retries, and what a busy machine adds. Without a limit, a call would never end. */
const BUDGET_MS = 5000 + 20_000;
/** A call is made once, and then again so often. */
const ATTEMPTS = 5;

const clientOf = (endpoint: string): DynamoDb => createDynamoDb({ endpoint, region: LOCAL_REGION });

const key = { pk: 'a' };
const ITEM = { Item: { pk: { S: 'a' } } };

const stubs: StubDynamoDb[] = [];
afterAll(() => Promise.all(stubs.map((stub) => stub.stop())));

const stubbed = async (answer: (number: number, request: StubRequest) => StubAnswer) => {
  const stub = await startStubDynamoDb(answer);
  stubs.push(stub);
  return { db: clientOf(stub.endpoint), stub };
};

/** The fault that a call ends with, and after how many ms. */
async function faultOf(call: Promise<unknown>): Promise<{ fault: unknown; after: number }> {
  const start = performance.now();
  const fault = await call.then(
    () => 'none',
    (error: { fault?: unknown }) => error.fault ?? error,
  );
  return { fault, after: performance.now() - start };
}

describe('A DynamoDB that does not answer is unavailable, within the budget of a call:', () => {
  test.concurrent('nothing listens there', async () => {
    const { db, stub } = await stubbed(() => silence);
    await stub.stop();
    const { fault, after } = await faultOf(db.get('table', key));
    expect(fault).toBe('Unavailable');
    expect(after).toBeLessThan(BUDGET_MS);
  });

  test.concurrent('it does not answer, stops in the middle of an answer, or the connection breaks there', async () => {
    // Side by side, for each takes all of its budget.
    const faulty = await Promise.all([silence, halfAnAnswer, brokenAnswer].map((answer) => stubbed(() => answer)));
    const calls = faulty.flatMap(({ db }) => [db.get('table', key), db.put('table', key)]);
    for (const { fault, after } of await Promise.all(calls.map(faultOf))) {
      expect(fault).toBe('Unavailable');
      expect(after).toBeLessThan(BUDGET_MS);
    }
  });

  test.concurrent.each<[string, StubAnswer]>([
    ['the connection breaks', brokenConnection],
    ['it has an internal error', fault(500, 'InternalServerError')],
    ['it is overloaded', fault(503, 'ServiceUnavailable')],
    ['a proxy in between answers for it', page(503)],
    ['a proxy in between answers for it with 200', page(200)],
    ['it answers with half of the JSON', text('{"Item":')],
    ['it answers with an empty body', text('')],
    ['it answers with half of an error', text('{"__type":"com.amazonaws.dynamodb', 400)],
    ['a proxy in between rejects the request', page(403)],
    ['it has too many requests', fault(429, 'TooManyRequests')],
    ['the table is throttled', fault(400, 'ProvisionedThroughputExceededException')],
    ['the account is throttled', fault(400, 'ThrottlingException')],
    ['the account is over its limit', fault(400, 'RequestLimitExceeded')],
  ])('%s', async (_what, answer) => {
    const { db } = await stubbed(() => answer);
    const { fault, after } = await faultOf(db.get('table', key));
    expect(fault).toBe('Unavailable');
    expect(after).toBeLessThan(BUDGET_MS);
  });
});

describe('A call is retried', () => {
  test.concurrent.each<[string, StubAnswer]>([
    ['after a broken connection', brokenConnection],
    ['after an internal error', fault(500, 'InternalServerError')],
    ['after a page of a proxy in between', page(502)],
    ['after throttling of the table', fault(400, 'ProvisionedThroughputExceededException')],
    ['after throttling of the account', fault(400, 'ThrottlingException')],
  ])('%s', async (_what, answer) => {
    const { db, stub } = await stubbed((number) => (number < 2 ? answer : ok(ITEM)));
    expect(await db.get('table', key)).toEqual({ pk: 'a' });
    expect(stub.requests).toHaveLength(3);
  });

  test.concurrent('at most four times', async () => {
    const { db, stub } = await stubbed(() => fault(500, 'InternalServerError'));
    await faultOf(db.get('table', key));
    expect(stub.requests).toHaveLength(ATTEMPTS);
  });
});

describe('A put that must be done once', () => {
  const putOnce = async (answer: StubAnswer) => {
    const { db, stub } = await stubbed(() => answer);
    expect(await faultOf(db.put('table', key, undefined, 'if-not-done'))).toMatchObject({ fault: 'Unavailable' });
    return stub.requests.length;
  };

  test.concurrent.each<[string, StubAnswer]>([
    ['a broken connection', brokenConnection],
    ['a broken answer', brokenAnswer],
    ['half of the JSON', text('{')],
    ['an internal error', fault(500, 'InternalServerError')],
  ])('is not retried after %s, because it may have been done', async (_what, answer) => {
    expect(await putOnce(answer)).toBe(1);
  });

  test.concurrent('is retried after throttling, because it has not been done', async () => {
    expect(await putOnce(fault(400, 'ThrottlingException'))).toBe(ATTEMPTS);
  });

  test.concurrent('is retried if nothing listens there', async () => {
    const { db, stub } = await stubbed(() => silence);
    await stub.stop();
    const { fault: met, after } = await faultOf(db.put('table', key, undefined, 'if-not-done'));
    expect(met).toBe('Unavailable');
    expect(after).toBeGreaterThan(10);
  });
});

describe('A request with less time than a call may take', () => {
  test.concurrent('ends in that time, whether DynamoDB does not answer or rejects every request', async () => {
    const faulty = await Promise.all(
      [silence, fault(500, 'InternalServerError')].map((answer) => stubbed(() => answer)),
    );
    const calls = faulty.map(({ db }) => withinBudget(200, () => db.get('table', key)));
    for (const { fault: met, after } of await Promise.all(calls.map(faultOf))) {
      expect(met).toBe('Unavailable');
      expect(after).toBeLessThan(200 + 4500);
    }
  });

  test('makes no call once it is over', async () => {
    const { db, stub } = await stubbed(() => ok(ITEM));
    await db.get('table', key);
    const late = withinBudget(0, async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return db.get('table', key);
    });
    expect(await faultOf(late)).toMatchObject({ fault: 'Unavailable' });
    expect(stub.requests).toHaveLength(1);
  });

  test('does not wait for a silent connection until the end: another attempt succeeds', async () => {
    const { db, stub } = await stubbed((number) => (number === 0 ? silence : ok(ITEM)));
    expect(await withinBudget(1000, () => db.get('table', key))).toEqual({ pk: 'a' });
    expect(stub.requests).toHaveLength(2);
  });
});

test('the pauses before retries grow, and are random from 0 on', () => {
  expect([0, 1, 2, 3].map((count) => retryPause(count, 1))).toEqual([100, 200, 400, 800]);
  expect([0, 0.25, 0.5].map((fraction) => retryPause(2, fraction))).toEqual([0, 100, 200]);
});

describe('What DynamoDB rejects is rejected at once:', () => {
  test.each([
    'AccessDeniedException',
    'ResourceNotFoundException',
    'ValidationException',
    'UnrecognizedClientException',
    'ExpiredTokenException',
  ])('%s', async (code) => {
    const { db, stub } = await stubbed(() => fault(400, code));
    expect(await faultOf(db.get('table', key))).toMatchObject({ fault: 'Refused' });
    expect(stub.requests).toHaveLength(1);
  });

  test('an item that is too large has its own error', async () => {
    const { db } = await stubbed(() => fault(400, 'ValidationException', 'Item size has exceeded the maximum'));
    expect(await faultOf(db.put('table', key))).toMatchObject({ fault: 'ItemTooLarge' });
  });
});

/** The keys of one BatchGetItem. */
function keysIn({ body }: StubRequest): readonly Json[] {
  const { table } = body.RequestItems as { readonly table: { readonly Keys: readonly Json[] } };
  return table.Keys;
}

/** Reads the first of the keys, and leaves the others. */
function firstOnly(request: StubRequest, readable: number): StubAnswer {
  const keys = keysIn(request);
  const left = keys.slice(readable);
  return ok({
    Responses: { table: keys.slice(0, readable) },
    UnprocessedKeys: left.length === 0 ? {} : { table: { Keys: left } },
  });
}

const someKeys = (count: number) => Array.from({ length: count }, (_, index) => ({ pk: `${index}` }));

describe('batchGet', () => {
  test('requests at most 100 keys at once', async () => {
    const { db, stub } = await stubbed((_number, request) => firstOnly(request, 100));
    const found = await db.batchGet('table', someKeys(250));
    expect(found).toHaveLength(250);
    expect(found).toEqual(expect.arrayContaining(someKeys(250)));
    expect(stub.requests.map((request) => keysIn(request).length).sort()).toEqual([100, 100, 50]);
  });

  test('makes 16 requests at once', async () => {
    const held: (() => void)[] = [];
    const mostHeld: number[] = [];
    const { db } = await stubbed((number, request) => (response) => {
      mostHeld.push(held.push(() => firstOnly(request, 100)(response)));
      if (number >= 15) for (const answer of held.splice(0)) answer();
    });
    expect(await db.batchGet('table', someKeys(2000))).toHaveLength(2000);
    expect(Math.max(...mostHeld)).toBe(16);
  });

  test('makes no further requests after one that is refused', async () => {
    const refused = fault(400, 'ResourceNotFoundException');
    const { db, stub } = await stubbed(() => refused);
    const { fault: reported } = await faultOf(db.batchGet('table', someKeys(3000)));
    expect(reported).toBe('Refused');
    expect(stub.requests.length).toBeLessThanOrEqual(16);
  });

  test('requests keys again that were not processed, each as often as it takes', async () => {
    const { db, stub } = await stubbed((_number, request) => firstOnly(request, 30));
    const found = await db.batchGet('table', someKeys(130));
    expect(found).toHaveLength(130);
    expect(found).toEqual(expect.arrayContaining(someKeys(130)));
    expect(stub.requests.length).toBeGreaterThanOrEqual(5);
  });

  test('continues after a response that had nothing processed', async () => {
    const { db, stub } = await stubbed((number, request) => firstOnly(request, number < 2 ? 0 : 100));
    expect(await db.batchGet('table', someKeys(3))).toEqual(someKeys(3));
    expect(stub.requests).toHaveLength(3);
  });

  test.concurrent('gives up as unavailable if nothing is ever processed', async () => {
    const { db, stub } = await stubbed((_number, request) => firstOnly(request, 0));
    const { fault, after } = await faultOf(db.batchGet('table', someKeys(3)));
    expect(fault).toBe('Unavailable');
    expect(after).toBeLessThan(BUDGET_MS);
    expect(stub.requests).toHaveLength(ATTEMPTS);
  });

  test.concurrent('gives up only after several answers in a row that had nothing processed', async () => {
    // Every other answer processes one key. There are five empty answers, but never two in a row.
    const { db } = await stubbed((number, request) => firstOnly(request, number % 2));
    expect(await db.batchGet('table', someKeys(6))).toEqual(someKeys(6));
  });
});

describe('On the wire', () => {
  const ANSWERS: Readonly<Record<string, object>> = {
    Query: { Items: [], Count: 0 },
    BatchGetItem: { Responses: { table: [] } },
    UpdateItem: { Attributes: {} },
  };
  const answering = () => stubbed((_number, { operation }) => ok(ANSWERS[operation] ?? {}));

  test.each<[string, (db: DynamoDb) => Promise<unknown>, (body: JsonObject) => Json | undefined]>([
    ['get', (db) => db.get('table', key), (body) => body.ConsistentRead],
    ['query', (db) => db.query('table', { name: 'pk', value: 'a' }), (body) => body.ConsistentRead],
    [
      'queryPage',
      (db) => db.queryPage('table', { name: 'pk', value: 'a' }, { limit: 1 }),
      (body) => body.ConsistentRead,
    ],
    ['count', (db) => db.count('table', { name: 'pk', value: 'a' }), (body) => body.ConsistentRead],
    [
      'batchGet',
      (db) => db.batchGet('table', [key]),
      ({ RequestItems }) => (RequestItems as { table: JsonObject }).table.ConsistentRead,
    ],
  ])('%s reads strongly consistently', async (_method, use, isConsistent) => {
    const { db, stub } = await answering();
    await use(db);
    expect(stub.requests.map(({ body }) => isConsistent(body))).toEqual([true]);
  });

  test('the consumed capacity is not requested without a listener', async () => {
    const { db, stub } = await answering();
    await db.put('table', key);
    expect(stub.requests.map(({ body }) => body.ReturnConsumedCapacity)).toEqual([undefined]);
  });
});

describe('A core whose DynamoDB', () => {
  const coreOn = (db: DynamoDb) => makeTestCore(createDynamoDbStore(db, tableNames('test', 'stub')));

  test.concurrent('is unavailable answers 503, and /hello 500', async () => {
    const { db } = await stubbed(() => fault(400, 'ThrottlingException'));
    const core = coreOn(db);
    const answers = ['/recipe/session?sessionHandle=a', '/hello'].map((path) => core.ask(path));
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([503, 500]);
  });

  test('rejects it answers 500, and reports why to its operator', async () => {
    const { db } = await stubbed(() => fault(400, 'AccessDeniedException', 'not you'));
    const core = coreOn(db);
    await expect(createSession(core)).rejects.toThrow();
    expect(await core.ask('/recipe/session?sessionHandle=a')).toMatchObject({ status: 500 });
    expect(core.events.at(-1)).toMatchObject({
      event: 'CoreRequestFailed',
      error: { message: expect.stringContaining('not you') },
    });
  });
});

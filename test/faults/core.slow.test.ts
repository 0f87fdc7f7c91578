import { createDynamoDbStore } from '../../lib/core/store/dynamodb/index.ts';
import { LOCAL_REGION } from '../../lib/dev/dynamodb.ts';
import { createDynamoDb } from '../../lib/dynamodb/client.ts';
import { withinBudget } from '../../lib/dynamodb/time-budget.ts';
import { createSession, revokeAllOf, sessionsOf } from '../fixtures/cdi-session.ts';
import {
  connectTestDatabase,
  makeTestCore,
  startTestDatabase,
  type TestCore,
  type TestDatabase,
} from '../fixtures/core.ts';
import { type Exchange, type FaultyProxy, partially, pass, startFaultyProxy } from '../fixtures/faulty-proxy.ts';
import { auditSessions } from '../fixtures/session-audit.ts';
import { someUser } from '../fixtures/session-row.ts';
import { pausingDb } from '../fixtures/store-wrappers.ts';
import { CONFIG, LISTING, OPERATIONS, type Operation, type World } from './core-operations.ts';
import { BUDGET, LASTING, MAX_SENDS, type NamedFault, PASSING, SLACK, STOPPING, sendsOfOne } from './faults.ts';
import { createPool } from './pool.ts';

const pool = createPool(24);

let server: TestDatabase;
/** A core that nothing is wrong with. */
let healthy: TestCore;
beforeAll(async () => {
  server = await startTestDatabase();
  healthy = makeTestCore(server.store, CONFIG);
  await createSession(healthy);
  pool.begin();
});
afterAll(async () => {
  await pool.stop();
  await server.stop();
});

/** The operation's processes reach DynamoDB through a proxy of their own. */
async function makeWorld({ hasOwnTables }: Operation, proxy: FaultyProxy): Promise<World> {
  const database = hasOwnTables ? await connectTestDatabase(server.endpoint) : server;
  const db = createDynamoDb({ endpoint: proxy.endpoint, region: LOCAL_REGION });
  const store = createDynamoDbStore(db, database.tables);
  return {
    store: database.store,
    healthy: database === server ? healthy : makeTestCore(database.store, CONFIG),
    async process(isWarm, config, clock) {
      const core = makeTestCore(store, { ...CONFIG, ...config }, clock);
      if (isWarm) await core.core.readKeys();
      return core;
    },
  };
}

interface Met {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly elapsed: number;
  /** How often one and the same request was sent, at the most. */
  readonly sends: number;
}

/** Does the operation while the fault is there, and again if it failed; checks the state after both. */
async function meet(operation: Operation, { fault }: NamedFault, budget: number): Promise<Met> {
  const proxy = await startFaultyProxy(server.endpoint);
  try {
    const attempt = await operation.prepare(await makeWorld(operation, proxy));
    proxy.begin(fault);
    const start = performance.now();
    const answer = await withinBudget(budget, () => attempt.ask());
    const elapsed = performance.now() - start;
    const sends = sendsOfOne(proxy.requests);
    await proxy.end();
    if (answer.status === 200) await attempt.expectDone(answer);
    else await retry(attempt);
    return { status: answer.status, retryAfter: answer.headers['retry-after'], elapsed, sends };
  } finally {
    await proxy.stop();
  }
}

async function retry(attempt: Awaited<ReturnType<Operation['prepare']>>): Promise<void> {
  await attempt.expectWhole();
  const answer = await attempt.ask();
  expect(answer).toMatchObject({ status: 200 });
  await attempt.expectDone(answer);
}

describe.each(PASSING)('$name:', (fault) => {
  const met = pool.forAll(OPERATIONS, (operation) => meet(operation, fault, BUDGET.passing));

  test.each(OPERATIONS)('$name succeeds', async (operation) => {
    const { status, elapsed } = await met(operation);
    expect(status).toBe(200);
    expect(elapsed).toBeLessThan(BUDGET.passing + SLACK);
  });
});

describe.each(LASTING)('$name:', (fault) => {
  const met = pool.forAll(OPERATIONS, (operation) => meet(operation, fault, BUDGET.lasting));

  test.each(OPERATIONS)('$name is 503 in time, tried a few times, and a retry succeeds', async (operation) => {
    const { status, retryAfter, elapsed, sends } = await met(operation);
    expect({ status, retryAfter }).toEqual({ status: 503, retryAfter: '1' });
    expect(elapsed).toBeLessThan(BUDGET.lasting + SLACK);
    expect(sends).toBeLessThanOrEqual(MAX_SENDS);
  });
});

describe.each(STOPPING)('$name:', (fault) => {
  const met = pool.forAll(OPERATIONS, (operation) => meet(operation, fault, BUDGET.lasting));

  test.each(OPERATIONS)('$name is done wholly or not at all, and a retry succeeds', async (operation) => {
    const { status, elapsed, sends } = await met(operation);
    expect([200, 503]).toContain(status);
    expect(elapsed).toBeLessThan(BUDGET.lasting + SLACK);
    expect(sends).toBeLessThanOrEqual(MAX_SENDS);
  });
});

test('listing is 503 in time while of a batch nothing is ever processed, and not a list of what was', async () => {
  const [listing] = OPERATIONS.filter(({ name }) => name === LISTING);
  if (listing === undefined) throw new Error('There is no such operation');
  const fault = { name: 'nothing processed', fault: partially(0) };
  const { status, retryAfter, elapsed, sends } = await meet(listing, fault, BUDGET.lasting);
  expect({ status, retryAfter }).toEqual({ status: 503, retryAfter: '1' });
  expect(elapsed).toBeLessThan(BUDGET.lasting + SLACK);
  expect(sends).toBeLessThanOrEqual(MAX_SENDS);
});

/** Whether it puts a session's own item, or the one that lists it. */
const puts = ({ operation, body }: Exchange, what: 'row' | 'index item'): boolean => {
  const isRow = JSON.stringify(body.Item ?? {}).includes('"sk":{"S":"session"}');
  return operation === 'PutItem' && isRow === (what === 'row');
};

test('a session whose row was put, answered to nobody and revoked with all others comes back listed, if it does', async () => {
  const userId = someUser();
  const proxy = await startFaultyProxy(server.endpoint);
  const core = await coreBehind(proxy);
  let rows = 0;
  proxy.begin(async (exchange) => {
    if (!puts(exchange, 'row') || ++rows > 1) return pass(exchange);
    await exchange.forward();
    expect(await revokeAllOf(healthy, userId)).toMatchObject({ sessionHandlesRevoked: [expect.any(String)] });
    exchange.response.destroy();
  });
  const { handle } = await createSession(core, { userId });
  expect(await sessionsOf(healthy, userId)).toEqual([handle]);
  expect(await revokeAllOf(healthy, userId)).toMatchObject({ sessionHandlesRevoked: [handle] });
  expect(await server.store.sessions.get(handle)).toBeUndefined();
  await proxy.stop();
});

test('so it does if it is being revoked just then: its row is gone, and its index item is about to go', async () => {
  const userId = someUser();
  const proxy = await startFaultyProxy(server.endpoint);
  const core = await coreBehind(proxy);
  const slow = pausingDb(server.db, ({ operation, pk }) => operation === 'delete' && pk === `user#${userId}`);
  const revoker = makeTestCore(createDynamoDbStore(slow.db, server.tables), CONFIG);
  let [rows, indexItems] = [0, 0];
  let revocation: Promise<unknown> | undefined;
  proxy.begin(async (exchange) => {
    if (puts(exchange, 'row') && ++rows === 1) {
      await exchange.forward();
      revocation = revokeAllOf(revoker, userId);
      await slow.reached;
      return void exchange.response.destroy();
    }
    if (!puts(exchange, 'index item') || ++indexItems === 1) return pass(exchange);
    const answer = await exchange.forward();
    slow.resume();
    await revocation;
    exchange.response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  const { handle } = await createSession(core, { userId });
  await revocation;
  expect(await sessionsOf(healthy, userId)).toEqual([handle]);
  expect(await revokeAllOf(healthy, userId)).toMatchObject({ sessionHandlesRevoked: [handle] });
  expect(await server.store.sessions.get(handle)).toBeUndefined();
  await proxy.stop();
});

/** A process that knows the keys. */
async function coreBehind(proxy: FaultyProxy): Promise<TestCore> {
  const db = createDynamoDb({ endpoint: proxy.endpoint, region: LOCAL_REGION });
  const core = makeTestCore(createDynamoDbStore(db, server.tables), CONFIG);
  await core.core.readKeys();
  return core;
}

test('after all of it every session there is stands in the index of its user', async () => {
  await pool.idle();
  const { rows, unlisted } = await auditSessions(server);
  expect(rows.length).toBeGreaterThan(100);
  expect(unlisted).toEqual([]);
});

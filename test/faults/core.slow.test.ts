import { createDynamoDbStore } from '../../lib/core/store/dynamodb/index.ts';
import { LOCAL_REGION } from '../../lib/dev/dynamodb.ts';
import { createDynamoDb } from '../../lib/dynamodb/client.ts';
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
import { BUDGET, MAX_SENDS, type NamedFault, SLACK } from './faults.ts';
import { describeFaults, meetFault } from './meet.ts';
import { createPool } from './pool.ts';

const pool = createPool(12);

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

const meet = (operation: Operation, fault: NamedFault, budget: number) =>
  meetFault(server.endpoint, async (proxy) => operation.prepare(await makeWorld(operation, proxy)), fault, budget);

describeFaults(pool, OPERATIONS, meet);

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

test('a session whose row was put without a response, and revoked with all others, is listed if it comes back', async () => {
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

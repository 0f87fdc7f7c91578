import { LOCAL_REGION } from '../../lib/dev/dynamodb.ts';
import { createDynamoDb } from '../../lib/dynamodb/client.ts';
import { ManualClock, startTestDatabase, storesOn, type TestDatabase } from '../fixtures/core.ts';
import type { FaultyProxy } from '../fixtures/faulty-proxy.ts';
import { makeUserCore } from '../fixtures/user-core.ts';
import { LASTING_EFFECTS } from './faults.ts';
import { LINK_OPERATIONS } from './link-operations.ts';
import { LOGIN_OPERATIONS } from './login-operations.ts';
import { describeFaults, meetFault } from './meet.ts';
import { OPERATIONS_THAT_REPORT } from './operations-that-report.ts';
import { createPool } from './pool.ts';
import { USER_OPERATIONS, type UserWorld } from './user-operations.ts';

const pool = createPool(12);

let server: TestDatabase;
beforeAll(async () => {
  server = await startTestDatabase();
  // The keys are made once: no operation is about them.
  await makeUserCore(server).core.readKeys();
  pool.begin();
});
afterAll(async () => {
  await pool.stop();
  await server.stop();
});

let worlds = 0;

/** Two processes that share a clock, one of which reaches DynamoDB through the proxy. No two worlds have the same time. */
function makeWorld(proxy: FaultyProxy): UserWorld {
  const clock = new ManualClock();
  // A read of a page backwards reads all users of one moment.
  clock.advance(++worlds);
  const db = createDynamoDb({ endpoint: proxy.endpoint, region: LOCAL_REGION });
  return { healthy: makeUserCore(server, { clock }), faulty: makeUserCore(storesOn(db, server.tables), { clock }) };
}

describeFaults(
  pool,
  [...USER_OPERATIONS, ...LOGIN_OPERATIONS, ...LINK_OPERATIONS, ...OPERATIONS_THAT_REPORT],
  ({ prepare }, fault, budget) => meetFault(server.endpoint, (proxy) => prepare(makeWorld(proxy)), fault, budget),
  // Operations on sessions meet the other faults too: faults/core.slow.test.ts.
  LASTING_EFFECTS,
);

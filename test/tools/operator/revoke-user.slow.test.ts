import { createDynamoDbStore } from '../../../lib/core/store/dynamodb/index.ts';
import type { SessionHandle, UserId } from '../../../lib/core/types.ts';
import { createTables, LOCAL_REGION, startEmbeddedDynamoDb } from '../../../lib/dev/dynamodb.ts';
import { serviceName } from '../../../lib/dev/service.ts';
import { tableNames } from '../../../lib/dev/tables.ts';
import { createDynamoDb } from '../../../lib/dynamodb/client.ts';
import { sessionsCommand } from '../../../lib/tools/operator/sessions-command.ts';
import type { TestDatabase } from '../../fixtures/core.ts';
import { before, type Fault, type FaultyProxy, pass, startFaultyProxy } from '../../fixtures/faulty-proxy.ts';
import { seedUser } from '../../fixtures/seeded-user.ts';
import { fault } from '../../fixtures/stub-dynamodb.ts';
import { typed } from '../../fixtures/typed-terminal.ts';

let database: Pick<TestDatabase, 'endpoint' | 'db' | 'tables' | 'store' | 'stop'>;
let proxy: FaultyProxy;

beforeAll(async () => {
  const { endpoint, stop } = await startEmbeddedDynamoDb();
  const tables = tableNames(await serviceName(), 'dev');
  await createTables(endpoint, tables);
  const db = createDynamoDb({ endpoint, region: LOCAL_REGION });
  database = { endpoint, db, tables, store: createDynamoDbStore(db, tables), stop };
  proxy = await startFaultyProxy(endpoint);
});
afterAll(async () => {
  await proxy?.stop();
  await database?.stop();
});

/** DynamoDB does not delete that session's row, so many times. */
function failing(handle: SessionHandle, times: number): Fault {
  let failures = 0;
  return (exchange) => {
    const { pk } = (exchange.body.Key ?? {}) as { pk?: { S: string } };
    const isIt = exchange.operation === 'DeleteItem' && pk?.S === `session#${handle}`;
    if (!isIt || failures >= times) return pass(exchange);
    failures += 1;
    return before(fault(500, 'InternalServerError'))(exchange);
  };
}

const liveOf = (userId: string) => database.store.sessions.list(userId as UserId, Date.now());
const run = (...args: string[]) => typed(sessionsCommand({}), [...args, '--endpoint', proxy.endpoint]);

test('revoke-all reports its progress, and continues after DynamoDB has failed', async () => {
  const rows = await seedUser(database, 'ann', 1200);
  // One call and its retries are five attempts: the first two passes fail.
  proxy.begin(failing(rows[0]?.handle as SessionHandle, 10));
  const { code, output, errors } = await run('revoke-all', 'ann');
  expect(code).toBe(0);
  // A deletion that was retried because its response came too late is not counted.
  expect(output).toMatch(/^Revoked: 1[12]\d\d of ann in /);
  expect(errors).toMatch(/^1000 so far$/m);
  expect(await liveOf('ann')).toEqual([]);
});

test('a revoke-all that gives up says how many it has revoked, and a repeated one does the rest', async () => {
  const rows = await seedUser(database, 'bob', 120);
  const stubborn = rows[0]?.handle as SessionHandle;
  proxy.begin(failing(stubborn, Number.POSITIVE_INFINITY));
  const failed = await run('revoke-all', 'bob');
  expect({ code: failed.code, output: failed.output }).toEqual({ code: 1, output: '' });
  expect(failed.errors).toMatch(/^1[01]\d so far$/m);
  expect(await liveOf('bob')).toEqual([stubborn]);
  await proxy.end();
  expect(await run('revoke-all', 'bob')).toMatchObject({
    code: 0,
    output: expect.stringContaining('Revoked: 1 of bob'),
  });
}, 300_000);

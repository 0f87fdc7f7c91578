import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { type FaultyProxy, late, startFaultyProxy } from '../fixtures/faulty-proxy.ts';
import { bodyOf, invoke, sessionEnvironment, startFunction } from '../fixtures/lambda.ts';

let database: TestDatabase;
let proxy: FaultyProxy;
beforeAll(async () => {
  database = await startTestDatabase();
  proxy = await startFaultyProxy(database.endpoint);
});
afterAll(async () => {
  await proxy?.stop();
  await database?.stop();
});

test('the first JWKS request of a new stage waits for the first keys, though they take longer than the start may', async () => {
  // The first keys take at least three calls, and the function's start gives up after a second.
  proxy.begin(late(400));
  const { handler } = await startFunction(
    sessionEnvironment(proxy.endpoint, database.tables),
    () => import('../../handlers/auth.ts'),
  );
  const answer = await invoke(handler, 'GET', '/auth/jwt/jwks.json');
  expect(answer.statusCode).toBe(200);
  expect(bodyOf(answer).keys).toHaveLength(1);
  await proxy.end();
});

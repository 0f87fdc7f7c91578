import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { lambdaContext, startFunction } from '../fixtures/lambda.ts';
import { startRecordingProxy } from '../fixtures/recording-proxy.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

test('the scheduled function makes and publishes the first key, no static one, and needs no session table', async () => {
  const { keys, publishedKeys } = database.tables;
  const environment = { DYNAMODB_ENDPOINT: database.endpoint, KEYS_TABLE: keys, PUBLISHED_KEYS_TABLE: publishedKeys };
  const { handler } = await startFunction(environment, () => import('../../handlers/rotate-keys.ts'));
  expect(await handler({ source: 'aws.events' }, lambdaContext)).toEqual({ done: true });
  const keyring = await database.store.keyring.read();
  const published = await database.store.publishedKeys.read();
  expect(keyring?.dynamicKeys).toHaveLength(1);
  expect(published?.keys.map(({ jwk }) => jwk.kid)).toEqual([keyring?.dynamicKeys[0]?.kid]);
});

test('a run in which no key is due reads each table once and writes nothing, as docs/deploying.md counts its cost', async () => {
  const proxy = await startRecordingProxy(database.endpoint);
  const { keys, publishedKeys } = database.tables;
  const environment = { DYNAMODB_ENDPOINT: proxy.endpoint, KEYS_TABLE: keys, PUBLISHED_KEYS_TABLE: publishedKeys };
  try {
    const { handler } = await startFunction(environment, () => import('../../handlers/rotate-keys.ts'));
    await handler({ source: 'aws.events' }, lambdaContext);
    expect(proxy.calls).toEqual([keys, publishedKeys].map((table) => ({ operation: 'GetItem', table })));
  } finally {
    await proxy.stop();
  }
});

test.each(['KEYS_TABLE', 'PUBLISHED_KEYS_TABLE'])(
  'it fails if the table in %s cannot be used, so that its alarm fires',
  async (variable) => {
    const { keys, publishedKeys } = database.tables;
    const environment = { DYNAMODB_ENDPOINT: database.endpoint, KEYS_TABLE: keys, PUBLISHED_KEYS_TABLE: publishedKeys };
    const broken = { ...environment, [variable]: 'no-such-table' };
    const { handler } = await startFunction(broken, () => import('../../handlers/rotate-keys.ts'));
    await expect(handler({ source: 'aws.events' }, lambdaContext)).rejects.toThrow();
  },
);

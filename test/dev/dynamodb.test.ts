import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createTables, type EmbeddedDynamoDb, LOCAL_REGION, startEmbeddedDynamoDb } from '../../lib/dev/dynamodb.ts';
import { createDynamoDb } from '../../lib/dynamodb/client.ts';

let folder: string;
let database: EmbeddedDynamoDb;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dynamodb-'));
  database = await startEmbeddedDynamoDb({ folder });
  await createTables(database.endpoint, { users: 'users' });
});
afterAll(async () => {
  await database.stop();
  await rm(folder, { recursive: true, force: true });
});

type Headers = Readonly<Record<string, string>>;

/** Signed as AWS's clients sign, with a signature of no meaning: the access key id alone counts. */
const signedBy = (accessKeyId: string): Headers => ({
  authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20261128/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=00`,
  'x-amz-date': '20261128T000000Z',
});

/** Lists the tables, as a program or a page on this machine would that has found the port. */
async function listTables(headers: Headers, method = 'POST') {
  const { hostname, port } = new URL(database.endpoint);
  const own = { 'x-amz-target': 'DynamoDB_20120810.ListTables', 'content-type': 'application/x-amz-json-1.0' };
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; allowed: unknown; body: string }>();
  request({ hostname, port, method, headers: { ...own, ...headers } }, (answer) => {
    const { statusCode: status = 0, headers: answered } = answer;
    text(answer).then((body) => resolve({ status, allowed: answered['access-control-allow-origin'], body }), reject);
  })
    .on('error', reject)
    .end(method === 'POST' ? '{}' : undefined);
  return promise;
}

const ownKey = () => new URL(database.endpoint).username;

test('any process with the endpoint can use it', async () => {
  const db = createDynamoDb({ endpoint: database.endpoint, region: LOCAL_REGION });
  await db.put('users', { pk: 'a' });
  expect(await db.get('users', { pk: 'a' })).toEqual({ pk: 'a' });
  expect(await listTables(signedBy(ownKey()))).toMatchObject({ status: 200, body: '{"TableNames":["users"]}' });
});

test.each(['local', 'AKIAIOSFODNN7EXAMPLE', 'x'])(
  'requests that the access key id %s has signed are rejected',
  async (key) => {
    const { status, body } = await listTables(signedBy(key));
    expect([status, body]).toEqual([400, expect.stringContaining('UnrecognizedClientException')]);
  },
);

test('requests without a signature are rejected', async () => {
  expect(await listTables({})).toMatchObject({ status: 400, body: expect.not.stringContaining('users') });
});

test.each(['POST', 'OPTIONS', 'GET'])('a page gets 403 for %s, and no CORS header', async (method) => {
  const headers = { origin: 'https://evil.example', 'access-control-request-headers': 'authorization' };
  const answer = await listTables({ ...signedBy(ownKey()), ...headers }, method);
  expect(answer).toMatchObject({ status: 403, allowed: undefined, body: expect.not.stringContaining('users') });
});

test('a client that breaks off in the middle of its request ends nothing but its own connection', async () => {
  const { hostname, port } = new URL(database.endpoint);
  const headers = { ...signedBy(ownKey()), expect: '100-continue', 'content-length': '100' };
  const sending = request({ hostname, port, method: 'POST', headers }).on('error', () => undefined);
  sending.flushHeaders();
  // The server now reads the body.
  await once(sending, 'continue');
  sending.write('{');
  await new Promise((resolve) => sending.on('close', resolve).destroy());
  expect(await listTables(signedBy(ownKey()))).toMatchObject({ status: 200 });
});

test('a page whose domain points to this machine gets 403', async () => {
  expect(await listTables({ ...signedBy(ownKey()), host: 'evil.example' })).toMatchObject({ status: 403 });
});

test('the lock, which holds the access key id, can be read by its owner alone', async () => {
  expect(await readFile(join(folder, 'lock'), 'utf8')).toContain(ownKey());
  expect((await stat(join(folder, 'lock'))).mode & 0o077).toBe(0);
});

test('each start has an access key id of its own', async () => {
  const other = await startEmbeddedDynamoDb();
  expect(new URL(other.endpoint).username).not.toBe(ownKey());
  await other.stop();
});

import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SECRET_MAX_AGE, secretsManager } from '../../lib/secrets/secrets-manager.ts';

let server: Server;
let endpoint: string;
let answers: { status: number; body: object }[];
let received: { request: IncomingMessage; body: string }[];
let now: number;

const secret = (value: unknown) => ({ status: 200, body: { SecretString: JSON.stringify(value) } });
const failure = (status: number, type: string) => ({ status, body: { __type: type, message: 'because' } });

beforeAll(async () => {
  server = createServer(async (request, response) => {
    received.push({ request, body: await text(request) });
    // The last answer stays.
    const { status, body } = (answers.length > 1 ? answers.shift() : answers[0]) ?? failure(500, 'NoAnswer');
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server?.closeAllConnections();
  server?.close();
});
beforeEach(() => {
  received = [];
  now = 1_000_000;
});

const reader = (name = 'app/sign-in') =>
  secretsManager({
    name,
    region: 'eu-west-1',
    clock: () => now,
    endpoint,
    credentials: async () => ({ accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'token' }),
  });

test('reads the secret as GetSecretValue returns it, by a signed request', async () => {
  answers = [secret({ google: 'abc' })];
  expect(await reader()()).toEqual({ google: 'abc' });
  expect(received).toHaveLength(1);
  const { headers, method, url } = received[0]?.request ?? fail();
  expect([method, url, received[0]?.body]).toEqual(['POST', '/', '{"SecretId":"app/sign-in"}']);
  expect(headers).toMatchObject({
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'secretsmanager.GetSecretValue',
    'x-amz-security-token': 'token',
  });
  expect(headers.authorization).toMatch(/Credential=AKID\/\d{8}\/eu-west-1\/secretsmanager\/aws4_request/);
});

test('keeps the secret for five minutes, and then sees a new one', async () => {
  answers = [secret({ google: 'old' })];
  const read = reader();
  await read();
  answers = [secret({ google: 'new' })];
  now += SECRET_MAX_AGE - 1;
  expect(await read()).toEqual({ google: 'old' });
  now += 1;
  expect(await read()).toEqual({ google: 'new' });
  expect(received).toHaveLength(2);
});

test('keeps using the known secret if a later reading fails', async () => {
  answers = [secret({ google: 'abc' })];
  const read = reader();
  await read();
  answers = [failure(400, 'AccessDeniedException')];
  now += SECRET_MAX_AGE;
  expect(await read()).toEqual({ google: 'abc' });
});

test.each([
  [500, 'InternalServiceError'],
  [400, 'ThrottlingException'],
])('retries after %i %s', async (status, type) => {
  answers = [failure(status, type), secret({ google: 'abc' })];
  expect(await reader()()).toEqual({ google: 'abc' });
  expect(received).toHaveLength(2);
});

test.each(['AccessDeniedException', 'ResourceNotFoundException'])(
  'does not retry after %s, and names it',
  async (type) => {
    answers = [failure(400, type)];
    const reading = reader()();
    await expect(reading).rejects.toMatchObject({ name: 'SecretUnavailable', message: expect.stringContaining(type) });
    expect(received).toHaveLength(1);
  },
);

test('reads again after a first reading that failed', async () => {
  answers = [failure(400, 'AccessDeniedException')];
  const read = reader();
  await expect(read()).rejects.toThrow('app/sign-in');
  answers = [secret({ google: 'abc' })];
  expect(await read()).toEqual({ google: 'abc' });
});

test.each([
  ['no JSON', { SecretString: 'hunter2' }],
  ['a list', { SecretString: '["hunter2"]' }],
  ['something other than texts', { SecretString: '{"google":{"secret":"hunter2"}}' }],
  ['binary', { SecretBinary: 'aHVudGVyMg==' }],
])('refuses a secret that is %s, without quoting it', async (_what, body) => {
  answers = [{ status: 200, body }];
  const error = await reader()().catch((caught: unknown) => caught);
  expect(error).toMatchObject({ name: 'SecretUnavailable' });
  expect(JSON.stringify(error) + String(error)).not.toMatch(/hunter2|aHVudGVyMg/);
});

function fail(): never {
  throw new Error('No request came');
}

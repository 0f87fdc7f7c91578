import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { readAwsCredentials } from '../../lib/config/aws-credentials.ts';
import { connectionTo } from '../../lib/dynamodb/connection.ts';
import { createExchange } from '../../lib/dynamodb/exchange.ts';
import { listenOnLoopback } from '../fixtures/loopback.ts';

interface Reply {
  readonly status: number;
  readonly body: object;
}
const ok: Reply = { status: 200, body: {} };
const refusal = (code: string): Reply => ({ status: 400, body: { __type: `com.amazon.coral.service#${code}` } });

const servers: Server[] = [];
afterAll(() => servers.map((server) => server.close(() => undefined).closeAllConnections()));

/** Starts a DynamoDB that replies as listed, and a client whose credentials a test can change. */
async function startExchange(...replies: readonly Reply[]) {
  const heard: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    const { status, body } = replies[heard.push(request.headers) - 1] ?? ok;
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
  });
  servers.push(server);
  const url = new URL(`http://127.0.0.1:${await listenOnLoopback(server)}`);
  const credentials = jest.fn(async () => ({ accessKeyId: 'ID', secretAccessKey: 'secret', sessionToken: 'token' }));
  const exchange = createExchange({ url, region: 'eu-west-1', credentials });
  return { heard, credentials, call: () => exchange('GetItem', { text: 'Ünï' }, 5000) };
}

test.each(['ExpiredTokenException', 'UnrecognizedClientException'])(
  'after %s the next call reads the credentials again, as a server that runs for days must',
  async (code) => {
    const { call, credentials } = await startExchange(refusal(code), ok, ok);
    await expect(call()).rejects.toMatchObject({ statusCode: 400, code });
    await expect(call()).resolves.toEqual({});
    await call();
    expect(credentials.mock.calls).toEqual([[undefined], [{ forceRefresh: true }], [undefined]]);
  },
);

test('any other refusal keeps the credentials', async () => {
  const { call, credentials } = await startExchange(refusal('ResourceNotFoundException'));
  await expect(call()).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
  await call();
  expect(credentials.mock.calls).toEqual([[undefined], [undefined]]);
});

test('credentials that could not be found are looked for again', async () => {
  const { call, credentials } = await startExchange();
  credentials.mockRejectedValueOnce(new Error('no credentials'));
  await expect(call()).rejects.toThrow('no credentials');
  await expect(call()).resolves.toEqual({});
});

test('credentials that a provider has replaced sign the next request', async () => {
  const { call, credentials, heard } = await startExchange();
  await call();
  credentials.mockResolvedValueOnce({ accessKeyId: 'NEXT', secretAccessKey: 'secret', sessionToken: 'next' });
  await call();
  expect(heard.map(({ authorization }) => /Credential=(\w+)/.exec(String(authorization))?.[1])).toEqual(['ID', 'NEXT']);
  expect(heard.map((headers) => headers['x-amz-security-token'])).toEqual(['token', 'next']);
});

test('a request is signed for its region, with the session token that Lambda gives', async () => {
  const { call, heard } = await startExchange();
  await call();
  expect(heard[0]).toMatchObject({
    'x-amz-security-token': 'token',
    'x-amz-target': 'DynamoDB_20120810.GetItem',
    authorization: expect.stringMatching(/^AWS4-HMAC-SHA256 Credential=ID\/\d{8}\/eu-west-1\/dynamodb\/aws4_request, /),
  });
  expect(heard[0]?.authorization).toContain('SignedHeaders=content-length;content-type;host;x-amz-date;x-amz-security');
});

test('requests one after another share a connection', async () => {
  const { call } = await startExchange();
  const accepted = jest.fn();
  servers.at(-1)?.on('connection', accepted);
  for (const _ of [1, 2, 3]) await call();
  expect(accepted).toHaveBeenCalledTimes(1);
});

describe('credentials come', () => {
  const given = { accessKeyId: 'given', secretAccessKey: 'given' };
  const from = (endpoint?: string) =>
    connectionTo({ region: 'eu-west-1', endpoint, credentials: async () => given }).credentials();

  test('from the endpoint, which may hold them', async () => {
    expect(await from('http://ID:secret@db.example.com')).toEqual({ accessKeyId: 'ID', secretAccessKey: 'secret' });
  });

  test.each(['localhost', '127.0.0.1', '[::1]'])('from nowhere for %s, where any are good', async (host) => {
    expect(await from(`http://${host}:8000`)).toEqual({ accessKeyId: 'local', secretAccessKey: 'local' });
  });

  test("from the caller's provider for any other endpoint, and for AWS", async () => {
    expect(await from('http://db.example.com')).toEqual(given);
    expect(await from()).toEqual(given);
  });

  test('from the environment, as Lambda sets it', () => {
    const environment = { AWS_ACCESS_KEY_ID: 'ID', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'token' };
    expect(readAwsCredentials(environment)).toEqual({
      accessKeyId: 'ID',
      secretAccessKey: 'secret',
      sessionToken: 'token',
    });
    expect(readAwsCredentials({ ...environment, AWS_SESSION_TOKEN: '' }).sessionToken).toBeUndefined();
    expect(() => readAwsCredentials({ AWS_ACCESS_KEY_ID: 'ID' })).toThrow('The environment has no AWS credentials');
  });
});

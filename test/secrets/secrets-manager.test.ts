import { SECRET_MAX_AGE, secretsManager } from '../../lib/secrets/secrets-manager.ts';
import { type StubAws, startStubAws } from '../fixtures/stub-aws.ts';

let aws: StubAws;
let now: number;

const secret = (value: unknown) => ({ status: 200, body: { SecretString: JSON.stringify(value) } });
const failure = (status: number, type: string) => ({ status, body: { __type: type, message: 'because' } });

beforeAll(async () => {
  aws = await startStubAws();
});
afterAll(() => aws?.stop());
beforeEach(() => {
  aws.received = [];
  now = 1_000_000;
});

const reader = (name = 'app/sign-in') =>
  secretsManager({
    name,
    region: 'eu-west-1',
    clock: () => now,
    endpoint: aws.endpoint,
    credentials: async () => ({ accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'token' }),
  });

test('reads the secret as GetSecretValue returns it, by a signed request', async () => {
  aws.answers = [secret({ google: 'abc' })];
  expect(await reader()()).toEqual({ google: 'abc' });
  expect(aws.received).toHaveLength(1);
  const { headers, method, url, body } = aws.first();
  expect([method, url, body]).toEqual(['POST', '/', '{"SecretId":"app/sign-in"}']);
  expect(headers).toMatchObject({
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'secretsmanager.GetSecretValue',
    'x-amz-security-token': 'token',
  });
  expect(headers.authorization).toMatch(/Credential=AKID\/\d{8}\/eu-west-1\/secretsmanager\/aws4_request/);
});

test('keeps the secret for five minutes, and then sees a new one', async () => {
  aws.answers = [secret({ google: 'old' })];
  const read = reader();
  await read();
  aws.answers = [secret({ google: 'new' })];
  now += SECRET_MAX_AGE - 1;
  expect(await read()).toEqual({ google: 'old' });
  now += 1;
  expect(await read()).toEqual({ google: 'new' });
  expect(aws.received).toHaveLength(2);
});

test('keeps using the known secret if a later reading fails', async () => {
  aws.answers = [secret({ google: 'abc' })];
  const read = reader();
  await read();
  aws.answers = [failure(400, 'AccessDeniedException')];
  now += SECRET_MAX_AGE;
  expect(await read()).toEqual({ google: 'abc' });
});

test.each([
  [500, 'InternalServiceError'],
  [400, 'ThrottlingException'],
])('retries after %i %s', async (status, type) => {
  aws.answers = [failure(status, type), secret({ google: 'abc' })];
  expect(await reader()()).toEqual({ google: 'abc' });
  expect(aws.received).toHaveLength(2);
});

test.each(['AccessDeniedException', 'ResourceNotFoundException'])(
  'does not retry after %s, and names it',
  async (type) => {
    aws.answers = [failure(400, type)];
    const reading = reader()();
    await expect(reading).rejects.toMatchObject({ name: 'SecretUnavailable', message: expect.stringContaining(type) });
    expect(aws.received).toHaveLength(1);
  },
);

test('reads again after a first reading that failed', async () => {
  aws.answers = [failure(400, 'AccessDeniedException')];
  const read = reader();
  await expect(read()).rejects.toThrow('app/sign-in');
  aws.answers = [secret({ google: 'abc' })];
  expect(await read()).toEqual({ google: 'abc' });
});

test.each([
  ['no JSON', { SecretString: 'hunter2' }],
  ['a list', { SecretString: '["hunter2"]' }],
  ['something other than texts', { SecretString: '{"google":{"secret":"hunter2"}}' }],
  ['binary', { SecretBinary: 'aHVudGVyMg==' }],
])('refuses a secret that is %s, without quoting it', async (_what, body) => {
  aws.answers = [{ status: 200, body }];
  const error = await reader()().catch((caught: unknown) => caught);
  expect(error).toMatchObject({ name: 'SecretUnavailable' });
  expect(JSON.stringify(error) + String(error)).not.toMatch(/hunter2|aHVudGVyMg/);
});

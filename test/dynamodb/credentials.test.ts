import awsLite from '@aws-lite/client';
import { createDynamoDb } from '../../lib/dynamodb/client.ts';

jest.mock('@aws-lite/client', () => ({ __esModule: true, default: jest.fn() }));

const makeClient = awsLite as unknown as jest.Mock;
const answering = { headers: { 'content-type': 'application/x-amz-json-1.0' }, payload: Buffer.from('{}') };
/** As aws-lite does it with a raw answer: its error has each byte as a member. */
const refusing = (code: string) => async () => {
  const body = Buffer.from(JSON.stringify({ __type: `com.amazon.coral.service#${code}` }));
  throw Object.assign(new Error('unknown error'), { statusCode: 400, ...body });
};

test.each(['ExpiredTokenException', 'UnrecognizedClientException'])(
  'after %s the next call reads the credentials anew, as a server that runs for days must',
  async (code) => {
    makeClient.mockReset();
    makeClient.mockResolvedValueOnce(refusing(code)).mockResolvedValueOnce(async () => answering);
    const db = createDynamoDb({ region: 'eu-west-1' });
    await expect(db.get('table', { pk: '1' })).rejects.toMatchObject({ fault: 'Refused' });
    await expect(db.get('table', { pk: '1' })).resolves.toBeUndefined();
    expect(makeClient).toHaveBeenCalledTimes(2);
  },
);

test('credentials that could not be found are looked for again', async () => {
  makeClient.mockReset();
  makeClient.mockRejectedValueOnce(new Error('no credentials')).mockResolvedValueOnce(async () => answering);
  const db = createDynamoDb({ region: 'eu-west-1' });
  await expect(db.get('table', { pk: '1' })).resolves.toBeUndefined();
  expect(makeClient).toHaveBeenCalledTimes(2);
});

test('any other refusal keeps the client, and its connections', async () => {
  makeClient.mockReset();
  makeClient.mockResolvedValueOnce(refusing('ResourceNotFoundException'));
  const db = createDynamoDb({ region: 'eu-west-1' });
  for (const _ of [1, 2]) await expect(db.get('table', { pk: '1' })).rejects.toMatchObject({ fault: 'Refused' });
  expect(makeClient).toHaveBeenCalledTimes(1);
});

test('credentials that a provider has replaced make a new client, and the same ones none', async () => {
  makeClient.mockReset();
  makeClient.mockResolvedValue(async () => answering);
  const of = (accessKeyId: string) => ({ accessKeyId, secretAccessKey: 'secret', sessionToken: `of ${accessKeyId}` });
  const credentials = jest
    .fn()
    .mockResolvedValueOnce(of('first'))
    .mockResolvedValueOnce(of('first'))
    .mockResolvedValue(of('second'));
  const db = createDynamoDb({ region: 'eu-west-1', credentials });
  for (const _ of [1, 2, 3, 4]) await db.get('table', { pk: '1' });
  expect(makeClient.mock.calls).toEqual([
    [expect.objectContaining(of('first'))],
    [expect.objectContaining(of('second'))],
  ]);
});

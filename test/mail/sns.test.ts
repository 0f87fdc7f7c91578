import { snsSender } from '../../lib/mail/sns.ts';
import { type StubAws, startStubAws } from '../fixtures/stub-aws.ts';

const SMS = { to: '+16505550100', text: '123456 ist Ihr Code für App' };

let aws: StubAws;

beforeAll(async () => {
  aws = await startStubAws();
});
afterAll(() => aws?.stop());
beforeEach(() => {
  aws.received = [];
  aws.answers = [{ status: 200, body: '<PublishResponse/>' }];
});

const sender = (senderId?: string) =>
  snsSender({
    region: 'eu-west-1',
    senderId,
    endpoint: aws.endpoint,
    credentials: async () => ({ accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'token' }),
  });

test('sends the message as Publish of SNS takes it, signed for the region', async () => {
  await sender()(SMS);
  expect(aws.received).toHaveLength(1);
  const { method, url, headers, body } = aws.first();
  expect([method, url]).toEqual(['POST', '/']);
  expect(headers.authorization).toMatch(/Credential=AKID\/\d{8}\/eu-west-1\/sns\/aws4_request/);
  expect(headers['x-amz-security-token']).toBe('token');
  expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
    Action: 'Publish',
    Version: '2010-03-31',
    PhoneNumber: SMS.to,
    Message: SMS.text,
    'MessageAttributes.entry.1.Name': 'AWS.SNS.SMS.SMSType',
    'MessageAttributes.entry.1.Value.DataType': 'String',
    'MessageAttributes.entry.1.Value.StringValue': 'Transactional',
  });
});

test('names the sender where one is configured', async () => {
  await sender('MyApp')(SMS);
  expect(Object.fromEntries(new URLSearchParams(aws.first().body))).toMatchObject({
    'MessageAttributes.entry.2.Name': 'AWS.SNS.SMS.SenderID',
    'MessageAttributes.entry.2.Value.StringValue': 'MyApp',
  });
});

test.each(['16505550100', 'arn:aws:sns:us-east-1:123456789012:topic', '+1 650', '+0123456', ''])(
  'sends nothing to %j, which is no number in international form',
  async (to) => {
    await expect(sender()({ ...SMS, to })).rejects.toThrow('E.164');
    expect(aws.received).toEqual([]);
  },
);

test('throws with what SNS says against the message, and does not send it again', async () => {
  aws.answers = [{ status: 400, body: '<Error><Code>OptedOut</Code></Error>' }];
  await expect(sender()(SMS)).rejects.toThrow('Amazon SNS answered 400: <Error><Code>OptedOut</Code></Error>');
  expect(aws.received).toHaveLength(1);
});

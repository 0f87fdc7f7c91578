import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { snsSender } from '../../lib/mail/sns.ts';

const SMS = { to: '+16505550100', text: '123456 ist Ihr Code für App' };

let server: Server;
let endpoint: string;
let answer: { status: number; body: string };
let received: { request: IncomingMessage; body: string }[];

beforeAll(async () => {
  server = createServer(async (request, response) => {
    received.push({ request, body: await text(request) });
    response.writeHead(answer.status, { 'content-type': 'text/xml' }).end(answer.body);
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
  answer = { status: 200, body: '<PublishResponse/>' };
});

const sender = (senderId?: string) =>
  snsSender({
    region: 'eu-west-1',
    senderId,
    endpoint,
    credentials: async () => ({ accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'token' }),
  });

test('sends the message as Publish of SNS takes it, signed for the region', async () => {
  await sender()(SMS);
  expect(received).toHaveLength(1);
  const { request, body } = received[0] ?? fail();
  expect([request.method, request.url]).toEqual(['POST', '/']);
  expect(request.headers.authorization).toMatch(/Credential=AKID\/\d{8}\/eu-west-1\/sns\/aws4_request/);
  expect(request.headers['x-amz-security-token']).toBe('token');
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
  expect(Object.fromEntries(new URLSearchParams(received[0]?.body))).toMatchObject({
    'MessageAttributes.entry.2.Name': 'AWS.SNS.SMS.SenderID',
    'MessageAttributes.entry.2.Value.StringValue': 'MyApp',
  });
});

test.each(['16505550100', 'arn:aws:sns:us-east-1:123456789012:topic', '+1 650', '+0123456', ''])(
  'sends nothing to %j, which is no number in international form',
  async (to) => {
    await expect(sender()({ ...SMS, to })).rejects.toThrow('E.164');
    expect(received).toEqual([]);
  },
);

test('throws with what SNS says against the message, and does not send it again', async () => {
  answer = { status: 400, body: '<Error><Code>OptedOut</Code></Error>' };
  await expect(sender()(SMS)).rejects.toThrow('Amazon SNS answered 400: <Error><Code>OptedOut</Code></Error>');
  expect(received).toHaveLength(1);
});

function fail(): never {
  throw new Error('No request came');
}

import aws4 from 'aws4';
import { sesSender } from '../../lib/mail/ses.ts';
import { type StubAws, startStubAws } from '../fixtures/stub-aws.ts';

const MAIL = { to: 'me@example.com', subject: 'Grüße', text: 'Hello', html: '<p>Hello</p>' };
const CREDENTIALS = { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'token' };

let aws: StubAws;

beforeAll(async () => {
  aws = await startStubAws();
});
afterAll(() => aws?.stop());
beforeEach(() => {
  aws.received = [];
  aws.answers = [{ status: 200, body: { MessageId: 'id' } }];
});

const sender = (name = 'App') =>
  sesSender({
    from: { name, address: 'app@example.com' },
    region: 'eu-west-1',
    endpoint: aws.endpoint,
    credentials: async () => CREDENTIALS,
  });

test('sends the mail as SendEmail of SES’s API v2 takes it', async () => {
  await sender()(MAIL);
  expect(aws.received).toHaveLength(1);
  expect(aws.first()).toMatchObject({ method: 'POST', url: '/v2/email/outbound-emails' });
  expect(JSON.parse(aws.first().body)).toEqual({
    FromEmailAddress: '"App" <app@example.com>',
    Destination: { ToAddresses: ['me@example.com'] },
    Content: {
      Simple: {
        Subject: { Data: 'Grüße', Charset: 'UTF-8' },
        Body: { Text: { Data: 'Hello', Charset: 'UTF-8' }, Html: { Data: '<p>Hello</p>', Charset: 'UTF-8' } },
      },
    },
  });
});

test.each([
  ['Joe "Inc." \\', '"Joe \\"Inc.\\" \\\\" <app@example.com>'],
  ['Grüße', '=?UTF-8?B?R3LDvMOfZQ==?= <app@example.com>'],
  ['App <evil@example.com>', '"App <evil@example.com>" <app@example.com>'],
])('writes the sender’s name %s as mail headers take it', async (name, from) => {
  await sender(name)(MAIL);
  expect(JSON.parse(aws.first().body)).toMatchObject({ FromEmailAddress: from });
});

test('is signed for SES in its region, with the session token', async () => {
  await sender()(MAIL);
  const { headers, body } = aws.first();
  const { authorization, 'x-amz-date': date, ...others } = headers;
  expect(authorization).toMatch(/Credential=AKID\/\d{8}\/eu-west-1\/ses\/aws4_request/);
  expect(others['x-amz-security-token']).toBe('token');
  const signed = aws4.sign(
    {
      service: 'ses',
      region: 'eu-west-1',
      method: 'POST',
      hostname: '127.0.0.1',
      port: '',
      path: '/v2/email/outbound-emails',
      headers: {
        host: String(headers.host),
        'content-type': 'application/json',
        'content-length': String(headers['content-length']),
        'x-amz-date': String(date),
      },
      body,
    },
    CREDENTIALS,
  );
  expect(authorization).toBe(signed.headers.Authorization);
});

test('throws with what SES says against the mail, and does not send it again', async () => {
  aws.answers = [{ status: 400, body: { message: 'Email address is not verified' } }];
  await expect(sender()(MAIL)).rejects.toThrow('Amazon SES answered 400: {"message":"Email address is not verified"}');
  expect(aws.received).toHaveLength(1);
});

test('throws if SES cannot be reached', async () => {
  const lost = sesSender({
    from: { name: 'App', address: 'app@example.com' },
    region: 'eu-west-1',
    endpoint: 'http://127.0.0.1:9',
    credentials: async () => CREDENTIALS,
  });
  await expect(lost(MAIL)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

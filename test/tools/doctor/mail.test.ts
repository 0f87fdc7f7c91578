import { createServer, type Server } from 'node:http';
import { Examination } from '../../../lib/tools/doctor/examination.ts';
import type { Finding } from '../../../lib/tools/doctor/finding.ts';
import { examineMail } from '../../../lib/tools/doctor/mail.ts';
import { createSesReader } from '../../../lib/tools/doctor/ses.ts';
import { freePort } from '../../fixtures/free-port.ts';
import { listenOnLoopback, stopServer } from '../../fixtures/loopback.ts';

type Answers = Readonly<Record<string, readonly [status: number, body: object]>>;

/** What Amazon SES answers in these tests. Its shapes are those of SES's API v2. */
const ACCOUNT = { ProductionAccessEnabled: true, SendingEnabled: true, EnforcementStatus: 'HEALTHY' };
const IDENTITY = {
  IdentityType: 'DOMAIN',
  VerifiedForSendingStatus: true,
  FeedbackForwardingStatus: true,
  ConfigurationSetName: 'app',
};
const DESTINATIONS = {
  EventDestinations: [
    { Name: 'off', Enabled: false, MatchingEventTypes: ['BOUNCE'] },
    { Name: 'on', Enabled: true, MatchingEventTypes: ['BOUNCE', 'COMPLAINT'] },
  ],
};
const GOOD: Answers = {
  '/v2/email/account': [200, ACCOUNT],
  '/v2/email/identities/example.com': [200, IDENTITY],
  '/v2/email/configuration-sets/app/event-destinations': [200, DESTINATIONS],
};

let server: Server;
let endpoint: string;
let answers: Answers;
let authorization: string | undefined;

beforeAll(async () => {
  server = createServer(({ url = '', method, headers }, response) => {
    authorization = headers.authorization;
    const [status, body] = (method === 'GET' ? answers[url] : undefined) ?? [404, { message: `No ${method} ${url}` }];
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  endpoint = `http://127.0.0.1:${await listenOnLoopback(server)}`;
});
afterAll(() => stopServer(server));

const credentials = async () => ({ accessKeyId: 'AKID', secretAccessKey: 'secret' });
const region = 'eu-west-1';

async function findings(changed: Answers = {}, from = 'app@mail.example.com', at = endpoint): Promise<Finding[]> {
  answers = { ...GOOD, ...changed };
  const examination = new Examination();
  const connect = async () => createSesReader({ region, endpoint: at, credentials, timeout: 20_000 });
  await examineMail(examination, { from, region, connect });
  return examination.inOrder();
}
const levels = (found: readonly Finding[]) => found.map(({ id, level }) => `${level} ${id}`);

test('a sender whose domain SES has verified is fine, and so are bounces that a configuration set publishes', async () => {
  const found = await findings();
  expect(levels(found)).toEqual(['ok mail-account', 'ok mail-sender', 'ok mail-bounces']);
  expect(found[1]?.observed).toBe('Amazon SES in eu-west-1 has verified example.com.');
  expect(authorization).toMatch(/Credential=AKID\/\d{8}\/eu-west-1\/ses\/aws4_request/);
});

test('a sender whose very address SES has verified is fine', async () => {
  const found = await findings({ '/v2/email/identities/me%40example.org': [200, IDENTITY] }, 'me@example.org');
  expect(found[1]).toMatchObject({ level: 'ok', observed: expect.stringContaining('has verified me@example.org') });
});

describe('the account', () => {
  test.each([
    [{ SendingEnabled: false }, 'problem', /sends no mail for this account/],
    [{ EnforcementStatus: 'SHUTDOWN' }, 'problem', /\(SHUTDOWN\)/],
    [{ ProductionAccessEnabled: false }, 'warning', /sandbox .* verified addresses only/],
    [{ EnforcementStatus: 'PROBATION' }, 'warning', /reviews this account/],
  ])('with %j is a %s', async (changed, level, observed) => {
    const found = await findings({ '/v2/email/account': [200, { ...ACCOUNT, ...changed }] });
    expect(found[0]).toMatchObject({ level, observed: expect.stringMatching(observed), fix: expect.any(String) });
    expect(levels(found.slice(1))).toEqual(['ok mail-sender', 'ok mail-bounces']);
  });
});

describe('the sender', () => {
  const unverified = [200, { ...IDENTITY, VerifiedForSendingStatus: false }] as const;

  test.each([
    ['a domain that SES has not verified yet', { '/v2/email/identities/example.com': unverified }, /DKIM/],
    [
      'an address whose link was not followed yet',
      {
        '/v2/email/identities/app%40mail.example.com': unverified,
        '/v2/email/identities/example.com': [404, {}],
      } as const,
      /Follow the link/,
    ],
    ['an unknown address', { '/v2/email/identities/example.com': [404, {}] } as const, /MAIL_REGION/],
  ])('with %s is a problem', async (_what, changed, fix) => {
    const found = await findings(changed);
    expect(levels(found)).toEqual(['ok mail-account', 'problem mail-sender', 'skipped mail-bounces']);
    expect(found[1]?.fix).toMatch(fix);
  });
});

describe('bounces and complaints', () => {
  test.each([
    [
      'without a configuration set',
      { '/v2/email/identities/example.com': [200, { ...IDENTITY, ConfigurationSetName: undefined }] },
      /by mail to the sender alone/,
    ],
    [
      'with a set that publishes bounces alone',
      {
        '/v2/email/configuration-sets/app/event-destinations': [
          200,
          { EventDestinations: [{ Enabled: true, MatchingEventTypes: ['BOUNCE'] }] },
        ],
      },
      /by mail to the sender alone/,
    ],
    [
      'with neither a set nor mails',
      {
        '/v2/email/identities/example.com': [200, { VerifiedForSendingStatus: true, FeedbackForwardingStatus: false }],
      },
      /reports no bounces and complaints/,
    ],
  ] as const)('%s are a warning', async (_what, changed, observed) => {
    const found = await findings(changed);
    expect(levels(found)).toEqual(['ok mail-account', 'ok mail-sender', 'warning mail-bounces']);
    expect(found[2]?.observed).toMatch(observed);
  });
});

test('what the credentials do not permit is skipped, and the message names the permission', async () => {
  const denied = [403, { message: 'User: arn:aws:iam::1:user/ci is not authorized' }] as const;
  const found = await findings({
    '/v2/email/account': denied,
    '/v2/email/identities/app%40mail.example.com': denied,
  });
  expect(levels(found)).toEqual(['skipped mail-account', 'skipped mail-sender', 'skipped mail-bounces']);
  expect(found[0]?.observed).toMatch(/may not call ses:GetAccount: "User: arn:aws:iam/);
  expect(found[1]?.observed).toMatch(/may not call ses:GetEmailIdentity/);
});

test('without AWS credentials, everything is skipped', async () => {
  const examination = new Examination();
  const connect = () => Promise.reject(new Error('Could not load credentials from any providers'));
  await examineMail(examination, { from: 'app@example.com', region, connect });
  expect(levels(examination.inOrder())).toEqual([
    'skipped mail-account',
    'skipped mail-sender',
    'skipped mail-bounces',
  ]);
  expect(examination.inOrder()[0]?.observed).toBe(
    'Needs AWS credentials: Could not load credentials from any providers.',
  );
});

test('an endpoint that does not respond is a problem, and the rest is skipped', async () => {
  const found = await findings({}, 'app@example.com', `http://127.0.0.1:${await freePort()}`);
  expect(levels(found)).toEqual(['problem mail-account', 'skipped mail-sender', 'skipped mail-bounces']);
  expect(found[0]?.observed).toBe('Amazon SES in eu-west-1 does not respond: ECONNREFUSED.');
});

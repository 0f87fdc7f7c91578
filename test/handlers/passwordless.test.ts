import { randomUUID } from 'node:crypto';
import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { bodyOf, invoke, logged, startFunction, userEnvironment } from '../fixtures/lambda.ts';
import { messagesTo, newestTo, useMailbox } from '../fixtures/mailbox.ts';
import { phoneNumbers } from '../fixtures/phone-numbers.ts';
import { stopDate } from '../fixtures/still-date.ts';

let database: TestDatabase;
const mailbox = useMailbox();
let handler: LambdaHandler;
beforeAll(async () => {
  database = await startTestDatabase();
  handler = await start({ DEV_MAILBOX_FOLDER: mailbox });
});
afterAll(() => database?.stop());
beforeEach(() => {
  logged.length = 0;
});

const start = async (environment: Readonly<Record<string, string>>) =>
  (
    await startFunction(
      { ...userEnvironment(database.endpoint, database.tables), ...environment },
      () => import('../../handlers/user.ts'),
    )
  ).handler;

const newEmail = () => `${randomUUID()}@example.com`;
const newPhoneNumber = phoneNumbers();

interface Device {
  readonly deviceId: string;
  readonly preAuthSessionId: string;
}

const ask = (path: string, body: object, headers: Readonly<Record<string, string>> = {}, user = handler) =>
  invoke(user, 'POST', `/auth/signinup/${path}`, { headers: { 'st-auth-mode': 'header', ...headers }, body });

async function begin(contact: object): Promise<Device> {
  const answer = await ask('code', contact);
  expect(bodyOf(answer)).toMatchObject({ status: 'OK', flowType: 'USER_INPUT_CODE_AND_MAGIC_LINK' });
  const { deviceId, preAuthSessionId } = bodyOf(answer) as unknown as Device;
  return { deviceId, preAuthSessionId };
}

const wrongCode = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

describe.each([
  ['an e-mail', 'email', newEmail, 'mail'],
  ['a phone number', 'phoneNumber', newPhoneNumber, 'sms'],
] as const)('by %s', (_what, field, newAddress, type) => {
  test('a user signs up by the typed code, and signs in again by the link', async () => {
    const address = newAddress();
    const device = await begin({ [field]: address });
    const first = await newestTo(mailbox, address);
    expect(first.type).toBe(type);
    const signedUp = await ask('code/consume', { ...device, userInputCode: first.code });
    expect(bodyOf(signedUp)).toMatchObject({ status: 'OK', createdNewRecipeUser: true });
    expect(signedUp.headers['st-access-token']).toBeDefined();

    await begin({ [field]: address });
    const { link } = await newestTo(mailbox, address);
    expect(`${link.origin}${link.pathname}`).toBe('http://localhost:3000/auth/verify');
    const preAuthSessionId = link.searchParams.get('preAuthSessionId');
    const signedIn = await ask('code/consume', { preAuthSessionId, linkCode: link.hash.slice(1) });
    const { user } = bodyOf(signedUp) as { user: { id: string } };
    expect(bodyOf(signedIn)).toMatchObject({ status: 'OK', createdNewRecipeUser: false, user: { id: user.id } });
  });

  test('a code works once', async () => {
    const address = newAddress();
    const device = await begin({ [field]: address });
    const { code } = await newestTo(mailbox, address);
    expect(bodyOf(await ask('code/consume', { ...device, userInputCode: code }))).toMatchObject({ status: 'OK' });
    const again = await ask('code/consume', { ...device, userInputCode: code });
    expect(bodyOf(again)).toEqual({ status: 'RESTART_FLOW_ERROR' });
    expect(again.headers['st-access-token']).toBeUndefined();
  });
});

test('wrong codes are counted, and the fifth ends the attempt', async () => {
  const email = newEmail();
  const device = await begin({ email });
  const { code } = await newestTo(mailbox, email);
  const consume = (userInputCode: string) => ask('code/consume', { ...device, userInputCode });
  for (let count = 1; count < 5; count++) {
    expect(bodyOf(await consume(wrongCode(code)))).toEqual({
      status: 'INCORRECT_USER_INPUT_CODE_ERROR',
      failedCodeInputAttemptCount: count,
      maximumCodeInputAttempts: 5,
    });
  }
  expect(bodyOf(await consume(wrongCode(code)))).toEqual({ status: 'RESTART_FLOW_ERROR' });
  expect(bodyOf(await consume(code))).toEqual({ status: 'RESTART_FLOW_ERROR' });
});

test('a code is sent again to the same address', async () => {
  const email = newEmail();
  const device = await begin({ email });
  expect(bodyOf(await ask('code/resend', device))).toEqual({ status: 'OK' });
  expect(await messagesTo(mailbox, email)).toHaveLength(2);
  const { code } = await newestTo(mailbox, email);
  expect(bodyOf(await ask('code/consume', { ...device, userInputCode: code }))).toMatchObject({ status: 'OK' });
});

test('an address gets ten codes in a window, however it is written and however they are asked for', async () => {
  // The window must not end meanwhile.
  stopDate();
  const email = newEmail();
  const device = await begin({ email });
  for (let count = 2; count <= 10; count++) {
    const answer = await (count % 2 === 0 ? ask('code/resend', device) : ask('code', { email: email.toUpperCase() }));
    expect(bodyOf(answer)).toMatchObject({ status: 'OK' });
  }
  for (const answer of [await ask('code/resend', device), await ask('code', { email })]) {
    expect([answer.statusCode, bodyOf(answer)]).toMatchObject([429, { code: 'too_many_attempts' }]);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  }
  expect(await messagesTo(mailbox, email)).toHaveLength(10);
});

test('the message is in the language of the browser, and says how long the code is valid', async () => {
  const [email, phoneNumber] = [newEmail(), newPhoneNumber()];
  for (const contact of [{ email }, { phoneNumber }]) {
    expect(bodyOf(await ask('code', contact, { 'accept-language': 'de-AT, en;q=0.5' }))).toMatchObject({
      status: 'OK',
    });
  }
  expect((await newestTo(mailbox, email)).text).toContain('15 Minuten');
  expect((await newestTo(mailbox, phoneNumber)).text).toContain('ist Ihr Code für');
});

test('a phone number that is none gets no message', async () => {
  const answer = await ask('code', { phoneNumber: '12' });
  expect(bodyOf(answer)).toEqual({ status: 'GENERAL_ERROR', message: 'Phone number is invalid' });
});

test('the login methods name the codes', async () => {
  const answer = await invoke(handler, 'GET', '/auth/loginmethods');
  expect(bodyOf(answer)).toMatchObject({
    passwordless: { enabled: true },
    firstFactors: expect.arrayContaining(['otp-email', 'otp-phone', 'link-email', 'link-phone']),
  });
});

test.each([
  ['/auth/passwordless/email/exists', 'email', newEmail],
  ['/auth/signup/phonenumber/exists', 'phoneNumber', newPhoneNumber],
  ['/auth/passwordless/phonenumber/exists', 'phoneNumber', newPhoneNumber],
] as const)('%s says whether there is a user', async (path, field, newAddress) => {
  const address = newAddress();
  const exists = async () => bodyOf(await invoke(handler, 'GET', path, { query: { [field]: address } }));
  const device = await begin({ [field]: address });
  const { code } = await newestTo(mailbox, address);
  await ask('code/consume', { ...device, userInputCode: code });
  expect(await exists()).toEqual({ status: 'OK', exists: true });
});

describe('a code that cannot be sent', () => {
  /** Without credentials, no request leaves this machine. */
  const WITHOUT_CREDENTIALS = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };

  test.each([
    [{ email: 'me@example.com' }, {}, 'mail_not_configured'],
    [{ email: 'me@example.com' }, { MAIL_FROM: 'app@example.com', ...WITHOUT_CREDENTIALS }, 'mail_not_sent'],
    [{ phoneNumber: '+16505550100' }, {}, 'sms_not_configured'],
    [{ phoneNumber: '+16505550100' }, { SMS: 'on', ...WITHOUT_CREDENTIALS }, 'sms_not_sent'],
  ])('to %j with %j gets 503 %s', async (contact, environment, code) => {
    const answer = await ask('code', contact, {}, await start({ DEV_MAILBOX_FOLDER: '', ...environment }));
    expect([answer.statusCode, bodyOf(answer)]).toEqual([503, { code, message: expect.any(String) }]);
    if (code === 'sms_not_sent') expect(logged).toContainEqual(expect.objectContaining({ message: 'SmsNotSent' }));
  });
});

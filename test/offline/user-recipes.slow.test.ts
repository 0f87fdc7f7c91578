import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LocalService, startLocalService } from '../../lib/dev/service.ts';
import { ATTEMPT_WINDOW } from '../../lib/login/attempts.ts';
import type { ReceivedMail, ReceivedMessage } from '../../lib/mail/mailbox.ts';
import { Client, type TransferMethod } from '../fixtures/client.ts';
import { freePort } from '../fixtures/free-port.ts';
import { form } from '../fixtures/log-in.ts';
import { REDIRECT } from '../fixtures/provider-sign-in.ts';
import { visitProvider } from '../fixtures/provider-visitor.ts';

const WEBSITE = 'http://localhost:3000';
let service: LocalService;
const printed: string[] = [];

beforeAll(async () => {
  service = await startLocalService({
    port: await freePort(),
    websiteDomain: WEBSITE,
    signInProvider: true,
    // The very bundles that are deployed. Of each clone, the app has another name.
    environment: { READABLE_BUNDLES: 'off', APP_NAME: 'A shop' },
    onLine: (line) => printed.push(line),
  });
});
afterAll(() => service?.stop());

/** The response may arrive before the line. */
async function untilPrinted(line: string): Promise<void> {
  while (!printed.includes(line)) await sleep(20);
}

const newEmail = () => `${randomUUID()}@example.com`;
const PASSWORD = 'correct horse 1';

async function signedUp(email: string, method: TransferMethod = 'header'): Promise<Client> {
  const client = new Client(service.url, method);
  const answer = await client.post('/auth/signup', form({ email, password: PASSWORD }));
  expect(answer).toMatchObject({ status: 200, body: { status: 'OK', user: { emails: [email] } } });
  return client;
}

const signIn = (email: string, password: string) =>
  new Client(service.url, 'header').post('/auth/signin', form({ email, password }));

async function mailsTo(email: string): Promise<ReceivedMail[]> {
  const response = await fetch(`${service.url}/dev/mailbox`);
  return ((await response.json()) as ReceivedMail[]).filter(({ to }) => to === email);
}

/** The link in the newest mail to an address. */
async function linkTo(email: string): Promise<URL> {
  const [mail] = await mailsTo(email);
  return new URL(/^http\S+$/m.exec(mail?.text ?? '')?.[0] ?? '');
}

describe.each(['cookie', 'header'] as const)('with tokens in a %s', (method) => {
  test('a user signs up, is asked for by a protected route, signs out, and signs in again', async () => {
    const email = newEmail();
    const client = await signedUp(email, method);
    const { body } = await client.get('/sessioninfo');
    expect(body).toMatchObject({ accessTokenPayload: { 'st-ev': { v: false }, 'st-role': { v: [] } } });
    expect((await client.refresh()).status).toBe(200);
    expect((await client.post('/auth/signout')).body).toEqual({ status: 'OK' });
    expect((await client.get('/sessioninfo')).status).toBe(401);
    const again = await client.post('/auth/signin', form({ email: email.toUpperCase(), password: PASSWORD }));
    expect(again).toMatchObject({ status: 200, body: { status: 'OK', user: { id: body.userId } } });
    expect((await client.get('/sessions')).body).toMatchObject({ sessions: [{ isCurrent: true, userAgent: 'node' }] });
  });
});

test('a wrong password and an unknown e-mail get the same answer', async () => {
  const email = newEmail();
  await signedUp(email);
  const wrong = await signIn(email, 'not the password 1');
  expect(wrong).toMatchObject({ status: 200, body: { status: 'WRONG_CREDENTIALS_ERROR' } });
  expect((await signIn(newEmail(), PASSWORD)).body).toEqual(wrong.body);
});

test('a wrong password and an unknown e-mail take the same time', async () => {
  const email = newEmail();
  await signedUp(email);
  const time = async (address: string): Promise<number> => {
    const began = performance.now();
    expect((await signIn(address, 'not the password 1')).status).toBe(200);
    return performance.now() - began;
  };
  const [wrong, unknown]: [number[], number[]] = [[], []];
  const isSame = (): boolean => Math.min(...unknown) > Math.min(...wrong) / 2;
  // A busy machine may hold up any of them. Nine wrong passwords are fewer than the limit.
  for (let round = 0; round < 9 && !(round >= 3 && isSame()); round++) {
    wrong.push(await time(email));
    unknown.push(await time(newEmail()));
  }
  // Without a hash, the answer takes a tenth of the time.
  expect([isSame(), wrong, unknown]).toEqual([true, wrong, unknown]);
});

test('a taken e-mail and a weak password are rejected as SuperTokens rejects them', async () => {
  const email = newEmail();
  await signedUp(email);
  const client = new Client(service.url, 'header');
  const taken = await client.post('/auth/signup', form({ email, password: PASSWORD }));
  expect(taken.body).toMatchObject({ status: 'FIELD_ERROR', formFields: [{ id: 'email' }] });
  const weak = await client.post('/auth/signup', form({ email: newEmail(), password: 'short' }));
  expect(weak.body).toMatchObject({ status: 'FIELD_ERROR', formFields: [{ id: 'password' }] });
  for (const path of ['/auth/signup/email/exists', '/auth/emailpassword/email/exists']) {
    expect((await client.get(`${path}?email=${email}`)).body).toEqual({ status: 'OK', exists: true });
  }
});

describe('a forgotten password', () => {
  const askForMail = (email: string) =>
    new Client(service.url, 'header').post('/auth/user/password/reset/token', form({ email }));

  test('is replaced through the link in a mail, which works once', async () => {
    const email = newEmail();
    await signedUp(email);
    expect((await askForMail(email)).body).toEqual({ status: 'OK' });
    const link = await linkTo(email);
    expect(`${link.origin}${link.pathname}`).toBe(`${WEBSITE}/auth/reset-password`);
    const change = {
      method: 'token',
      token: link.searchParams.get('token'),
      ...form({ password: 'battery staple 2' }),
    };
    const client = new Client(service.url, 'header');
    expect((await client.post('/auth/user/password/reset', change)).body).toMatchObject({ status: 'OK' });
    expect((await signIn(email, PASSWORD)).body).toMatchObject({ status: 'WRONG_CREDENTIALS_ERROR' });
    expect((await signIn(email, 'battery staple 2')).body).toMatchObject({ status: 'OK' });
    expect((await client.post('/auth/user/password/reset', change)).body).toEqual({
      status: 'RESET_PASSWORD_INVALID_TOKEN_ERROR',
    });
  });

  test('gets one mail a minute, and an unknown e-mail gets the same answers', async () => {
    const [known, unknown] = [newEmail(), newEmail()];
    await signedUp(known);
    for (const email of [known, unknown]) {
      expect((await askForMail(email)).body).toEqual({ status: 'OK' });
      const second = await askForMail(email.toUpperCase());
      expect(second).toMatchObject({ status: 429, body: { message: expect.any(String) } });
      expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(await mailsTo(known)).toHaveLength(1);
    expect(await mailsTo(unknown)).toHaveLength(0);
  });
});

describe('e-mail verification', () => {
  test('follows the link in a mail, and the session knows it', async () => {
    const email = newEmail();
    const client = await signedUp(email);
    expect((await client.get('/auth/user/email/verify')).body).toEqual({ status: 'OK', isVerified: false });
    expect((await client.post('/auth/user/email/verify/token', {})).body).toEqual({ status: 'OK' });
    expect((await client.post('/auth/user/email/verify/token', {})).status).toBe(429);
    expect(await mailsTo(email)).toHaveLength(1);
    const link = await linkTo(email);
    expect(link.pathname).toBe('/auth/verify-email');
    const proof = { method: 'token', token: link.searchParams.get('token') };
    expect((await client.post('/auth/user/email/verify', proof)).body).toMatchObject({ status: 'OK' });
    const { body } = await client.get('/sessioninfo');
    expect(body).toMatchObject({ accessTokenPayload: { 'st-ev': { v: true } } });
  });

  test('needs a session', async () => {
    const answer = await new Client(service.url, 'header').post('/auth/user/email/verify/token', {});
    expect(answer.status).toBe(401);
  });
});

test('mails are in the language of the browser, in text and HTML, and in the terminal', async () => {
  const email = newEmail();
  await signedUp(email);
  await fetch(`${service.url}/auth/user/password/reset/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'accept-language': 'fr, de-AT;q=0.8, en;q=0.5' },
    body: JSON.stringify(form({ email })),
  });
  const [mail] = await mailsTo(email);
  expect(mail).toMatchObject({
    subject: 'Neues Passwort für A shop',
    sentAt: expect.stringMatching(/Z$/),
  });
  expect(mail?.html).toContain(`<a href="${String(await linkTo(email)).replaceAll('&', '&amp;')}">`);
  await untilPrinted(`Mail to ${email}: ${mail?.subject}`);
});

test('pages of other origins cannot read the mailbox', async () => {
  const response = await fetch(`${service.url}/dev/mailbox`, { headers: { origin: 'https://evil.example' } });
  expect(response.status).toBe(403);
});

test('a user signs in with a provider, which has verified the e-mail', async () => {
  const client = new Client(service.url, 'header');
  const query = new URLSearchParams({ thirdPartyId: 'local', redirectURIOnProviderDashboard: REDIRECT });
  const { body } = await client.get(`/auth/authorisationurl?${query}`);
  const { callback } = await visitProvider(String(body.urlWithQueryParams), 'ann');
  const answer = await client.post('/auth/signinup', {
    thirdPartyId: 'local',
    redirectURIInfo: {
      redirectURIOnProviderDashboard: REDIRECT,
      redirectURIQueryParams: Object.fromEntries(callback.searchParams),
      pkceCodeVerifier: body.pkceCodeVerifier,
    },
  });
  expect(answer).toMatchObject({ status: 200, body: { status: 'OK', user: { emails: ['ann@example.com'] } } });
  const session = await client.get('/sessioninfo');
  expect(session.body).toMatchObject({ accessTokenPayload: { 'st-ev': { v: true } } });
  expect((await client.refresh()).status).toBe(200);
  expect((await client.get('/sessions')).body).toMatchObject({ sessions: [{ isCurrent: true }] });
});

test('a user signs in by a code in a text message, which is in the mailbox and in the terminal', async () => {
  const phoneNumber = '+16505550123';
  const client = new Client(service.url, 'header');
  const { body: device } = await client.post('/auth/signinup/code', { phoneNumber });
  expect(device).toMatchObject({ status: 'OK' });
  const messages = (await (await fetch(`${service.url}/dev/mailbox`)).json()) as ReceivedMessage[];
  const [message] = messages.filter(({ to }) => to === phoneNumber);
  expect(message?.type).toBe('sms');
  await untilPrinted(`Text message to ${phoneNumber}:`);
  const { deviceId, preAuthSessionId } = device;
  const userInputCode = /\b\d{6}\b/.exec(message?.text ?? '')?.[0];
  const answer = await client.post('/auth/signinup/code/consume', { deviceId, preAuthSessionId, userInputCode });
  expect(answer.body).toMatchObject({ status: 'OK', user: { phoneNumbers: [phoneNumber] } });
  expect((await client.get('/sessioninfo')).status).toBe(200);
});

/** Does it again if a window of attempts has ended meanwhile. */
async function inOneWindow<T>(work: () => Promise<T>): Promise<T> {
  const window = () => Math.floor(Date.now() / ATTEMPT_WINDOW);
  const before = window();
  const result = await work();
  return window() === before ? result : inOneWindow(work);
}

test('after ten wrong passwords, an e-mail and source are rejected before anything is hashed', async () => {
  const refused = await inOneWindow(async () => {
    const email = newEmail();
    for (let attempt = 0; attempt < 10; attempt++) {
      expect((await signIn(email, 'wrong password 1')).body).toEqual({ status: 'WRONG_CREDENTIALS_ERROR' });
    }
    return signIn(email, 'wrong password 1');
  });
  expect(refused).toMatchObject({ status: 429, body: { message: 'Too many attempts. Please try again later.' } });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
});

test.each([
  ['DELETE', '/auth/signup', 405],
  ['POST', '/auth/totp/device', 404],
])('%s %s is %i', async (method, path, status) => {
  const answer = await new Client(service.url, 'header').request(method, path);
  expect(answer).toMatchObject({ status, body: { message: expect.any(String) } });
});

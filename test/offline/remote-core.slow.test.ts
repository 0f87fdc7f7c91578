import { randomUUID } from 'node:crypto';
import { type LocalService, startLocalService } from '../../lib/dev/service.ts';
import type { ReceivedMail } from '../../lib/mail/mailbox.ts';
import { Client } from '../fixtures/client.ts';
import { type CoreProcess, startCore } from '../fixtures/core-process.ts';
import { freePort } from '../fixtures/free-port.ts';
import { form } from '../fixtures/log-in.ts';
import { hasExample } from '../fixtures/own-service.ts';

// SuperTokens' recipes in this service, with the users in another core: a process of its own, asked over HTTP.

const KEY = 'a-key-of-this-other-core-0001';
const [OLD, NEW] = ['correct horse 1', 'battery staple 2'];
let core: CoreProcess;
let service: LocalService;

beforeAll(async () => {
  core = await startCore({ API_KEYS: KEY, ARGON2_MEMORY_KB: '64' });
  service = await startLocalService({
    port: await freePort(),
    websiteDomain: 'http://localhost:3000',
    environment: { SUPERTOKENS_CONNECTION_URI: core.url, SUPERTOKENS_API_KEY: KEY, READABLE_BUNDLES: 'off' },
  });
});
afterAll(async () => {
  await service?.stop();
  await core?.stop();
});

/** Calls the core as any other backend of the same users would. */
async function atCore(method: string, path: string, body: object) {
  const headers = { 'api-key': KEY, 'cdi-version': '5.4', 'content-type': 'application/json' };
  const response = await fetch(`${core.url}${path}`, { method, headers, body: JSON.stringify(body) });
  return (await response.json()) as Readonly<Record<string, unknown>>;
}

const newEmail = () => `${randomUUID()}@example.com`;

async function enter(path: '/auth/signup' | '/auth/signin', email: string, password = OLD) {
  const client = new Client(service.url, 'header');
  const { body } = await client.post(path, form({ email, password }));
  return { client, body, status: body.status, userId: String((body.user as { id?: string } | undefined)?.id) };
}

async function mailTo(email: string): Promise<ReceivedMail> {
  const mails = (await (await fetch(`${service.url}/dev/mailbox`)).json()) as ReceivedMail[];
  const mail = mails.find(({ to }) => to === email);
  if (mail === undefined) throw new Error(`There is no mail to ${email}`);
  return mail;
}
const tokenIn = ({ text }: ReceivedMail) => new URL(/^http\S+$/m.exec(text)?.[0] ?? '').searchParams.get('token');
const claimsOf = async (client: Client) => (await client.get('/sessioninfo')).body.accessTokenPayload;

test('a user signs up, refreshes, signs out and signs in again', async () => {
  const email = newEmail();
  const { client, userId, status } = await enter('/auth/signup', email);
  expect(status).toBe('OK');
  expect((await client.refresh()).status).toBe(200);
  expect((await client.post('/auth/signout')).body).toEqual({ status: 'OK' });
  expect((await client.get('/sessioninfo')).status).toBe(401);
  expect(await enter('/auth/signin', email.toUpperCase())).toMatchObject({ status: 'OK', userId });
  expect((await enter('/auth/signup', email)).status).toBe('FIELD_ERROR');
  expect((await enter('/auth/signin', email, NEW)).status).toBe('WRONG_CREDENTIALS_ERROR');
  expect((await enter('/auth/signin', newEmail())).status).toBe('WRONG_CREDENTIALS_ERROR');
  const exists = await client.get(`/auth/signup/email/exists?email=${email}`);
  expect(exists.body).toEqual({ status: 'OK', exists: true });
});

test('the link of a verification mail verifies the e-mail, and the session knows it', async () => {
  const email = newEmail();
  const { client } = await enter('/auth/signup', email);
  expect(await claimsOf(client)).toMatchObject({ 'st-ev': { v: false } });
  expect((await client.post('/auth/user/email/verify/token', {})).body).toEqual({ status: 'OK' });
  const mail = await mailTo(email);
  // That core's lifetime is unknown here.
  expect(mail.text).toContain('for a limited time');
  const proof = { method: 'token', token: tokenIn(mail) };
  expect((await client.post('/auth/user/email/verify', proof)).body).toMatchObject({ status: 'OK' });
  expect((await client.get('/auth/user/email/verify')).body).toEqual({ status: 'OK', isVerified: true });
  expect(await claimsOf(client)).toMatchObject({ 'st-ev': { v: true } });
  expect((await client.post('/auth/user/email/verify', proof)).body).toEqual({
    status: 'EMAIL_VERIFICATION_INVALID_TOKEN_ERROR',
  });
});

test('the link of a reset mail changes the password once, and ends the sessions', async () => {
  const email = newEmail();
  const { client } = await enter('/auth/signup', email);
  const asked = await client.post('/auth/user/password/reset/token', form({ email }));
  expect(asked.body).toEqual({ status: 'OK' });
  const mail = await mailTo(email);
  expect(mail.text).toContain('for a limited time');
  const change = { method: 'token', token: tokenIn(mail), ...form({ password: NEW }) };
  const stranger = new Client(service.url, 'header');
  expect((await stranger.post('/auth/user/password/reset', change)).body).toMatchObject({ status: 'OK' });
  expect((await client.refresh()).status).toBe(401);
  expect((await enter('/auth/signin', email)).status).toBe('WRONG_CREDENTIALS_ERROR');
  expect((await enter('/auth/signin', email, NEW)).status).toBe('OK');
  expect((await stranger.post('/auth/user/password/reset', change)).body).toEqual({
    status: 'RESET_PASSWORD_INVALID_TOKEN_ERROR',
  });
});

/** Gives a user the role `admin` in that core. */
async function makeAdmin(userId: string): Promise<void> {
  await atCore('PUT', '/recipe/role', { role: 'admin', permissions: ['report:read'] });
  await atCore('PUT', '/public/recipe/user/role', { userId, role: 'admin' });
}

test('a role that a user gets is in the next token', async () => {
  const email = newEmail();
  const { userId } = await enter('/auth/signup', email);
  await makeAdmin(userId);
  const { client } = await enter('/auth/signin', email);
  expect(await claimsOf(client)).toMatchObject({ 'st-role': { v: ['admin'] }, 'st-perm': { v: ['report:read'] } });
});

const REASON = hasExample ? '' : ' (skipped: the route is of the example, which was removed)';

(hasExample ? test : test.skip)(`a role that a user gets opens a route${REASON}`, async () => {
  const email = newEmail();
  const { client, userId } = await enter('/auth/signup', email);
  expect((await client.get('/admin-report')).status).toBe(403);
  await makeAdmin(userId);
  const again = await enter('/auth/signin', email);
  expect((await again.client.get('/admin-report')).status).toBe(200);
});

test('a user signs out everywhere', async () => {
  const email = newEmail();
  const { client } = await enter('/auth/signup', email);
  const other = await enter('/auth/signin', email);
  expect((await client.get('/sessions')).body).toMatchObject({ sessions: [{}, {}] });
  expect((await client.post('/signout-everywhere')).body).toEqual({ revoked: 2, complete: true });
  expect((await other.client.refresh()).status).toBe(401);
});

test('a user who is deleted in that core is gone here', async () => {
  const email = newEmail();
  const { client, userId } = await enter('/auth/signup', email);
  expect(await atCore('POST', '/user/remove', { userId, removeAllLinkedAccounts: true })).toEqual({ status: 'OK' });
  expect((await client.refresh()).status).toBe(401);
  expect((await enter('/auth/signin', email)).status).toBe('WRONG_CREDENTIALS_ERROR');
  expect(await enter('/auth/signup', email)).toMatchObject({
    status: 'OK',
    userId: expect.not.stringContaining(userId),
  });
});

test('while that core is down, each route for users answers 503 and sends no mail', async () => {
  const email = newEmail();
  const { client } = await enter('/auth/signup', email);
  await core.stop();
  const asked = [
    ['/auth/signup', form({ email: newEmail(), password: OLD })],
    ['/auth/signin', form({ email, password: OLD })],
    ['/auth/user/password/reset/token', form({ email })],
    ['/auth/user/email/verify/token', {}],
  ] as const;
  for (const [path, body] of asked) {
    const answer = await client.post(path, body);
    expect([path, answer.status, answer.headers.get('retry-after')]).toEqual([path, 503, '1']);
  }
  await expect(mailTo(email)).rejects.toThrow('There is no mail');
});

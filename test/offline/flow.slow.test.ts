import { randomUUID } from 'node:crypto';
import { type LocalService, startLocalService } from '../../lib/dev/service.ts';
import { Client, poll, type TransferMethod } from '../fixtures/client.ts';
import { freePort } from '../fixtures/free-port.ts';
import { credentials, userIdIn } from '../fixtures/log-in.ts';

const WEBSITE = 'http://localhost:3000';
let service: LocalService;

beforeAll(async () => {
  service = await startLocalService({
    port: await freePort(),
    websiteDomain: WEBSITE,
    environment: {
      // The very bundles that are deployed.
      READABLE_BUNDLES: 'off',
      // Long enough for a request on a slow machine, once the functions have started.
      ACCESS_TOKEN_VALIDITY: '8',
      ACCESS_TOKEN_VALIDITY_JITTER: '0',
      REFRESH_TOKEN_ROTATION_GRACE_PERIOD: '8',
    },
  });
  const client = new Client(service.url, 'header');
  for (const path of ['/auth/signup', '/auth/session/refresh', '/auth/signout']) await client.post(path);
  await client.get('/sessioninfo');
});
afterAll(() => service?.stop());

async function signedUp(method: TransferMethod): Promise<Client> {
  const client = new Client(service.url, method);
  expect((await client.post('/auth/signup', credentials())).body).toMatchObject({ status: 'OK' });
  return client;
}

const ask = (client: Client) => client.get('/sessioninfo');
const isUnauthorised = ({ status }: { status: number }) => status === 401;

describe.each(['cookie', 'header'] as const)('with tokens in a %s', (method) => {
  test('sign up, ask, expire, refresh, ask again, refresh again, replay the first token, lose the session', async () => {
    const client = await signedUp(method);
    const thief = client.copy();
    expect((await ask(client)).status).toBe(200);

    const expired = await poll(() => ask(client), isUnauthorised);
    expect(expired.body).toEqual({ code: 'try_refresh_token', message: 'try refresh token' });

    expect((await client.refresh()).status).toBe(200);
    expect((await ask(client)).status).toBe(200);
    expect((await client.refresh()).status).toBe(200);

    const replayed = await poll(() => thief.copy().refresh(), isUnauthorised);
    expect(replayed.body).toEqual({ code: 'token_theft_detected', message: 'token theft detected' });
    const afterTheft = await client.refresh();
    expect(afterTheft).toMatchObject({ status: 401, body: { code: 'unauthorised', message: 'unauthorised' } });
    expect(client.token('refresh')).toBeUndefined();
  });

  test('sign out revokes the session and clears the tokens', async () => {
    const client = await signedUp(method);
    const otherTab = client.copy();
    expect(await client.post('/auth/signout')).toMatchObject({ status: 200, body: { status: 'OK' } });
    expect([client.token('access'), client.token('refresh')]).toEqual([undefined, undefined]);
    expect((await otherTab.refresh()).body).toEqual({ code: 'unauthorised', message: 'unauthorised' });
  });

  test('two parallel refreshes of one token get the same new token, and both clients continue', async () => {
    const tabs = [await signedUp(method)];
    tabs.push(...[1, 2].map(() => (tabs[0] as Client).copy()));
    const answers = await Promise.all(tabs.map((tab) => tab.refresh()));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(new Set(tabs.map((tab) => tab.token('refresh'))).size).toBe(1);
    const asked = await Promise.all(tabs.map(ask));
    expect(asked.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await (tabs[2] as Client).refresh()).status).toBe(200);
  });

  test('a retry after a lost answer gets that answer within the grace window, and is theft after it', async () => {
    const client = await signedUp(method);
    const lost = client.copy();
    const late = client.copy();
    await lost.refresh();
    expect((await client.refresh()).status).toBe(200);
    expect(client.token('refresh')).toBe(lost.token('refresh'));
    const past = await poll(() => late.copy().refresh(), isUnauthorised);
    expect(past.body).toEqual({ code: 'token_theft_detected', message: 'token theft detected' });
  });

  test('a session logs in again with its password, and names its user', async () => {
    const email = `${randomUUID()}@example.com`;
    const signUp = await new Client(service.url, method).post('/auth/signup', credentials(email));
    const userId = userIdIn(signUp.body);
    const client = new Client(service.url, method);
    const signIn = await client.post('/auth/signin', credentials(email.toUpperCase()));
    expect(signIn).toMatchObject({ status: 200, body: { status: 'OK', user: { id: userId } } });
    expect(await client.get('/sessioninfo')).toMatchObject({
      status: 200,
      body: {
        sessionHandle: expect.stringMatching(/^[0-9a-f-]{36}$/),
        userId,
        accessTokenPayload: { sub: userId, iss: `${service.url}/auth` },
      },
    });
  });
});

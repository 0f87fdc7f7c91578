import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Client, type TransferMethod } from '../fixtures/client.ts';
import { credentials, form, userIdIn } from '../fixtures/log-in.ts';
import type { HttpApi } from './http-api.ts';
import type { Lambda } from './lambda.ts';

/** The form that signs a user up, and in again. */
export type User = ReturnType<typeof credentials>;

export const makeUser = (): User => credentials();

/** The API is on another site than the website. SuperTokens' frontend SDKs then prove by this header that they are no form. */
const CUSTOM_HEADER = { rid: 'anti-csrf' };

/** Does with a deployed API what a user does, so that every function runs. Each answer must have the status that it should. */
export async function runFlow(api: HttpApi, method: TransferMethod, user: User): Promise<void> {
  const client = new Client(api.url, method, CUSTOM_HEADER);
  const expect = async (status: number, verb: string, path: string, body?: object) => {
    const answer = await client.request(verb, path, body);
    assert.equal(answer.status, status, `${verb} ${path} answers ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const { keys } = await expect(200, 'GET', '/auth/jwt/jwks.json');
  assert.ok(Array.isArray(keys) && keys.length > 0, 'the JWKS has a key');
  await expect(200, 'GET', '/auth/.well-known/openid-configuration');
  await expect(200, 'GET', '/health');
  await expect(404, 'GET', '/no-such-path');
  await expect(401, 'GET', '/sessioninfo');
  const { status } = await expect(200, 'POST', '/auth/signup', user);
  assert.equal(status, 'OK');
  const { userId } = await expect(200, 'GET', '/sessioninfo');
  assert.equal(typeof userId, 'string');
  await expect(200, 'POST', '/like-comment', { commentId: 'a' });
  await expect(403, 'GET', '/admin-report');
  await expect(200, 'GET', '/greeting');
  await expect(200, 'GET', '/authorized');
  await expect(200, 'POST', '/auth/session/refresh');
  await expect(200, 'GET', '/sessioninfo');
  await expect(404, 'POST', '/login/oidc', {});
  await signIn(client, user);
  const { sessions } = await expect(200, 'GET', '/sessions');
  const others = (sessions as { sessionHandle: string; isCurrent: boolean }[]).filter(({ isCurrent }) => !isCurrent);
  assert.equal(others.length, 1, 'the sign-up has another session');
  for (const { sessionHandle } of others) await expect(204, 'DELETE', `/sessions/${sessionHandle}`);
  await expect(200, 'POST', '/signout-everywhere');
  await expect(401, 'GET', '/sessions');
  await signIn(client, user);
  await expect(200, 'POST', '/auth/signout');
}

/**
 * A user resets a forgotten password, which ends the user's sessions.
 * @param makeToken makes the token that the mail to the user would contain
 */
export async function resetPassword(
  api: HttpApi,
  makeToken: (userId: string, email: string) => Promise<string>,
): Promise<void> {
  const email = `${randomUUID()}@example.com`;
  const client = new Client(api.url, 'header');
  const { body: signedUp } = await client.post('/auth/signup', credentials(email));
  const token = await makeToken(userIdIn(signedUp), email);
  const reset = { method: 'token', token, ...form({ password: 'another horse 2' }) };
  const { status, body } = await new Client(api.url, 'header').post('/auth/user/password/reset', reset);
  assert.deepEqual([status, body.status], [200, 'OK'], JSON.stringify(body));
  assert.equal((await client.post('/auth/session/refresh')).status, 401, 'the session of before has ended');
  await signIn(new Client(api.url, 'header'), credentials(email, 'another horse 2'));
}

/** The user of before can log in. */
export async function logIn(api: HttpApi, user: User): Promise<void> {
  await signIn(new Client(api.url, 'header'), user);
}

/** SuperTokens refuses a wrong password with 200, too. The body says so. */
async function signIn(client: Client, user: User): Promise<void> {
  const { status, body } = await client.post('/auth/signin', user);
  assert.deepEqual([status, body.status], [200, 'OK'], JSON.stringify(body));
}

/** The schedule makes the keys function run. */
export async function runSchedule(lambda: Lambda): Promise<void> {
  const event = { source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} };
  assert.deepEqual(await lambda.invoke('RotateKeysLambdaFunction', event), { done: true });
}

import { randomUUID } from 'node:crypto';
import { type LocalService, startLocalService } from '../../lib/dev/service.ts';
import { Client } from '../fixtures/client.ts';
import { freePort } from '../fixtures/free-port.ts';
import { credentials, userIdIn } from '../fixtures/log-in.ts';

let service: LocalService;
beforeAll(async () => {
  service = await startLocalService({
    port: await freePort(),
    websiteDomain: 'http://localhost:3000',
    environment: { JWT_AUDIENCE: 'api' },
  });
});
afterAll(() => service?.stop());

async function signedUp(method: 'cookie' | 'header'): Promise<{ client: Client; userId: unknown }> {
  const client = new Client(service.url, method);
  const { body } = await client.post('/auth/signup', credentials());
  return { client, userId: userIdIn(body) };
}

test.each(['cookie', 'header'] as const)('the Lambda authorizer lets a token in the %s pass', async (method) => {
  const { client, userId } = await signedUp(method);
  const answer = await client.get('/authorized');
  expect(answer).toMatchObject({ status: 200, body: { userId, sessionHandle: expect.any(String) } });
});

test('the Lambda authorizer rejects a request without a token', async () => {
  expect((await new Client(service.url, 'header').get('/authorized')).status).toBe(403);
});

test('the JWT authorizer takes the access token in the header, and our issuer', async () => {
  const { client, userId } = await signedUp('header');
  expect(await client.get('/jwt-authorized')).toMatchObject({ status: 200, body: { userId, aud: 'api' } });
  expect((await new Client(service.url, 'header').get('/jwt-authorized')).status).toBe(401);
});

test('a like counts once per user and comment', async () => {
  const [{ client: one }, { client: other }] = [await signedUp('header'), await signedUp('header')];
  const commentId = randomUUID();
  expect((await one.post('/like-comment', { commentId })).body).toMatchObject({ commentId, likes: 1 });
  expect((await one.post('/like-comment', { commentId })).body).toMatchObject({ likes: 1 });
  expect((await other.post('/like-comment', { commentId })).body).toMatchObject({ likes: 2 });
});

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, type LocalService, startLocalService } from '../../lib/local/service.ts';
import { Client } from '../fixtures/client.ts';

let service: LocalService;
beforeAll(async () => {
  service = await startLocalService({
    port: await freePort(),
    websiteDomain: 'http://localhost:3000',
    environment: { JWT_AUDIENCE: 'api' },
  });
}, 60_000);
afterAll(() => service?.stop());

async function signedUp(method: 'cookie' | 'header'): Promise<{ client: Client; userId: unknown }> {
  const client = new Client(service.url, method);
  const credentials = { email: `${randomUUID()}@example.com`, password: 'correct horse battery' };
  const { body } = await client.post('/signup', credentials);
  return { client, userId: body.userId };
}

test.each(['cookie', 'header'] as const)('the Lambda authorizer lets a token in the %s pass', async (method) => {
  const { client, userId } = await signedUp(method);
  const answer = await client.get('/authorized');
  expect(answer).toMatchObject({ status: 200, body: { userId, sessionHandle: expect.any(String) } });
});

test('and refuses without one', async () => {
  expect((await new Client(service.url, 'header').get('/authorized')).status).toBe(403);
});

test('the JWT authorizer takes the access token in the header, and our issuer', async () => {
  const { client, userId } = await signedUp('header');
  expect(await client.get('/jwt-authorized')).toMatchObject({ status: 200, body: { userId, aud: 'api' } });
  expect((await new Client(service.url, 'header').get('/jwt-authorized')).status).toBe(401);
});

describe('npm run discovery', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'discovery-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const run = (...args: string[]) => promisify(execFile)(process.execPath, ['lib/local/discovery.ts', ...args]);

  test('copies both documents to the paths under which they are served', async () => {
    await run('--out', folder, '--url', service.url);
    for (const path of ['/auth/.well-known/openid-configuration', '/auth/jwt/jwks.json']) {
      const served = await (await fetch(`${service.url}${path}`)).json();
      expect(JSON.parse(await readFile(join(folder, path), 'utf8'))).toEqual(served);
    }
  });

  test('says in one line why it could not', async () => {
    const failure = run('--out', folder, '--url', service.url, '--base-path', '/other');
    await expect(failure).rejects.toMatchObject({
      code: 1,
      stderr: `${service.url}/other/.well-known/openid-configuration answers 404\n`,
    });
  });
});

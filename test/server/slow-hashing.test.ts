import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DEFAULT_CORE_CONFIG } from '../../lib/core/index.ts';
import { DEFAULT_USER_CONFIG } from '../../lib/core/user-config.ts';
import { DEFAULT_PASSWORD_SETTINGS } from '../../lib/passwords/password-settings.ts';
import { createCoreServer } from '../../lib/server/http-server.ts';
import { createSystemCoreWithUsers } from '../../lib/supertokens/system-core-with-users.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';

const CHEAP = { ...DEFAULT_PASSWORD_SETTINGS, argon2: { memory: 64, iterations: 1, parallelism: 1 } };

// Each hash takes a minute by the monotonic clock, as it does behind hundreds of others.
jest.mock('../../lib/passwords/argon2.ts', () => {
  const actual = jest.requireActual<typeof import('../../lib/passwords/argon2.ts')>('../../lib/passwords/argon2.ts');
  const clock = process.hrtime.bigint;
  let minutes = 0n;
  jest.spyOn(process.hrtime, 'bigint').mockImplementation(() => clock() + minutes * 60_000_000_000n);
  const slow =
    <Arguments extends unknown[], Result>(derive: (...values: Arguments) => Promise<Result>) =>
    (...values: Arguments): Promise<Result> => {
      minutes += 1n;
      return derive(...values);
    };
  return { ...actual, argon2id: slow(actual.argon2id), matchesArgon2: slow(actual.matchesArgon2) };
});

let database: TestDatabase;
let server: Server;
beforeAll(async () => {
  database = await startTestDatabase();
  const settings = { users: DEFAULT_USER_CONFIG, passwords: CHEAP };
  const core = createSystemCoreWithUsers(database.store, database.userStores, DEFAULT_CORE_CONFIG, settings);
  server = createCoreServer(core, { hasApiKeys: false, host: 'localhost' });
  server.listen({ host: 'localhost', port: 0 });
  await once(server, 'listening');
});
afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await database?.stop();
  jest.restoreAllMocks();
});
async function post(path: string): Promise<unknown> {
  const { port } = server.address() as AddressInfo;
  const body = JSON.stringify({ email: 'jane@example.com', password: 'correct horse 1' });
  const response = await fetch(`http://localhost:${port}${path}`, { method: 'POST', body });
  return response.status === 200 ? response.json() : { status: response.status, text: await response.text() };
}

test('a sign-up and a sign-in whose password waits long for its hash are answered', async () => {
  expect(await post('/recipe/signup')).toMatchObject({ status: 'OK' });
  expect(await post('/recipe/signin')).toMatchObject({ status: 'OK' });
});

import { randomUUID } from 'node:crypto';
import { readUserSettings } from '../../lib/config/user-settings.ts';
import { readAll } from '../../lib/config/variables.ts';
import { type Core, DEFAULT_CORE_CONFIG } from '../../lib/core/index.ts';
import { LOCAL_REGION } from '../../lib/dev/dynamodb.ts';
import { createDynamoDb } from '../../lib/dynamodb/client.ts';
import { createCoreOn } from '../../lib/server/core-on-tables.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { type RoundsProxy, startRoundsProxy } from '../fixtures/rounds-proxy.ts';

let database: TestDatabase;
let proxy: RoundsProxy;
let core: Core;

beforeAll(async () => {
  // The core logs that it has made its keys.
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  database = await startTestDatabase();
  proxy = await startRoundsProxy(database.endpoint);
  const db = createDynamoDb({ endpoint: proxy.endpoint, region: LOCAL_REGION });
  const userSettings = readAll({ ARGON2_MEMORY_KB: '64' }, readUserSettings);
  core = createCoreOn(db, database.tables, { settings: DEFAULT_CORE_CONFIG, userSettings });
  await core.readKeys();
});
afterAll(async () => {
  await proxy?.stop();
  await database?.stop();
  jest.restoreAllMocks();
});

async function ask(path: string, body: object): Promise<Record<string, unknown>> {
  const { body: answer } = await core.handle({
    method: 'POST',
    path,
    query: new URLSearchParams(),
    headers: { 'cdi-version': '5.4' },
    body: JSON.stringify(body),
  });
  const parsed = JSON.parse(answer) as Record<string, unknown>;
  expect(parsed).toMatchObject({ status: 'OK' });
  return parsed;
}

const createSession = (userId: string) =>
  ask('/recipe/session', { userId, userDataInJWT: {}, userDataInDatabase: {}, enableAntiCsrf: false });

async function newUser(): Promise<string> {
  const { recipeUserId } = await ask('/recipe/signup', { email: `${randomUUID()}@example.com`, password: 'correct 1' });
  return String(recipeUserId);
}

const idOfOtherForm = (): string => `customer ${randomUUID()}`;

async function mappedUser(): Promise<string> {
  const externalUserId = idOfOtherForm();
  await ask('/recipe/userid/map', { superTokensUserId: await newUser(), externalUserId });
  return externalUserId;
}

test.each([
  ['a user of this core', 3, newUser],
  ['an id that looks like a user id, but is none', 4, async () => randomUUID()],
  ['an id of another form that is no user', 3, async () => idOfOtherForm()],
  ['an external id', 5, mappedUser],
])('the core over HTTP creates a session of %s in %i rounds of calls', async (_whose, expected, someone) => {
  const rounds = await proxy.roundsOf(expected, async () => {
    const userId = await someone();
    return () => createSession(userId);
  });
  expect(rounds).toBeLessThanOrEqual(expected);
});

test('a sign-up has noted the user as active when it returns', async () => {
  const since = Date.now();
  await newUser();
  const { body } = await core.handle({
    method: 'GET',
    path: '/users/count/active',
    query: new URLSearchParams({ since: String(since) }),
    headers: { 'cdi-version': '5.4' },
    body: undefined,
  });
  expect(JSON.parse(body)).toMatchObject({ count: 1 });
});

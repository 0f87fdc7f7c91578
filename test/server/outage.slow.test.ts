import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedDynamoDb, startEmbeddedDynamoDb } from '../../lib/dev/dynamodb.ts';
import { newSession } from '../fixtures/cdi-session.ts';
import { type CoreProcess, startCore } from '../fixtures/core-process.ts';

// `npm run core`, as its supervisor sees it while DynamoDB is down.

let folder: string;
let dynamoDb: EmbeddedDynamoDb;
let core: CoreProcess;

const startDatabase = (port?: number) =>
  startEmbeddedDynamoDb({ folder, accessKeyId: 'outage', ...(port !== undefined && { port }) });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'core-'));
  dynamoDb = await startDatabase();
  core = await startCore({ DYNAMODB_ENDPOINT: dynamoDb.endpoint, ARGON2_MEMORY_KB: '64' });
});
afterAll(async () => {
  await core?.stop();
  await dynamoDb?.stop();
  await rm(folder, { recursive: true, force: true });
});

const hello = async () => (await fetch(`${core.url}/hello`)).status;

const createSession = (userId: string) =>
  fetch(`${core.url}/recipe/session`, {
    method: 'POST',
    body: JSON.stringify(newSession(userId)),
  });

const entries = () =>
  core
    .output()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { time: string; level: string; message: string; path?: string });

test('the core says that it is not ready while DynamoDB is down, and is ready again afterwards', async () => {
  const port = Number(new URL(dynamoDb.endpoint).port);
  const userId = randomUUID();
  expect((await createSession(userId)).status).toBe(200);
  await dynamoDb.stop();

  expect(await hello()).toBe(500);
  const refused = await createSession(userId);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await refused.text()).toBe('The store is not available\n');
  const failed = entries().filter(({ message }) => message === 'CoreRequestFailed');
  expect(failed.map(({ level, path }) => [level, path])).toEqual([
    ['error', '/hello'],
    ['error', '/recipe/session'],
  ]);

  dynamoDb = await startDatabase(port);
  expect(await hello()).toBe(200);
  const listed = await fetch(`${core.url}/recipe/session/user?userId=${userId}`);
  expect(((await listed.json()) as { sessionHandles: string[] }).sessionHandles).toHaveLength(1);
});

test('the core ends with 0 on SIGTERM, also while DynamoDB is down', async () => {
  await dynamoDb.stop();
  expect(await core.stop()).toBe(0);
});

test('every line of its log is JSON, with the time, the level and what happened', () => {
  for (const { time, level, message } of entries()) {
    expect([new Date(time).toISOString(), ['info', 'warn', 'error'].includes(level)]).toEqual([time, true]);
    expect(message).toMatch(/^[A-Z]\w+$/);
  }
});

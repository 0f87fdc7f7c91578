import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../../../lib/config/environment.ts';
import { DEFAULT_CORE_CONFIG } from '../../../lib/core/index.ts';
import { createDynamoDbStore } from '../../../lib/core/store/dynamodb/index.ts';
import { createTables, LOCAL_REGION, startEmbeddedDynamoDb } from '../../../lib/dev/dynamodb.ts';
import { createDynamoDb } from '../../../lib/dynamodb/client.ts';
import { EXIT } from '../../../lib/tools/command-line.ts';
import { settingsOf } from '../../../lib/tools/operator/core-store.ts';
import { keysCommand } from '../../../lib/tools/operator/keys-command.ts';
import { sessionsCommand } from '../../../lib/tools/operator/sessions-command.ts';
import { CREATED_AT, someRow } from '../../fixtures/session-row.ts';
import { typed } from '../../fixtures/typed-terminal.ts';

let folder: string;
let environment: Environment;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'core-store-'));
  environment = { SUPERTOKENS_DATA_DIR: folder };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const sessions = (...args: string[]) => typed(sessionsCommand(environment), [...args, '--core']);

/** Fills the folder as npm run core does. */
async function fill() {
  const row = someRow({ expiry: Date.now() + 86_400_000, createdAt: CREATED_AT });
  const { endpoint, stop } = await startEmbeddedDynamoDb({ folder });
  const tables = { sessions: 'core-sessions', keys: 'core-keys', publishedKeys: 'core-published-keys' };
  await createTables(endpoint, tables);
  await createDynamoDbStore(createDynamoDb({ endpoint, region: LOCAL_REGION }), tables).sessions.create(row);
  return { row, endpoint, stop };
}

test.each([true, false])('the sessions of npm run core are listed and revoked; it runs: %s', async (isRunning) => {
  const { row, stop } = await fill();
  if (!isRunning) await stop();
  const listed = await sessions('list', row.userId);
  expect(listed.output).toContain(row.handle);
  expect(listed.errors).toContain(`data of npm run core in ${folder}`);
  expect(await sessions('revoke', row.handle)).toMatchObject({ code: EXIT.done });
  expect((await sessions('list', row.userId)).output).not.toContain(row.handle);
  if (isRunning) await stop();
});

test('the keys of npm run core are replaced and shown', async () => {
  await (await fill()).stop();
  const keys = (...args: string[]) => typed(keysCommand(environment), [...args, '--core']);
  const replaced = await keys('replace', '--yes', '--json');
  expect(replaced.code).toBe(EXIT.done);
  const { kids } = JSON.parse(replaced.output) as { kids: string[] };
  const shown = await keys('show');
  for (const kid of kids) expect(shown.output).toContain(kid);
});

test('tables that npm run core has at an endpoint are found by the same variables', async () => {
  const { row, endpoint, stop } = await fill();
  const variables = {
    DYNAMODB_ENDPOINT: endpoint,
    SESSIONS_TABLE: 'core-sessions',
    KEYS_TABLE: 'core-keys',
    PUBLISHED_KEYS_TABLE: 'core-published-keys',
  };
  const { output } = await typed(sessionsCommand(variables), ['list', row.userId, '--core']);
  expect(output).toContain(row.handle);
  await stop();
});

describe('--core is rejected', () => {
  test.each([
    [['--stage', 'prod']],
    [['--region', 'eu-west-1']],
    [['--endpoint', 'http://localhost:1']],
    [['--data', '.data']],
  ])('with %j', async (args) => {
    const { code, errors } = await sessions('list', 'user', ...args);
    expect(errors).toContain('Do not combine --core with --stage, --region, --endpoint or --data');
    expect(code).toBe(EXIT.usage);
  });

  test('where npm run core has never run', async () => {
    const { code, errors } = await sessions('list', 'user');
    expect(errors).toContain(`There is no data of npm run core in ${folder}. Start it once`);
    expect(code).toBe(EXIT.failed);
  });

  test('where npm run core keeps its data in memory', async () => {
    environment = { SUPERTOKENS_DATA_DIR: 'memory' };
    const { code, errors } = await sessions('list', 'user');
    expect(errors).toContain('With SUPERTOKENS_DATA_DIR=memory');
    expect(code).toBe(EXIT.failed);
  });

  test('with a setting that npm run core would reject', async () => {
    environment = { SUPERTOKENS_DATA_DIR: folder, SUPERTOKENS_PORT: 'none' };
    const { code, errors } = await sessions('list', 'user');
    expect(errors).toContain('SUPERTOKENS_PORT');
    expect(code).toBe(EXIT.failed);
  });
});

test('a user of npm run core may be named by their e-mail', async () => {
  const { endpoint, stop } = await fill();
  await createTables(endpoint, { coreUsers: 'core-users' });
  const { code, errors } = await sessions('list', '--email', 'a@example.com');
  expect(errors).toContain('has the e-mail a@example.com.');
  expect(code).toBe(EXIT.notFound);
  await stop();
});

test('the settings of npm run core are its own, which a stage would reject', () => {
  const variables = { ACCESS_TOKEN_VALIDITY: '10', REFRESH_TOKEN_ROTATION_GRACE_PERIOD: '300' };
  expect(settingsOf(variables, true)).toMatchObject({ gracePeriod: 300_000, rotation: DEFAULT_CORE_CONFIG.rotation });
  expect(() => settingsOf(variables, false)).toThrow('REFRESH_TOKEN_ROTATION_GRACE_PERIOD');
});

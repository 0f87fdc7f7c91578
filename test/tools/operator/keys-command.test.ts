import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKeyStore } from '../../../lib/core/store/dynamodb/index.ts';
import { createTables, type EmbeddedDynamoDb, LOCAL_REGION, startEmbeddedDynamoDb } from '../../../lib/dev/dynamodb.ts';
import { serviceName } from '../../../lib/dev/service.ts';
import { type TableNames, tableNames } from '../../../lib/dev/tables.ts';
import { createDynamoDb } from '../../../lib/dynamodb/client.ts';
import { keysCommand } from '../../../lib/tools/operator/keys-command.ts';
import { makeTestCore } from '../../fixtures/core.ts';
import { typed } from '../../fixtures/typed-terminal.ts';

let folder: string;
let database: EmbeddedDynamoDb;
let names: TableNames;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keys-'));
  database = await startEmbeddedDynamoDb({ folder });
  names = tableNames(await serviceName(), 'dev');
  await createTables(database.endpoint, names);
});
afterAll(async () => {
  await database.stop();
  await rm(folder, { recursive: true, force: true });
});

const run = (args: readonly string[], answers?: readonly string[]) =>
  typed(keysCommand({}), [...args, '--data', folder], answers);
const keyring = async () => {
  const store = createKeyStore(createDynamoDb({ endpoint: database.endpoint, region: LOCAL_REGION }), names);
  return { store, stored: await store.keyring.read() };
};

test('show says that there is none yet, and then which sign since when', async () => {
  expect((await run(['show'])).output).toMatch(/^No key has been published in local data/);
  const { store } = await keyring();
  await makeTestCore(store).core.readKeys();
  const { output } = await run(['show']);
  expect(output).toMatch(/^d-\d+ {2}signs from \d{4}-.*Z$/m);
  expect(output).toMatch(/^s-[0-9a-f-]+$/m);
});

test('replace asks, names the new keys, and says what continues for a while', async () => {
  const { stored: before } = await keyring();
  const no = await run(['replace'], ['no']);
  expect(no).toMatchObject({ code: 1, errors: expect.stringContaining('Nothing was replaced.') });
  expect((await keyring()).stored).toEqual(before);
  const yes = await run(['replace'], ['yes']);
  expect(yes.code).toBe(0);
  const { stored } = await keyring();
  expect(yes.output).toContain(stored?.dynamicKeys[0]?.kid);
  expect(yes.errors).toContain('verifying functions for 10 minutes');
  expect(stored?.dynamicKeys[0]?.privateKey).not.toBe(before?.dynamicKeys[0]?.privateKey);
  expect(stored?.refreshTokenSecret).toBe(before?.refreshTokenSecret);
  // It is made again when something asks for it.
  expect([before?.staticKey, stored?.staticKey]).toEqual([expect.any(Object), undefined]);
});

test('replace --refresh-secrets replaces these, too, and no output has a secret', async () => {
  const { stored: before } = await keyring();
  const { code, output, errors } = await run(['replace', '--refresh-secrets', '--yes', '--json']);
  const { stored } = await keyring();
  if (before === undefined || stored === undefined) throw new Error('There are keys by now');
  expect(code).toBe(0);
  expect(JSON.parse(output)).toEqual({
    kids: stored.dynamicKeys.map(({ kid }) => kid),
    replacedRefreshSecrets: true,
  });
  expect(stored.refreshTokenSecret).not.toBe(before.refreshTokenSecret);
  expect(stored.successorSecret).not.toBe(before.successorSecret);
  const privateKeys = stored.dynamicKeys.map(({ privateKey = '' }) => privateKey);
  for (const secret of [stored.refreshTokenSecret, stored.successorSecret, ...privateKeys]) {
    expect(secret).not.toBe('');
    expect(output + errors).not.toContain(secret);
  }
});

test('every action names the tables that it uses', async () => {
  for (const args of [['show'], ['replace', '--yes']]) {
    expect((await run(args)).errors.split('\n')[0]).toBe(`Using local data in ${folder}`);
  }
});

test.each([
  [['replace'], 'Without a terminal to ask at, replace needs --yes.'],
  [[], 'Name an action: show or replace.'],
  [['show', 'all'], 'show takes no name.'],
  [['show', '--refresh-secrets'], 'Only replace takes --refresh-secrets.'],
])('%j is refused with what is wrong', async (args, message) => {
  expect(await run(args)).toMatchObject({ code: 2, errors: expect.stringContaining(message) });
});

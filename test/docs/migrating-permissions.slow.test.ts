import { readFileSync } from 'node:fs';
import { createDynamoDbUserStores } from '../../lib/core/store/dynamodb/user-stores.ts';
import { EXIT } from '../../lib/tools/command-line.ts';
import { ManualClock } from '../fixtures/core.ts';
import { expectOk, unlink } from '../fixtures/linking.ts';
import { MIGRATION_MODES } from '../fixtures/official-core.ts';
import type { SeededUsers } from '../fixtures/official-users.ts';
import type { PostgresDatabase } from '../fixtures/postgres.ts';
import { type RecordingProxy, startRecordingProxy } from '../fixtures/recording-proxy.ts';
import { makeUserCore } from '../fixtures/user-core.ts';
import { seedInstallation } from '../tools/migrate/after-import/seeded-installation.ts';
import { describeMigrating, makeStage, runMigrate, type Stage } from '../tools/migrate/installation.ts';

/** The rows of the step "Give one machine access to both sides", by their first cells. */
const ROWS = new Map(
  (readFileSync('docs/migrating.md', 'utf8').split('### 2. Give one machine access')[1]?.split('### 3.')[0] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, first = '', second = '']) => [first, [...second.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)]),
);

const namesIn = (row: string): readonly string[] => {
  const names = ROWS.get(row);
  if (names === undefined) throw new Error(`docs/migrating.md has no row "${row}"`);
  return names;
};

const WRITTEN = [
  'sessions and keys',
  'roles',
  'users',
  'the users of a tenant',
  'the same, with the setting `migration_mode`',
  'what is kept by a user id',
  'TOTP devices of users that were deleted',
].flatMap(namesIn);
const ACTIONS = namesIn("the stage's tables of sessions, keys, published keys and the core's users");

/** As a role that has only been granted what the document names. */
const addressAs = ({ address }: PostgresDatabase, role: string): string => address.replace('//postgres@', `//${role}@`);

describeMigrating('the permissions that docs/migrating.md names', (servers) => {
  let stage: Stage;
  let proxy: RecordingProxy;
  beforeAll(async () => {
    const { dynamoDb, postgres } = servers();
    stage = await makeStage(dynamoDb.endpoint, new ManualClock(Date.now()), true);
    proxy = await startRecordingProxy(dynamoDb.endpoint);
    const { client } = await postgres.createDatabase();
    await client.query('CREATE ROLE reader LOGIN; CREATE ROLE writer LOGIN');
  });
  afterAll(() => proxy?.stop());

  const migrate = (...args: string[]) =>
    runMigrate([...args, '--endpoint', proxy.endpoint, '--stage', stage.name], {}, stage.clock);

  test.each(MIGRATION_MODES)('are enough for an import and an export, with the migration mode %s', async (mode) => {
    const [official, other] = [await servers().postgres.createDatabase(), await servers().postgres.createDatabase()];
    const { users } = await seedInstallation(official, mode);
    await other.client.query('UPDATE tenant_configs SET core_config = $1', [JSON.stringify({ migration_mode: mode })]);
    await official.client.query('GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader');
    await other.client.query(
      `GRANT SELECT ON ALL TABLES IN SCHEMA public TO writer; GRANT INSERT, UPDATE, DELETE ON ${WRITTEN.join(', ')} TO writer`,
    );
    stage = await makeStage(servers().dynamoDb.endpoint, stage.clock, true);
    const imported = await migrate('import', '--from', addressAs(official, 'reader'), '--verify');
    expect(imported).toMatchObject({ code: EXIT.incomplete });
    expect(await migrate('export', '--to', addressAs(other, 'writer'), '--verify')).toMatchObject({ code: EXIT.done });
    await changeAndDelete(users);
    expect(await migrate('export', '--to', addressAs(other, 'writer'), '--verify')).toMatchObject({ code: EXIT.done });
  });

  /** So that the next export has something to change and to delete in most tables. */
  async function changeAndDelete({ bcryptUser, argon2User, primary, linkedGoogle }: SeededUsers): Promise<void> {
    const userStores = createDynamoDbUserStores(stage.db, stage.names.coreUsers);
    const core = makeUserCore({ store: stage.store, userStores }, { clock: stage.clock });
    const change = { recipeUserId: argon2User, email: 'changed@example.com', password: 'a new password 1' };
    await expectOk(core.ask('/recipe/user', change, { method: 'PUT' }));
    const metadata = { userId: argon2User, metadataUpdate: { changed: true } };
    await expectOk(core.ask('/recipe/user/metadata', metadata, { method: 'PUT' }));
    await expectOk(unlink(core, linkedGoogle));
    await expectOk(core.ask('/recipe/user/role/remove', { userId: primary, role: 'guest' }));
    await expectOk(core.ask('/user/remove', { userId: bcryptUser }));
    await expectOk(core.ask('/recipe/role/remove', { role: 'admin' }));
  }

  test('of the stage are all that the command asks DynamoDB for', () => {
    const used = new Set(proxy.calls.map(({ operation }) => operation));
    expect(used.size).toBeGreaterThan(4);
    expect([...used].filter((operation) => !ACTIONS.includes(operation))).toEqual([]);
  });
});

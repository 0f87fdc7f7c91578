import { EXIT } from '../../../lib/tools/command-line.ts';
import { IN_PROCESS } from '../../fixtures/cdi-session.ts';
import { makeTestCore } from '../../fixtures/core.ts';
import { database, importAll, stage, useImportStage } from './import-stage.ts';
import { describeMigrating, fillWithRecording, rowOf } from './installation.ts';

describeMigrating('npm run migrate -- import says what is wrong:', (servers) => {
  useImportStage(servers);
  beforeAll(async () => {
    await database.client.query('CREATE ROLE stranger LOGIN');
  });

  test.each<[string, () => string, string]>([
    [
      'no server listens there',
      () => 'postgres://user:hidden@127.0.0.1:1/core',
      'Cannot connect to PostgreSQL at 127.0.0.1:1/core',
    ],
    ['no such database', () => `${database.address}_no`, 'does not exist'],
    [
      'a user who may not read',
      () => database.address.replace('postgres@', 'stranger@'),
      'PostgreSQL: permission denied for table',
    ],
    [
      'no official core there',
      () => database.address.replace(/[^/]+$/, 'postgres'),
      'If the database is new, start an official core on it once',
    ],
  ])('%s', async (_what, address, message) => {
    const { code, output } = await stage.migrate('import', '--from', address());
    expect(output).toContain(message);
    expect(output).not.toContain('hidden');
    expect(code).toBe(EXIT.failed);
  });

  test('tables of other names, and the settings that name them', async () => {
    const renamed = await servers().postgres.createDatabase();
    await renamed.client.query('ALTER TABLE session_info RENAME TO my_session_info');
    const { code, output } = await stage.migrate('import', '--from', renamed.address);
    expect(output).toContain('There is no table session_info at 127.0.0.1');
    for (const setting of [
      'postgresql_table_schema',
      'postgresql_table_names_prefix',
      'postgresql_session_info_table_name',
    ]) {
      expect(output).toContain(setting);
    }
    expect(code).toBe(EXIT.failed);
    await renamed.client.query('ALTER TABLE my_session_info RENAME TO session_info');
    await renamed.client.query('ALTER TABLE key_value RENAME TO my_key_value');
    expect((await stage.migrate('import', '--from', renamed.address)).output).toContain('There is no table key_value');
  });

  test('tables of a core that is too old, and the oldest version', async () => {
    const older = await servers().postgres.createDatabase();
    await older.client.query('ALTER TABLE session_info DROP COLUMN app_id CASCADE, DROP COLUMN tenant_id CASCADE');
    const { code, output } = await stage.migrate('import', '--from', older.address);
    expect(output).toContain(
      'has no column app_id, tenant_id. The command can read the tables of the official core 6.0',
    );
    expect(output).toContain('core 6.0 and later');
    expect(code).toBe(EXIT.failed);
  });

  test('an official core that never had a session', async () => {
    const { code, output } = await importAll();
    expect(output).toContain('key_value has no refresh_token_key');
    expect(code).toBe(EXIT.failed);
  });

  test('--since last before any import, and installs no key', async () => {
    await fillWithRecording(database);
    await makeTestCore(stage.store, IN_PROCESS, stage.clock).core.rotateSigningKeyIfDue();
    const keyring = await stage.store.keyring.read();
    const { code, output } = await importAll('--since', 'last');
    expect(output).not.toContain('Keys:');
    expect(await stage.store.keyring.read()).toEqual(keyring);
    expect(output).toContain('--since needs a finished import of everything.');
    expect(code).toBe(EXIT.failed);
    expect(await rowOf(database, 'none')).toBeUndefined();
  });
});

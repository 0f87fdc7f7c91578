import { openOfficialDatabase } from '../../../../lib/tools/migrate/official-database.ts';
import { readMigrationMode } from '../../../../lib/tools/migrate/users/migration-mode.ts';
import {
  createOfficialCore,
  MIGRATION_MODES,
  type MigrationMode,
  type OfficialCore,
} from '../../../fixtures/official-core.ts';
import { SEED, seedOfficialUsers } from '../../../fixtures/official-users.ts';
import type { PostgresDatabase } from '../../../fixtures/postgres.ts';
import { describeMigrating } from '../installation.ts';
import { copyAll, emptyUsers, readAll, setMode, withOfficial } from '../official-records.ts';

const PASSWORD_HASH = `$2a$04$${'x'.repeat(53)}`;
const JOINED = { timeJoined: SEED.joined };

describeMigrating("reading an official core's users", (servers) => {
  let database: PostgresDatabase;
  let core: OfficialCore;
  beforeAll(async () => {
    database = await servers().postgres.createDatabase();
  });
  beforeEach(async () => {
    await emptyUsers(database);
    core = createOfficialCore(database.client);
  });

  const readUsers = () => withOfficial(database, ({ users }) => readAll(users));
  const signUp = (email: string, more: object = {}) =>
    core.signUp({ recipe: 'emailpassword', email, passwordHash: PASSWORD_HASH, ...JOINED, ...more });

  test.each([
    ['{', 'its metadata is no JSON object'],
    ['[1]', 'its metadata is no JSON object'],
  ])('lists a user with the metadata %s', async (text, reason) => {
    const key = await signUp('some@example.com');
    await core.setMetadata(key, text);
    expect(await readUsers()).toEqual({ records: new Map(), refused: [{ key, reason }] });
  });

  test('lists a user with a password hash of an unknown kind', async () => {
    const key = await signUp('some@example.com', { passwordHash: '5f4dcc3b5aa765d61d8327deb882cf99' });
    const reason = 'its password hash is none of bcrypt, Argon2 or Firebase';
    expect(await readUsers()).toEqual({ records: new Map(), refused: [{ key, reason }] });
  });

  test('lists a user without a tenant', async () => {
    const key = await signUp('some@example.com', { tenants: [] });
    expect(await readUsers()).toEqual({ records: new Map(), refused: [{ key, reason: 'of no tenant' }] });
  });

  test('lists that a user of several tenants is moved as one of the tenant public', async () => {
    await core.addApp('public', 'customers');
    const id = await signUp('some@example.com', { tenants: ['public', 'customers'] });
    const { records, refused } = await readUsers();
    expect([...records.keys()]).toEqual([id]);
    expect(refused).toEqual([{ key: `${id} (membership)`, reason: 'of tenant customers. The user is moved' }]);
  });

  test('takes no links that have expired, and gives one without an e-mail that of the user', async () => {
    const id = await signUp('some@example.com');
    await core.mailResetLink(id, 'some@example.com', 'expired', SEED.joined);
    await core.mailVerificationLink(id, 'some@example.com', 'expired', SEED.joined);
    await core.insert('emailpassword_pswd_reset_tokens', { user_id: id, token: 'ab', token_expiry: SEED.expiry });
    const { records } = await readUsers();
    expect(records.get(id)?.parts).toMatchObject({
      resetTokens: [{ hash: 'ab', email: 'some@example.com', expiry: SEED.expiry }],
      verificationTokens: [],
    });
  });

  test('takes ids without the spaces that fill them up', async () => {
    const id = await signUp('some@example.com', { id: 'short' });
    await core.setMetadata(id, '{"a":1}');
    const { records } = await readUsers();
    expect([...records.values()]).toMatchObject([{ key: 'short', parts: { metadata: '{"a":1}' } }]);
    expect((await withOfficial(database, ({ users }) => users.read(['short']))).has('short')).toBe(true);
  });

  test('takes an external id for no user of its own', async () => {
    const id = await signUp('some@example.com');
    await core.mapId(id, 'external');
    await core.setMetadata('external', '{"a":1}');
    expect([...(await readUsers()).records.keys()]).toEqual([id]);
    await withOfficial(database, async ({ users }) => {
      expect(await users.read(['external'])).toEqual(new Map());
      expect(await users.count()).toBe(1);
    });
  });

  test('reads each of many users once, page by page, and counts them', async () => {
    await database.client.query(
      `INSERT INTO app_id_to_user_id (user_id, recipe_id, primary_or_recipe_user_id)
         SELECT id, 'passwordless', id FROM (SELECT md5(n::text)::uuid::text AS id FROM generate_series(1, 1201) n) s;
       INSERT INTO passwordless_users (user_id, phone_number, time_joined)
         SELECT user_id, user_id, 1 FROM app_id_to_user_id;
       INSERT INTO all_auth_recipe_users
         SELECT 'public', 'public', user_id, user_id, false, 'passwordless', 1, 1 FROM app_id_to_user_id;
       INSERT INTO user_metadata (user_id, user_metadata) SELECT 'foreign-' || n, '{"n":1}' FROM generate_series(1, 701) n;
       INSERT INTO user_metadata (user_id, user_metadata) SELECT user_id, '{"n":2}' FROM app_id_to_user_id`,
    );
    await withOfficial(database, async ({ users }) => {
      const keys: string[] = [];
      const sizes: number[] = [];
      for await (const { records } of users.pages()) {
        keys.push(...records.map(({ key }) => key));
        sizes.push(records.length);
      }
      expect(keys).toHaveLength(1902);
      expect(new Set(keys).size).toBe(1902);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(500);
      expect(await users.count()).toBe(1902);
    });
  });

  test('reads smaller pages where metadata is large', async () => {
    const large = JSON.stringify({ a: 'x'.repeat(900_000) });
    for (let n = 0; n < 12; n++) await core.setMetadata(await signUp(`user-${n}@example.com`), large);
    for (let n = 0; n < 12; n++) await core.setMetadata(`foreign-${n}`, large);
    const sizes: number[] = [];
    await withOfficial(database, async ({ users }) => {
      for await (const { records } of users.pages()) sizes.push(records.length);
    });
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(24);
    expect(Math.max(...sizes)).toBe(4);
  });

  describe('finds the migration mode', () => {
    const modeOf = (said?: MigrationMode) => readMigrationMode(database.client, said);

    test.each(MIGRATION_MODES)("%s in the core's setting", async (mode) => {
      await setMode(database, mode);
      expect(await modeOf()).toBe(mode);
      await setMode(database, 'LEGACY');
    });

    test.each([
      ['LEGACY', 'LEGACY'],
      ['DUAL_WRITE_READ_OLD', 'DUAL_WRITE_READ_OLD'],
      // Both sets of tables are written alike.
      ['DUAL_WRITE_READ_NEW', 'DUAL_WRITE_READ_OLD'],
      ['MIGRATED', 'MIGRATED'],
    ] as const)('%s by the rows, if the setting is in a file, as %s', async (mode, expected) => {
      await seedOfficialUsers(database, mode);
      await database.client.query("UPDATE tenant_configs SET core_config = '{}'");
      expect(await modeOf()).toBe(expected);
    });

    test("in the core's file or environment, unless the database has the setting", async () => {
      await database.client.query("UPDATE tenant_configs SET core_config = '{}'");
      expect(await modeOf('MIGRATED')).toBe('MIGRATED');
      await setMode(database, 'DUAL_WRITE_READ_NEW');
      expect(await modeOf('MIGRATED')).toBe('DUAL_WRITE_READ_NEW');
      await setMode(database, 'LEGACY');
    });

    test('LEGACY without users', async () => {
      await database.client.query("UPDATE tenant_configs SET core_config = 'no JSON'");
      expect(await modeOf()).toBe('LEGACY');
      await setMode(database, 'LEGACY');
    });
  });

  describe('of other versions:', () => {
    const NEW_TABLES = 'recipe_user_account_infos, recipe_user_tenants, primary_user_tenants';
    const changes: readonly [what: string, statements: string][] = [
      [
        'before 12.0, without the new tables',
        `DROP TABLE ${NEW_TABLES};
         ALTER TABLE app_id_to_user_id DROP time_joined, DROP primary_or_recipe_user_time_joined`,
      ],
      [
        'before 7.0, without linked accounts and TOTP',
        `DROP TABLE ${NEW_TABLES}, totp_user_devices, totp_users, webauthn_users, tenant_configs;
         ALTER TABLE app_id_to_user_id DROP time_joined, DROP primary_or_recipe_user_time_joined,
           DROP primary_or_recipe_user_id, DROP is_linked_or_is_a_primary_user;
         ALTER TABLE all_auth_recipe_users DROP primary_or_recipe_user_time_joined,
           DROP primary_or_recipe_user_id, DROP is_linked_or_is_a_primary_user;
         ALTER TABLE emailpassword_pswd_reset_tokens DROP email`,
      ],
    ];
    test.each(changes)('%s: reads and writes what is there', async (_what, statements) => {
      const [older, other] = [await servers().postgres.createDatabase(), await servers().postgres.createDatabase()];
      for (const { client } of [older, other]) await client.query(statements);
      const user_id = '00000000-0000-4000-8000-000000000001';
      const isLinking = !statements.includes('DROP is_linked');
      const ids = isLinking ? { primary_or_recipe_user_id: user_id } : {};
      const times = { time_joined: SEED.joined, ...(isLinking && { primary_or_recipe_user_time_joined: SEED.joined }) };
      const olderCore = createOfficialCore(older.client);
      await olderCore.createRole('admin', ['write']);
      await olderCore.insert('app_id_to_user_id', { user_id, recipe_id: 'emailpassword', ...ids });
      const login = { user_id, email: 'old@example.com' };
      await olderCore.insert('emailpassword_users', {
        ...login,
        password_hash: PASSWORD_HASH,
        time_joined: SEED.joined,
      });
      await olderCore.insert('all_auth_recipe_users', { user_id, recipe_id: 'emailpassword', ...ids, ...times });
      await olderCore.insert('emailpassword_user_to_tenant', login);
      await olderCore.giveRole(user_id, 'admin');
      await olderCore.insert('emailpassword_pswd_reset_tokens', { user_id, token: 'ab', token_expiry: SEED.expiry });
      expect(await copyAll(older, other)).toEqual([]);
      const [expected, written] = [
        await withOfficial(older, ({ users }) => readAll(users)),
        await withOfficial(other, ({ users }) => readAll(users)),
      ];
      expect(written).toEqual(expected);
      expect(written.records.get(user_id)?.parts).toMatchObject({
        login: { email: 'old@example.com' },
        roles: ['admin'],
        resetTokens: [{ hash: 'ab', email: 'old@example.com' }],
      });
    });

    test('after a move to the new tables, with the old ones dropped', async () => {
      const migrated = await servers().postgres.createDatabase();
      const ids = await seedOfficialUsers(migrated, 'MIGRATED');
      await migrated.client.query(
        `DROP TABLE emailpassword_user_to_tenant, thirdparty_user_to_tenant, passwordless_user_to_tenant, all_auth_recipe_users`,
      );
      const other = await servers().postgres.createDatabase();
      expect(await copyAll(migrated, other)).toEqual([]);
      expect(await copyAll(other, migrated)).toEqual([]);
      const { records } = await withOfficial(other, ({ users }) => readAll(users));
      expect(records.size).toBe(11);
      expect(records.get(ids.linkedGoogle)?.parts.login?.email).toBe('linked@example.com');
    });

    test('without any table of users: there is nothing, and the sessions can be read', async () => {
      const bare = await servers().postgres.createDatabase();
      await bare.client.query(`DROP TABLE ${NEW_TABLES}, totp_user_devices, totp_users, webauthn_users, tenant_configs,
        emailpassword_user_to_tenant, thirdparty_user_to_tenant, passwordless_user_to_tenant, all_auth_recipe_users,
        emailpassword_pswd_reset_tokens, emailverification_verified_emails, emailverification_tokens, user_metadata,
        user_last_active, role_permissions, roles, user_roles, userid_mapping, emailpassword_users, thirdparty_users,
        passwordless_users, app_id_to_user_id`);
      const official = await openOfficialDatabase(bare.address);
      for (const kind of [official.users, official.roles, official.primaryUsers]) {
        expect(await readAll(kind as typeof official.users)).toEqual({ records: new Map(), refused: [] });
        expect(await kind.count()).toBe(0);
      }
      expect(await official.sessions.count()).toBe(0);
      await official.close();
    });
  });
});

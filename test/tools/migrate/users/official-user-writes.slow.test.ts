import type pg from 'pg';
import type { OfficialDatabase } from '../../../../lib/tools/migrate/official-database.ts';
import { openOfficialDatabase } from '../../../../lib/tools/migrate/official-database.ts';
import type { RecordChange, StoredRecord } from '../../../../lib/tools/migrate/records/record-database.ts';
import type { MovedUser } from '../../../../lib/tools/migrate/users/user.ts';
import { createOfficialCore, MIGRATION_MODES, type OfficialCore } from '../../../fixtures/official-core.ts';
import { SEED, type SeededUsers, seedOfficialUsers } from '../../../fixtures/official-users.ts';
import type { PostgresDatabase } from '../../../fixtures/postgres.ts';
import { describeMigrating, insert, someOfficialRow } from '../installation.ts';
import { emptyUsers, userTables } from '../official-records.ts';

const PASSWORD_HASH = `$2a$04$${'x'.repeat(53)}`;

describeMigrating("a write to an official core's users", (servers) => {
  let database: PostgresDatabase;
  let core: OfficialCore;
  let ids: SeededUsers;
  let official: OfficialDatabase;
  beforeAll(async () => {
    database = await servers().postgres.createDatabase();
  });
  beforeEach(() => prepare());
  afterEach(() => official.close());

  async function prepare(mode: (typeof MIGRATION_MODES)[number] = 'LEGACY'): Promise<void> {
    await emptyUsers(database);
    ids = await seedOfficialUsers(database, mode);
    core = createOfficialCore(database.client, mode);
    official = await openOfficialDatabase(database.address);
  }

  const stored = async (id: string): Promise<StoredRecord<MovedUser, string>> => {
    const found = (await official.users.read([id])).get(id);
    if (found === undefined) throw new Error(`There is no user ${id}`);
    return found;
  };
  const parts = async (id: string): Promise<MovedUser['parts']> => ((await stored(id)).record as MovedUser).parts;

  /** Of a user as it is there, with other parts. */
  async function changeOf(id: string, changed: object): Promise<RecordChange<MovedUser, string>> {
    const replaces = await stored(id);
    const record = replaces.record as MovedUser;
    return { record: { ...record, parts: { ...record.parts, ...changed } }, replaces, changed: [] };
  }
  async function withLogin(id: string, changed: object): Promise<RecordChange<MovedUser, string>> {
    return changeOf(id, { login: { ...(await parts(id)).login, ...changed } });
  }
  const outcomeOf = async (...changes: RecordChange<MovedUser, string>[]) => [
    ...(await official.users.write(changes)).values(),
  ];

  describe.each(MIGRATION_MODES)('in the migration mode %s', (mode) => {
    beforeEach(async () => {
      await official.close();
      await prepare(mode);
    });

    test.each([
      [
        'the e-mail of another user with a password',
        'bcryptUser',
        { email: 'argon2@example.com' },
        'e-mail',
        'argon2User',
      ],
      ['the phone number of another user', 'passwordless', { phoneNumber: '+16505550100' }, 'phone number', 'survivor'],
      [
        "another user's third-party id",
        'mapped',
        { thirdParty: { id: 'google', userId: 'google-1' } },
        'third-party id',
        'linkedGoogle',
      ],
    ] as const)(
      'that would give a user %s is refused, and the others of the call are written',
      async (_what, who, contact, name, owner) => {
        const change = await withLogin(ids[who], contact);
        const other = await changeOf(ids.firebaseUser, { metadata: '{"other":true}' });
        expect(await outcomeOf(change, other)).toEqual([
          { key: ids[who], reason: `its ${name} is that of the user ${ids[owner]}` },
          'written',
        ]);
        expect(await stored(ids[who])).toEqual(change.replaces);
        expect((await parts(ids.firebaseUser)).metadata).toBe('{"other":true}');
      },
    );

    test('that would give a linked user the e-mail of another primary user is refused', async () => {
      await core.makePrimary(ids.argon2User);
      const thirdParty = await core.signUp({
        recipe: 'passwordless',
        email: 'also@example.com',
        timeJoined: SEED.joined,
      });
      await core.link(thirdParty, ids.primary);
      expect(await outcomeOf(await withLogin(thirdParty, { email: 'argon2@example.com' }))).toEqual([
        { key: thirdParty, reason: `its e-mail is that of the primary user ${ids.argon2User}` },
      ]);
      expect((await parts(thirdParty)).login?.email).toBe('also@example.com');
    });

    test('changes the e-mail in every tenant of the user', async () => {
      const id = await core.signUp({
        recipe: 'emailpassword',
        email: 'both@example.com',
        passwordHash: PASSWORD_HASH,
        timeJoined: SEED.joined,
        tenants: ['public', 'customers'],
      });
      const whole = await withLogin(id, { email: 'changed@example.com' });
      expect(await outcomeOf(whole)).toEqual(['written']);
      const table = mode === 'MIGRATED' ? 'recipe_user_tenants' : 'emailpassword_user_to_tenant';
      const { rows } = await database.client.query<{ tenant: string }>(
        `SELECT tenant_id AS tenant FROM ${table} t WHERE t::text LIKE '%changed@example.com%' ORDER BY 1`,
      );
      expect(rows).toEqual([{ tenant: 'customers' }, { tenant: 'public' }]);
    });
  });

  test('of two new users with one e-mail takes the first one only', async () => {
    const login = (await parts(ids.bcryptUser)).login;
    const nobody = { ...(await parts(ids.firebaseUser)), login: { ...login, email: 'twice@example.com' } };
    const changes = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'].map((key) => ({
      record: { key, parts: nobody } as MovedUser,
      replaces: undefined,
      changed: [],
    }));
    expect(await outcomeOf(...changes)).toEqual([
      'written',
      expect.objectContaining({ reason: `its e-mail is that of the user ${changes[0]?.record.key}` }),
    ]);
  });

  test('that would give a user the external id of another one is refused', async () => {
    const change = await changeOf(ids.bcryptUser, { mapping: { externalId: ids.externalId, info: null } });
    expect(await outcomeOf(change)).toEqual([
      { key: ids.bcryptUser, reason: `its external id is that of the user ${ids.mapped}` },
    ]);
  });

  describe('is overtaken, and changes nothing, if the core', () => {
    const overtaking: readonly [what: string, act: () => Promise<unknown>][] = [
      ['changes the password', () => core.setPassword(ids.bcryptUser, `$2a$04$${'y'.repeat(53)}`)],
      ['changes the metadata', () => core.setMetadata(ids.bcryptUser, '{"overtaken":true}')],
      ['links the user', () => core.link(ids.bcryptUser, ids.primary)],
      ['deletes the user', () => core.removeUser(ids.bcryptUser)],
    ];
    const change = async () => {
      const { login } = await parts(ids.bcryptUser);
      return changeOf(ids.bcryptUser, { metadata: '{"ours":true}', login: { ...login, passwordHash: PASSWORD_HASH } });
    };

    // Whom a user is linked to is no part of the user.
    test.each(overtaking.filter(([what]) => what !== 'links the user'))('%s before the write', async (_what, act) => {
      const ours = await change();
      await act();
      const before = await userTables(database);
      expect(await outcomeOf(ours)).toEqual(['overtaken']);
      expect(await userTables(database)).toEqual(before);
    });

    test.each(overtaking)('%s during the write', async (_what, act) => {
      const ours = await change();
      let before: unknown;
      const outcomes = await official.users.write([ours], async () => {
        await act();
        before = await userTables(database);
      });
      expect([...outcomes.values()]).toEqual(['overtaken']);
      expect(await userTables(database)).toEqual(before);
    });

    test('signs another user up with the e-mail during the write. The next write is refused', async () => {
      const ours = await withLogin(ids.bcryptUser, { email: 'wanted@example.com' });
      const outcomes = await official.users.write([ours], async () => {
        await core.signUp({
          recipe: 'emailpassword',
          email: 'wanted@example.com',
          passwordHash: PASSWORD_HASH,
          timeJoined: SEED.joined,
        });
      });
      expect([...outcomes.values()]).toEqual(['overtaken']);
      expect(await outcomeOf(ours)).toEqual([expect.objectContaining({ key: ids.bcryptUser })]);
    });
  });

  test('keeps a link that the core makes before it', async () => {
    const ours = await withLogin(ids.bcryptUser, { email: 'new@example.com' });
    await core.link(ids.bcryptUser, ids.primary);
    expect(await outcomeOf(ours)).toEqual(['written']);
    const linked = (await official.primaryUsers.read([ids.primary])).get(ids.primary);
    expect(linked?.record).toMatchObject({ parts: { members: expect.arrayContaining([ids.bcryptUser]) } });
  });

  test('keeps what the core adds during the write, if the write does not change it', async () => {
    const ours = await changeOf(ids.bcryptUser, { metadata: '{"ours":true}' });
    const outcomes = await official.users.write([ours], async () => {
      await core.verify(ids.bcryptUser, 'added@example.com');
    });
    expect([...outcomes.values()]).toEqual(['written']);
    expect(await parts(ids.bcryptUser)).toMatchObject({
      metadata: '{"ours":true}',
      verifiedEmails: ['added@example.com', 'bcrypt@example.com', 'earlier@example.com'],
    });
  });

  test('of a user that cannot be read is refused, and nothing is written', async () => {
    const replaces = await stored(ids.webauthnUser);
    const record = {
      ...((await stored(ids.bcryptUser)).record as MovedUser),
      key: ids.webauthnUser as MovedUser['key'],
    };
    const before = await userTables(database);
    expect(await outcomeOf({ record, replaces, changed: [] })).toEqual([replaces.record]);
    expect(await userTables(database)).toEqual(before);
  });

  describe('that deletes a user', () => {
    const remove = async (...users: StoredRecord<MovedUser, string>[]) => [
      ...(await official.users.remove(users)).values(),
    ];

    test('deletes the sessions, the TOTP devices and the roles in all tenants too', async () => {
      for (const user_id of [ids.mapped, ids.externalId, ids.withTotp, ids.bcryptUser]) {
        await insert(database, 'session_info', [someOfficialRow({ user_id })]);
      }
      expect(await remove(await stored(ids.mapped), await stored(ids.withTotp))).toEqual(['written', 'written']);
      const left = async (table: string) =>
        (await database.client.query<{ user_id: string }>(`SELECT user_id FROM ${table}`)).rows.map(
          (row) => row.user_id,
        );
      expect(await left('session_info')).toEqual([ids.bcryptUser]);
      expect(await left('totp_user_devices')).toEqual([]);
      expect(await left('user_roles')).not.toContain(ids.withTotp);
      expect(await left('user_metadata')).not.toContain(ids.externalId);
      expect((await official.users.read([ids.mapped, ids.withTotp])).size).toBe(0);
    });

    test('keeps the id of a primary user until its last login method is deleted', async () => {
      expect(await remove(await stored(ids.primary))).toEqual(['written']);
      expect((await parts(ids.primary)).login).toMatchObject({ isRetired: true, email: null });
      expect((await official.primaryUsers.read([ids.primary])).get(ids.primary)?.record).toMatchObject({
        parts: { members: [ids.linkedGoogle] },
      });
      expect(await remove(await stored(ids.linkedGoogle))).toEqual(['written']);
      expect((await official.users.read([ids.primary, ids.linkedGoogle])).size).toBe(0);
      expect((await official.primaryUsers.read([ids.primary])).size).toBe(0);
    });

    test('deletes nothing if the core has changed the user since', async () => {
      const before = await stored(ids.bcryptUser);
      await core.giveRole(ids.bcryptUser, 'editor');
      const tables = await userTables(database);
      expect(await remove(before)).toEqual(['overtaken']);
      expect(await userTables(database)).toEqual(tables);
    });
  });

  describe('that breaks off', () => {
    const newUser = (key: string): RecordChange<MovedUser, string> => ({
      record: {
        key: key as MovedUser['key'],
        parts: {
          login: {
            recipe: 'emailpassword',
            timeJoined: SEED.joined,
            email: `${key.slice(0, 8)}@example.com` as never,
            phoneNumber: null,
            thirdParty: null,
            passwordHash: PASSWORD_HASH as never,
            isRetired: false,
          },
          mapping: { externalId: `external-${key}` as never, info: null },
          verifiedEmails: ['some@example.com'],
          metadata: '{"new":true}',
          roles: ['admin' as never],
          resetTokens: [],
          verificationTokens: [],
          lastActive: SEED.joined,
        },
      },
      replaces: undefined,
      changed: [],
    });
    const keys = ['a0000000-0000-4000-8000-000000000001', 'b0000000-0000-4000-8000-000000000002'];

    test.each(Array.from({ length: 12 }, (_value, index) => [index]))(
      'after %i rows leaves all users as they were, and its ticket tells so',
      async (count) => {
        const before = await userTables(database);
        const tickets: (string | undefined)[] = [];
        const failure = failAfter(database.client, count);
        await failure.arm();
        const write = official.users.write(keys.map(newUser), async (ticket) => void tickets.push(ticket));
        await expect(write).rejects.toThrow('broken off');
        await failure.disarm();
        expect(await userTables(database)).toEqual(before);
        const missing = keys.map((key) => ({ key, ticket: tickets[0] }));
        expect(await official.users.deletedOf(missing)).toEqual(new Set());
        expect(await outcomeOf(...keys.map(newUser))).toEqual(['written', 'written']);
      },
    );

    test('only after its end has created the users, and its ticket tells so once they are deleted', async () => {
      const tickets: (string | undefined)[] = [];
      await official.users.write(keys.map(newUser), async (ticket) => void tickets.push(ticket));
      for (const key of keys) await core.removeUser(key);
      const missing = keys.map((key) => ({ key, ticket: tickets[0] }));
      expect(await official.users.deletedOf(missing)).toEqual(new Set(keys));
    });
  });
});

/** Lets PostgreSQL fail at a later row that is inserted into the users' tables. */
function failAfter(client: pg.Client, count: number) {
  const tables = ['app_id_to_user_id', 'emailpassword_users', 'all_auth_recipe_users', 'emailpassword_user_to_tenant'];
  const data = [
    'userid_mapping',
    'emailverification_verified_emails',
    'user_metadata',
    'user_roles',
    'user_last_active',
  ];
  const all = [...tables, ...data];
  return {
    async arm(): Promise<void> {
      await client.query(`
        CREATE SEQUENCE rows_inserted; SELECT setval('rows_inserted', 1, false);
        CREATE FUNCTION fail_at() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          IF nextval('rows_inserted') > ${count} THEN RAISE EXCEPTION 'broken off'; END IF; RETURN NEW;
        END $$;
        ${all.map((table) => `CREATE TRIGGER fail_at BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION fail_at();`).join('')}`);
    },
    async disarm(): Promise<void> {
      await client.query('DROP FUNCTION fail_at CASCADE; DROP SEQUENCE rows_inserted');
    },
  };
}

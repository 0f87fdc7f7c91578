import { randomUUID } from 'node:crypto';
import type { JsonObject, RoleName, UserId } from '../../../lib/core/types.ts';
import { EXIT } from '../../../lib/tools/command-line.ts';

import { createOfficialCore, MIGRATION_MODES, type MigrationMode } from '../../fixtures/official-core.ts';
import { SEED, type SeededUsers, seedOfficialUsers } from '../../fixtures/official-users.ts';
import type { PostgresDatabase } from '../../fixtures/postgres.ts';
import { describeMigrating, fillWithKeys, fillWithRecording, makeStage, type Run, type Stage } from './installation.ts';
import { everythingOf, setMode, stageRecords, stageTablesOf, userTables, withOfficial } from './official-records.ts';

describeMigrating('npm run migrate with users', (servers) => {
  let database: PostgresDatabase;
  let ids: SeededUsers;
  let stage: Stage;

  async function begin(mode: MigrationMode = 'LEGACY'): Promise<void> {
    database = await servers().postgres.createDatabase();
    await fillWithKeys(database);
    ids = await seedOfficialUsers(database, mode);
    stage = await makeStage(servers().dynamoDb.endpoint, undefined, true);
  }

  const importUsers = (...options: string[]): Promise<Run> =>
    stage.migrate('import', '--from', database.address, ...options);
  const exportUsers = (to = database, ...options: string[]): Promise<Run> =>
    stage.migrate('export', '--to', to.address, ...options);
  const core = () => createOfficialCore(database.client);

  /** Every part of every record of both sides, by kind and key. */
  const bothSides = async () => ({
    official: await withOfficial(database, everythingOf),
    ours: await everythingOf(stageRecords(stage)),
  });

  /** As the stage's core does it. */
  async function setMetadata(id: UserId, metadata: JsonObject): Promise<void> {
    const { metadata: store } = stageTablesOf(stage).context.stores;
    expect(await store.replace(id, await store.get(id), { metadata, revision: randomUUID() })).toBe(true);
  }

  /** What cannot be moved, by why. */
  const UNMOVABLE = ['webauthnUser', 'ofTenant'] as const;

  /** The lines that list what was not moved, without the reason. */
  const listedIn = ({ output }: Run): string[] =>
    [...output.matchAll(/^Not moved: (.+?): /gm)].map(([, what]) => String(what));

  describe.each(MIGRATION_MODES)('from an official core in the migration mode %s', (mode) => {
    beforeAll(() => begin(mode));

    test('a dry run says what it would do, and does nothing', async () => {
      const { code, output } = await importUsers('--dry-run');
      expect(output).toContain('Roles: created 2, changed 0, deleted 0');
      expect(output).toMatch(/Users: created 1\d, changed 0, deleted 0/);
      expect(output).toContain('Primary users: created 2, changed 0, deleted 0');
      expect(code).toBe(EXIT.incomplete);
      const { ours } = await bothSides();
      expect(ours).toEqual({});
    });

    test('an import moves every part of every record, and lists the rest', async () => {
      const { code, output } = await importUsers('--verify');
      for (const name of UNMOVABLE) expect(output).toMatch(new RegExp(`^Not moved: user ${ids[name]}: `, 'm'));
      expect(code).toBe(EXIT.incomplete);
      expect(output).toMatch(
        /Users: compared 1\d: 1\d the same, 0 changed or deleted there since, 0 missing or different. 0 more/,
      );
      expect(output).toContain('Primary users: compared 2: 2 the same');
      const { official, ours } = await bothSides();
      expect(ours).toEqual(official);
    });

    test('a second import writes nothing', async () => {
      for (const options of [[], ['--since', 'last']]) {
        const { output } = await importUsers(...options);
        expect(output).toContain('Roles: created 0, changed 0, deleted 0');
        expect(output).toContain('Users: created 0, changed 0, deleted 0');
        expect(output).toContain('Primary users: created 0, changed 0, deleted 0');
      }
    });

    test('an export back writes nothing', async () => {
      const before = await userTables(database);
      const { code, output } = await exportUsers(database, '--verify');
      expect(output).toContain('Users: created 0, changed 0, deleted 0');
      expect({ output, code }).toEqual({ output, code: EXIT.done });
      expect(await userTables(database)).toEqual(before);
    });

    test('an export into another official core gives it the same rows', async () => {
      const other = await servers().postgres.createDatabase();
      await setMode(other, mode);
      const { code, output } = await exportUsers(other, '--verify');
      expect({ output, code }).toEqual({ output, code: EXIT.done });
      const unmovable = UNMOVABLE.map((name) => ids[name]);
      const withoutTimes = (rows: Awaited<ReturnType<typeof userTables>>) =>
        rows.app_id_to_user_id?.map(({ user_id }) => user_id);
      expect(withoutTimes(await userTables(other))).toEqual(withoutTimes(await userTables(database, unmovable)));
      const [one, another] = await Promise.all([database, other].map((each) => withOfficial(each, everythingOf)));
      expect(another).toEqual(one);
    });
  });

  describe('after both cores have changed what was moved', () => {
    beforeAll(async () => {
      await begin();
      await importUsers();
    });

    test('a pass in each direction brings every change to the other side, and lists only the conflict', async () => {
      const { context } = stageTablesOf(stage);
      const bcryptUser = ids.bcryptUser as UserId;
      const argon2User = ids.argon2User as UserId;
      // On the official core only.
      await core().setPassword(bcryptUser, `$2a$04$${'a'.repeat(53)}`);
      await core().setMetadata(ids.firebaseUser, '{"new":true}');
      await core().createRole('writer', ['write']);
      await core().giveRole(bcryptUser, 'writer');
      const added = await core().signUp({
        recipe: 'emailpassword',
        email: 'added@example.com',
        passwordHash: `$2a$04$${'b'.repeat(53)}`,
        timeJoined: SEED.joined,
      });
      // On the stage only.
      await setMetadata(argon2User, { there: 1 });
      await context.stores.roles.give(argon2User, 'guest' as RoleName, 'a grant');
      // On both.
      await core().setMetadata(ids.passwordless, '{"by":"the official core"}');
      await setMetadata(ids.passwordless as UserId, { by: 'the stage' });
      const imported = await importUsers();
      expect(imported.output).toContain('Users: created 1, changed 2, deleted 0');
      expect(imported.output).toContain(
        `Not moved: user ${ids.passwordless}: both sides have changed the metadata. Each side keeps its own`,
      );
      expect(imported.code).toBe(EXIT.incomplete);
      const exported = await exportUsers();
      expect(exported.output).toContain('Users: created 0, changed 1, deleted 0');
      expect(listedIn(exported)).toEqual([`user ${ids.passwordless}`]);
      const { official, ours } = await bothSides();
      const conflict = `users ${ids.passwordless}`;
      expect({ ...ours, [conflict]: undefined }).toEqual({ ...official, [conflict]: undefined });
      expect(ours).toHaveProperty([`users ${added}`]);
      expect(ours).toMatchObject({ [`users ${argon2User}`]: { metadata: '{"there":1}', roles: ['guest'] } });
    });
  });

  test('a stage without a table of users gets keys and sessions, and the command says what it leaves out', async () => {
    await begin();
    await fillWithRecording(database).catch(() => undefined);
    const without = await makeStage(servers().dynamoDb.endpoint);
    const { output } = await without.migrate('import', '--from', database.address);
    expect(output).toMatch(/^Roles, users and linked accounts are left out: .* has no table of the core's users\.$/m);
    expect(output).not.toContain('Users: ');
    expect(output).toMatch(/^Created \d+, replaced 0, revoked 0$/m);
  });

  test('an official core without tables of users gives keys and sessions', async () => {
    await begin();
    await database.client.query('DROP TABLE user_roles, role_permissions, roles CASCADE');
    const { code, output } = await importUsers();
    expect(output).toMatch(
      /^Roles, users and linked accounts are left out: the official core at .* has no tables of users\.$/m,
    );
    expect(code).toBe(EXIT.done);
  });
});

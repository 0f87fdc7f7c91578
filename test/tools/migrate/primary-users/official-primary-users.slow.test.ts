import { type OfficialDatabase, openOfficialDatabase } from '../../../../lib/tools/migrate/official-database.ts';
import type { MovedPrimaryUser } from '../../../../lib/tools/migrate/primary-users/primary-user.ts';
import type { RecordChange } from '../../../../lib/tools/migrate/records/record-database.ts';
import { createOfficialCore, MIGRATION_MODES, type OfficialCore } from '../../../fixtures/official-core.ts';
import { SEED, type SeededUsers, seedOfficialUsers } from '../../../fixtures/official-users.ts';
import type { PostgresDatabase } from '../../../fixtures/postgres.ts';
import { describeMigrating } from '../installation.ts';
import { emptyUsers, userTables } from '../official-records.ts';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';

describeMigrating("an official core's primary users", (servers) => {
  let database: PostgresDatabase;
  let core: OfficialCore;
  let ids: SeededUsers;
  let official: OfficialDatabase;
  beforeAll(async () => {
    database = await servers().postgres.createDatabase();
  });
  afterEach(() => official.close());

  describe.each(MIGRATION_MODES)('in the migration mode %s', (mode) => {
    beforeEach(async () => {
      await emptyUsers(database);
      ids = await seedOfficialUsers(database, mode);
      core = createOfficialCore(database.client, mode);
      official = await openOfficialDatabase(database.address);
    });

    async function changeOf(key: string, ...members: string[]): Promise<RecordChange<MovedPrimaryUser, string>> {
      const record = { key, parts: { members: members.sort() } } as unknown as MovedPrimaryUser;
      return { record, replaces: (await official.primaryUsers.read([key])).get(key), changed: ['members'] };
    }

    test.each([
      ['a login method that is not there', () => UNKNOWN, () => `its login method ${UNKNOWN} is not there`],
      [
        'a login method of another primary user',
        () => ids.survivor,
        () => `its login method ${ids.survivor} belongs to the primary user ${ids.retiredPrimary}`,
      ],
    ])('are not linked to %s, and stay as they are', async (_what, member, reason) => {
      const change = await changeOf(ids.primary, ids.primary, member());
      const other = await changeOf(ids.bcryptUser, ids.bcryptUser, ids.argon2User);
      const before = await userTables(database);
      expect([...(await official.primaryUsers.write([change])).values()]).toEqual([
        { key: ids.primary, reason: reason() },
      ]);
      expect(await userTables(database)).toEqual(before);
      expect([...(await official.primaryUsers.write([change, other])).values()]).toEqual([
        { key: ids.primary, reason: reason() },
        'written',
      ]);
    });

    test('do not share an e-mail', async () => {
      const sharing = await core.signUp({
        recipe: 'passwordless',
        email: 'linked@example.com',
        timeJoined: SEED.joined,
      });
      const before = await userTables(database);
      const reason = `its e-mail is that of the primary user ${ids.primary}`;
      for (const change of [
        await changeOf(sharing, sharing),
        await changeOf(ids.bcryptUser, ids.bcryptUser, sharing),
      ]) {
        const outcomes = await official.primaryUsers.write([change]);
        expect([...outcomes.values()]).toEqual([{ key: change.record.key, reason }]);
      }
      expect(await userTables(database)).toEqual(before);
      // The same e-mail twice is none too many for one primary user.
      const own = await changeOf(ids.primary, ids.primary, ids.linkedGoogle, sharing);
      expect([...(await official.primaryUsers.write([own])).values()]).toEqual(['written']);
    });

    test('are overtaken if the core links another login method before or during the write', async () => {
      const change = await changeOf(ids.primary, ids.primary, ids.linkedGoogle, ids.argon2User);
      await core.link(ids.bcryptUser, ids.primary);
      expect([...(await official.primaryUsers.write([change])).values()]).toEqual(['overtaken']);
      const again = await changeOf(ids.primary, ids.primary, ids.linkedGoogle, ids.bcryptUser, ids.argon2User);
      const act = () => core.unlink(ids.bcryptUser);
      expect([...(await official.primaryUsers.write([again], act)).values()]).toEqual(['overtaken']);
      const { record } = (await official.primaryUsers.read([ids.primary])).get(ids.primary) ?? {};
      expect(record).toMatchObject({ parts: { members: [ids.primary, ids.linkedGoogle].sort() } });
    });

    test('keep a login method that is not moved', async () => {
      await core.link(ids.webauthnUser, ids.primary);
      const change = await changeOf(ids.primary, ids.primary);
      expect(change.replaces?.record).toMatchObject({ parts: { members: [ids.primary, ids.linkedGoogle].sort() } });
      expect([...(await official.primaryUsers.write([change])).values()]).toEqual(['written']);
      const { rows } = await database.client.query(
        'SELECT user_id FROM app_id_to_user_id WHERE primary_or_recipe_user_id = $1 ORDER BY 1',
        [ids.primary],
      );
      expect(rows.map(({ user_id }) => user_id)).toEqual([ids.primary, ids.webauthnUser].sort());
    });
  });
});

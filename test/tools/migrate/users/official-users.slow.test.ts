import { MIGRATION_MODES, type MigrationMode } from '../../../fixtures/official-core.ts';
import { SEED, type SeededUsers, seedOfficialUsers } from '../../../fixtures/official-users.ts';
import type { PostgresDatabase } from '../../../fixtures/postgres.ts';
import { describeMigrating } from '../installation.ts';
import { comparableTables, copyAll, readAll, setMode, withOfficial } from '../official-records.ts';
import { NOTHING } from './some-users.ts';

describeMigrating("an official core's users", (servers) => {
  async function seeded(mode: MigrationMode): Promise<{ database: PostgresDatabase; ids: SeededUsers }> {
    const database = await servers().postgres.createDatabase();
    return { database, ids: await seedOfficialUsers(database, mode) };
  }

  describe.each(MIGRATION_MODES)('in the migration mode %s', (mode) => {
    test('are read with all that hangs on them', async () => {
      const { database, ids } = await seeded(mode);
      const { records } = await withOfficial(database, ({ users }) => readAll(users));
      const movable = Object.entries(ids)
        .filter(([name]) => !['externalId', 'webauthnUser', 'ofTenant', 'ofOtherApp'].includes(name))
        .map(([, id]) => id);
      expect([...records.keys()].sort()).toEqual(movable.sort());
      expect(records.get(ids.bcryptUser)?.parts).toEqual({
        ...NOTHING,
        login: {
          recipe: 'emailpassword',
          timeJoined: SEED.joined + 60_000,
          email: 'bcrypt@example.com',
          phoneNumber: null,
          thirdParty: null,
          passwordHash: expect.stringMatching(/^\$2a\$04\$/),
          isRetired: false,
        },
        verifiedEmails: ['bcrypt@example.com', 'earlier@example.com'],
        metadata: '{"name":"Grüße 🎉","plan":{"nil":null,"seats":1.0}}',
        roles: ['admin', 'guest'],
        resetTokens: [
          { hash: expect.stringMatching(/^[0-9a-f]{64}$/), email: 'bcrypt@example.com', expiry: SEED.expiry },
        ],
        lastActive: SEED.joined + 500_000,
      });
      expect(records.get(ids.argon2User)?.parts.verificationTokens).toMatchObject([
        { email: 'argon2@example.com', expiry: SEED.expiry },
      ]);
      expect(records.get(ids.linkedGoogle)?.parts.login).toMatchObject({
        recipe: 'thirdparty',
        thirdParty: { id: 'google', userId: 'google-1' },
      });
      expect(records.get(ids.passwordless)?.parts.login).toMatchObject({
        recipe: 'passwordless',
        email: 'passwordless@example.com',
        phoneNumber: '+16505550101',
      });
    });

    test('are read with what hangs on an external id, on a removed login method, and on an unknown id', async () => {
      const { database, ids } = await seeded(mode);
      const { records } = await withOfficial(database, ({ users }) => readAll(users));
      expect(records.get(ids.mapped)?.parts).toMatchObject({
        mapping: { externalId: ids.externalId, info: 'from the old shop' },
        verifiedEmails: ['mapped@example.com'],
        metadata: '{"shop":"old"}',
        roles: ['guest'],
        lastActive: SEED.joined + 600_000,
      });
      const retired = { timeJoined: 0, email: null, phoneNumber: null, thirdParty: null, passwordHash: null };
      expect(records.get(ids.retiredPrimary)?.parts).toEqual({
        ...NOTHING,
        login: { recipe: 'emailpassword', ...retired, isRetired: true },
        metadata: '{"kept":true}',
      });
      expect(records.get(ids.foreignId)?.parts).toEqual({
        ...NOTHING,
        verifiedEmails: ['foreign@example.com'],
        metadata: '{"foreign":true}',
        roles: ['admin'],
      });
    });

    test('are listed with the reason if they, or something of them, cannot be moved', async () => {
      const { database, ids } = await seeded(mode);
      const { refused } = await withOfficial(database, ({ users }) => readAll(users));
      expect(new Map(refused.map(({ key, reason }) => [key, reason]))).toEqual(
        new Map([
          [ids.webauthnUser, 'of the recipe webauthn, which the built-in core does not have'],
          [ids.ofTenant, 'of tenant customers'],
          [ids.ofOtherApp, 'of app other'],
          [`${ids.withTotp} (roles)`, 'of tenant customers'],
          [`${ids.mapped} (data under its own id)`, 'unused, because the user has an external id'],
          [`${ids.withTotp} (TOTP devices)`, 'the built-in core has no TOTP'],
        ]),
      );
    });

    test('are read again from any position', async () => {
      const { database } = await seeded(mode);
      await withOfficial(database, async ({ users }) => {
        const whole = [];
        for await (const page of users.pages()) whole.push(page);
        for (const [index, { position }] of whole.entries()) {
          const rest = [];
          for await (const page of users.pages(position)) rest.push(page);
          expect(rest).toEqual(whole.slice(index + 1));
        }
      });
    });

    test('are read with their roles and primary users', async () => {
      const { database, ids } = await seeded(mode);
      await withOfficial(database, async ({ roles, primaryUsers }) => {
        expect([...(await readAll(roles)).records.values()]).toEqual([
          { key: 'admin', parts: { permissions: ['read', 'write'] } },
          { key: 'guest', parts: { permissions: [] } },
        ]);
        const { records } = await readAll(primaryUsers);
        expect(new Set(records.values())).toEqual(
          new Set([
            { key: ids.primary, parts: { members: [ids.primary, ids.linkedGoogle].sort() } },
            { key: ids.retiredPrimary, parts: { members: [ids.survivor] } },
          ]),
        );
      });
    });

    test('have the rows in another database that the core itself would have written there', async () => {
      const { database, ids } = await seeded(mode);
      const other = await servers().postgres.createDatabase();
      await setMode(other, mode);
      expect(await copyAll(database, other)).toEqual([]);
      expect(await comparableTables(other, ids)).toEqual(await comparableTables(database, ids));
    });
  });
});

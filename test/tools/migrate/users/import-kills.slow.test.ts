import { DEFAULT_CORE_CONFIG } from '../../../../lib/core/index.ts';
import { EXIT } from '../../../../lib/tools/command-line.ts';
import { openUserMoves } from '../../../../lib/tools/migrate/open-user-moves.ts';
import { createStagePrimaryUsers } from '../../../../lib/tools/migrate/primary-users/stage-primary-users.ts';
import { createStageRoles } from '../../../../lib/tools/migrate/roles/stage-roles.ts';
import { createStageUsers } from '../../../../lib/tools/migrate/users/stage-users.ts';
import type { UserParts } from '../../../../lib/tools/migrate/users/user.ts';
import { createOfficialCore } from '../../../fixtures/official-core.ts';
import { type SeededUsers, seedOfficialUsers } from '../../../fixtures/official-users.ts';
import type { PostgresDatabase } from '../../../fixtures/postgres.ts';
import { describeMigrating, fillWithKeys, makeStage, type Stage } from '../installation.ts';
import { readAll, withOfficial } from '../official-records.ts';
import { dyingStage, stageTables } from '../records/stage.ts';

describeMigrating('an import of roles, users and primary users that is killed', (servers) => {
  let database: PostgresDatabase;
  let ids: SeededUsers;
  let stage: Stage;

  const asDatabase = () => ({ endpoint: stage.endpoint, tables: stage.names, db: stage.db });
  const importAll = () => stage.migrate('import', '--from', database.address, '--verify');

  /** Imports by a process that is killed before a write. @returns whether it came so far */
  async function isKilledAt(writes: number): Promise<boolean> {
    const { db, bulk } = dyingStage(asDatabase(), stage.clock, writes);
    const terminal = { isInteractive: false, print: () => undefined, notify: () => undefined } as never;
    return withOfficial(database, async (official) => {
      const parts = { official, db, bulk, names: stage.names, settings: DEFAULT_CORE_CONFIG, clock: stage.clock.now };
      const output = { write: () => true };
      const moves = await openUserMoves({ ...parts, terminal, output, isDryRun: false }, 'stage', 'import');
      try {
        for (const move of moves) await move.run();
        return false;
      } catch (error) {
        if ((error as Error).message !== 'The process has died') throw error;
        return true;
      }
    });
  }

  const ours = () => {
    const tables = stageTables(asDatabase(), stage.clock);
    return {
      roles: createStageRoles(tables),
      users: createStageUsers(tables),
      primaryUsers: createStagePrimaryUsers(tables),
    };
  };

  async function everything({ roles, users, primaryUsers }: ReturnType<typeof ours>) {
    return {
      roles: (await readAll(roles)).records,
      users: (await readAll(users)).records,
      primaryUsers: (await readAll(primaryUsers)).records,
    };
  }

  const official = () => withOfficial(database, (side) => everything(side as never));

  async function begin(): Promise<void> {
    database = await servers().postgres.createDatabase();
    await fillWithKeys(database);
    ids = await seedOfficialUsers(database);
  }

  const newStage = async () => {
    stage = await makeStage(servers().dynamoDb.endpoint, undefined, true);
  };

  /** A user who is there is there with everything. */
  async function expectWholeUsers(): Promise<void> {
    const there = await everything(ours());
    const wanted = await official();
    for (const [key, user] of there.users) {
      if (user.parts.login !== null) expect([key, user]).toEqual([key, wanted.users.get(key)]);
    }
  }

  async function expectCompleted(): Promise<void> {
    const { code, output } = await importAll();
    expect({ code, output }).toEqual({ code: EXIT.incomplete, output });
    expect(output.match(/ 0 missing or different/g)).toHaveLength(4);
    expect(output).not.toContain('both sides have changed');
    expect(await everything(ours())).toEqual(await official());
  }

  /** At some of the writes, of which the last one is after the end. */
  async function killAtSome(stride: number, prepare: () => Promise<void>, look: () => Promise<void>): Promise<number> {
    for (let writes = 0; ; writes += stride) {
      await prepare();
      const isKilled = await isKilledAt(writes);
      await look();
      await expectCompleted();
      if (!isKilled) return writes;
    }
  }

  test('shows no half of a new user, and the next import completes it', async () => {
    await begin();
    const writes = await killAtSome(17, newStage, expectWholeUsers);
    expect(writes).toBeGreaterThan(100);
  });

  test('leaves what the next import completes of changes and deletions', async () => {
    let parts: UserParts['metadata'] | undefined;
    const prepare = async () => {
      await begin();
      await newStage();
      await importAll();
      const core = createOfficialCore(database.client);
      await core.setPassword(ids.bcryptUser, `$2a$04$${'a'.repeat(53)}`);
      await core.setEmail(ids.argon2User, 'new-argon2@example.com');
      await core.setMetadata(ids.bcryptUser, '{"new":1}');
      await core.createRole('editor', ['edit']);
      await core.giveRole(ids.argon2User, 'editor');
      await core.giveRole(ids.argon2User, 'admin');
      await core.mapId(ids.argon2User, 'customer-4712');
      await core.unlink(ids.linkedGoogle);
      await core.removeUser(ids.firebaseUser);
      await core.removeUser(ids.passwordless);
      parts = (await official()).users.get(ids.bcryptUser)?.parts.metadata;
    };
    const writes = await killAtSome(11, prepare, async () => undefined);
    expect(parts).toBe('{"new":1}');
    expect(writes).toBeGreaterThan(20);
  });
});

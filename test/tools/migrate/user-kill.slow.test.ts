import { randomInt } from 'node:crypto';
import { DEFAULT_CORE_CONFIG } from '../../../lib/core/index.ts';
import { CLAIM_PATIENCE } from '../../../lib/core/user/store/dynamodb/claims.ts';
import { LOCAL_REGION } from '../../../lib/dev/dynamodb.ts';
import type { Terminal } from '../../../lib/tools/command-line.ts';
import type { OfficialDatabase } from '../../../lib/tools/migrate/official-database.ts';
import { openUserMoves } from '../../../lib/tools/migrate/open-user-moves.ts';
import { createBulk } from '../../../lib/tools/operator/bulk.ts';
import { createOfficialCore } from '../../fixtures/official-core.ts';
import { type SeededUsers, seedOfficialUsers } from '../../fixtures/official-users.ts';
import type { PostgresDatabase } from '../../fixtures/postgres.ts';
import { describeMigrating, fillWithKeys, makeStage, type Stage } from './installation.ts';
import { Killed, MortalProcess } from './killed-pass.ts';
import { copyAll, everythingOf, stageRecords, userTables, withOfficial } from './official-records.ts';

type Direction = 'import' | 'export';

/** With KILL_EVERY_WRITE=1, the passes are killed before every write. That takes minutes. */
const STEP = process.env.KILL_EVERY_WRITE === '1' ? 1 : 9;
const FIRST_WRITE = randomInt(1, STEP + 1);
const TIMEOUT = STEP === 1 ? 3_600_000 : 600_000;

describeMigrating('a pass over users that is killed at any of its writes', (servers) => {
  /** The official core, and what has become of it later. */
  let before: PostgresDatabase;
  let later: PostgresDatabase;
  let ids: SeededUsers;

  beforeAll(async () => {
    before = await makeOfficial();
    ids = await seedOfficialUsers(before);
    later = await makeOfficial();
    await copyAll(before, later);
    await changeMuch(later, ids);
  });

  async function makeOfficial(): Promise<PostgresDatabase> {
    const database = await servers().postgres.createDatabase();
    await fillWithKeys(database);
    return database;
  }

  const makeOurs = () => makeStage(servers().dynamoDb.endpoint, undefined, true);

  /** @returns the lines that list what was not moved, and how the two sides compare then */
  async function pass(direction: Direction, database: PostgresDatabase, stage: Stage, mortal = new MortalProcess()) {
    const printed: string[] = [];
    await withOfficial(database, async (official) => {
      for (const move of await movesBetween(direction, mortal.official(official), stage, mortal, printed))
        await move.run();
    });
    return printed.filter((line) => line.startsWith('Not moved: '));
  }

  function movesBetween(
    direction: Direction,
    official: OfficialDatabase,
    stage: Stage,
    mortal: MortalProcess,
    printed: string[],
  ) {
    const parts = {
      official,
      db: mortal.dynamoDb(stage.db),
      bulk: mortal.bulk(createBulk({ endpoint: stage.endpoint, region: LOCAL_REGION })),
      names: stage.names,
      settings: DEFAULT_CORE_CONFIG,
      clock: stage.clock.now,
      isDryRun: false,
      terminal: recordingTerminal(printed),
      output: { write: () => true },
    };
    return openUserMoves(parts, 'the stage', direction);
  }

  /**
   * Kills a pass before some of its writes, which differ from run to run, or before each of them in turn.
   * @param begin makes what it moves between
   * @param next is what comes after the kill
   */
  async function killEverywhere(
    direction: Direction,
    begin: () => Promise<{ readonly database: PostgresDatabase; readonly stage: Stage }>,
    next: (database: PostgresDatabase, stage: Stage, what: string) => Promise<void>,
  ): Promise<number> {
    for (let write = FIRST_WRITE; ; write += STEP) {
      const { database, stage } = await begin();
      const mortal = new MortalProcess(write);
      await pass(direction, database, stage, mortal).catch((error) => {
        if (!(error instanceof Killed)) throw error;
      });
      if (!mortal.isDead) return write;
      // The core leaves what another request has claimed alone for a while.
      stage.clock.advance(CLAIM_PATIENCE);
      await next(database, stage, `killed at write ${write}`);
    }
  }

  const officialRecords = (database: PostgresDatabase) => withOfficial(database, everythingOf);

  const beginImport = async () => ({ database: before, stage: await makeOurs() });
  const beginSecondImport = async () => {
    const stage = await makeOurs();
    await pass('import', before, stage);
    stage.clock.advance(CLAIM_PATIENCE);
    return { database: later, stage };
  };

  test.each([
    ['that creates them', beginImport],
    ['that changes, deletes, renames and links them', beginSecondImport],
  ])(
    'an import %s: the next one completes it, and the export back writes nothing',
    async (_what, begin) => {
      const undisturbed = await begin();
      const listed = await pass('import', undisturbed.database, undisturbed.stage);
      const rows = await userTables(undisturbed.database);
      const expected = await officialRecords(undisturbed.database);
      expect(await everythingOf(stageRecords(undisturbed.stage))).toEqual(expected);
      const writes = await killEverywhere('import', begin, async (database, stage, what) => {
        const again = await pass('import', database, stage);
        expect({ what, again: again.sort() }).toEqual({ what, again: listed.sort() });
        expect({ what, ours: await everythingOf(stageRecords(stage)) }).toEqual({ what, ours: expected });
        expect({ what, listed: await pass('export', database, stage) }).toEqual({ what, listed: [] });
        expect({ what, rows: await userTables(database) }).toEqual({ what, rows });
      });
      expect(writes).toBeGreaterThan(FIRST_WRITE);
    },
    TIMEOUT,
  );

  test(
    'an export that creates them: the next one completes it, and the import back writes nothing',
    async () => {
      // Each export needs a stage that knows nothing of the one before, and another official installation.
      const begin = async () => {
        const stage = await makeOurs();
        await pass('import', before, stage);
        const database = await makeOfficial();
        await database.client.query('UPDATE key_value SET created_at_time = created_at_time + 1');
        return { database, stage };
      };
      const expected = await everythingOf(stageRecords((await begin()).stage));
      const writes = await killEverywhere('export', begin, async (database, fresh, what) => {
        const again = await pass('export', database, fresh);
        expect({ what, again }).toEqual({ what, again: [] });
        expect({ what, there: await officialRecords(database) }).toEqual({ what, there: expected });
        await pass('import', database, fresh);
        expect({ what, ours: await everythingOf(stageRecords(fresh)) }).toEqual({ what, ours: expected });
      });
      expect(writes).toBeGreaterThan(FIRST_WRITE);
    },
    TIMEOUT,
  );
});

/** What an official core may do between two imports. */
async function changeMuch({ client }: PostgresDatabase, ids: SeededUsers): Promise<void> {
  const core = createOfficialCore(client);
  await core.setPassword(ids.bcryptUser, `$2a$04$${'a'.repeat(53)}`);
  await core.verify(ids.bcryptUser, 'another@example.com');
  await core.setMetadata(ids.bcryptUser, '{"new":true}');
  await core.createRole('writer', ['write']);
  await core.giveRole(ids.argon2User, 'writer');
  // One user gives an e-mail up, and another one gets it.
  await core.setEmail(ids.firebaseUser, 'free@example.com');
  await core.setEmail(ids.argon2User, 'firebase@example.com');
  await core.makePrimary(ids.argon2User);
  await core.link(ids.firebaseUser, ids.argon2User);
  for (const table of ['user_roles', 'role_permissions', 'roles']) {
    await client.query(`DELETE FROM ${table} WHERE role = 'guest'`);
  }
  await client.query('DELETE FROM app_id_to_user_id WHERE user_id = $1', [ids.passwordless]);
  await deleteGroup(client, ids);
  await client.query('DELETE FROM emailpassword_pswd_reset_tokens WHERE user_id = $1', [ids.bcryptUser]);
}

/** A primary user, with both login methods. */
async function deleteGroup(client: PostgresDatabase['client'], { primary, linkedGoogle }: SeededUsers): Promise<void> {
  const group = [primary, linkedGoogle];
  for (const table of ['emailverification_verified_emails', 'user_roles', 'user_metadata', 'user_last_active']) {
    await client.query(`DELETE FROM ${table} WHERE user_id = ANY($1)`, [group]);
  }
  await client.query('DELETE FROM app_id_to_user_id WHERE user_id = ANY($1)', [group]);
}

const recordingTerminal = (printed: string[]): Terminal => ({
  isInteractive: false,
  print: (text) => void printed.push(text),
  notify: () => undefined,
  ask: () => Promise.reject(new Error('The command asked')),
  askSecret: () => Promise.reject(new Error('The command asked')),
  close: () => undefined,
});

import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT } from '../../../lib/tools/command-line.ts';
import { installationOf } from '../../../lib/tools/migrate/keys/official-keys.ts';
import { createPasses, type Passes } from '../../../lib/tools/migrate/records/passes.ts';
import { seedOfficial } from '../../bench/official-seed.ts';
import type { PostgresDatabase } from '../../fixtures/postgres.ts';
import { describeMigrating, fillWithKeys, makeStage, type Stage } from './installation.ts';
import { startMigrate } from './migrate-process.ts';
import { everythingOf, stageRecords, userTables, withOfficial } from './official-records.ts';

const USERS = 500;

type Direction = 'import' | 'export';

describeMigrating(`npm run migrate with ${USERS} users, killed at moments that differ from run to run,`, (servers) => {
  let database: PostgresDatabase;
  let stage: Stage;

  beforeAll(async () => {
    database = await servers().postgres.createDatabase();
    await fillWithKeys(database);
    await seedOfficial(database.client, USERS);
    stage = await makeStage(servers().dynamoDb.endpoint, undefined, true);
  });

  async function passesOf(direction: Direction, { client }: PostgresDatabase): Promise<Passes> {
    const query = client.query.bind(client) as typeof client.query;
    const installation = await installationOf({ query });
    return createPasses({ db: stage.db, table: stage.names.coreUsers, installation, kind: 'user', direction });
  }

  const run = (direction: Direction, { address }: PostgresDatabase, ...options: string[]) =>
    startMigrate(stage, direction, direction === 'import' ? '--from' : '--to', address, ...options);

  /** The kill may come too late. @returns whether it came while users were moved */
  async function killOnce(direction: Direction, official: PostgresDatabase): Promise<boolean> {
    const passes = await passesOf(direction, official);
    const before = (await passes.read())?.count ?? 0;
    const command = run(direction, official);
    let hasEnded = false;
    void command.ended.then(() => (hasEnded = true));
    while (!hasEnded && ((await passes.read())?.count ?? 0) <= before) await sleep(20);
    await sleep(randomInt(0, 200));
    command.kill();
    const code = await command.ended;
    if (code !== null && code !== EXIT.done) throw new Error(`Ended with ${code}:\n${command.output()}`);
    return (await passes.read()) !== undefined;
  }

  async function killTwiceThenFinish(direction: Direction, official: PostgresDatabase): Promise<void> {
    await killOnce(direction, official);
    const isUnfinished = await killOnce(direction, official);
    const last = run(direction, official, '--verify');
    const code = await last.ended;
    const output = last.output();
    expect({ code, output }).toEqual({ code: EXIT.done, output });
    expect(output.includes('Continuing with the users')).toBe(isUnfinished);
    expect(output).toContain(
      `Users: compared ${USERS}: ${USERS} the same, 0 changed or deleted there since, 0 missing`,
    );
  }

  test('an import misses nothing in the end, and an export back writes nothing', async () => {
    const rows = await userTables(database);
    await killTwiceThenFinish('import', database);
    expect(await everythingOf(stageRecords(stage))).toEqual(await withOfficial(database, everythingOf));
    const back = run('export', database, '--verify');
    expect(await back.ended).toBe(EXIT.done);
    expect(back.output()).toContain('Users: created 0, changed 0, deleted 0');
    expect(await userTables(database)).toEqual(rows);
  }, 600_000);

  test('an export into another official core misses nothing in the end', async () => {
    const other = await servers().postgres.createDatabase();
    await fillWithKeys(other);
    await other.client.query('UPDATE key_value SET created_at_time = created_at_time + 1');
    await killTwiceThenFinish('export', other);
    expect(await withOfficial(other, everythingOf)).toEqual(await everythingOf(stageRecords(stage)));
  }, 600_000);
});

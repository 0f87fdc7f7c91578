import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT } from '../../../lib/tools/command-line.ts';
import { installationOf } from '../../../lib/tools/migrate/keys/official-keys.ts';
import { createPasses } from '../../../lib/tools/migrate/sessions/passes.ts';
import type { PostgresDatabase } from '../../fixtures/postgres.ts';
import { describeMigrating, fillWithKeys, makeStage, type Servers, type Stage } from './installation.ts';
import { type MigrateProcess, startMigrate } from './migrate-process.ts';

/** `npm run test:migrate` asks for a hundred thousand. */
const COUNT = Number(process.env.MIGRATE_SESSIONS ?? 1000);
/** As many take some 300 s on two cores, on which both databases run too. */
const TIMEOUT = 300_000 + COUNT * 8;
const DAY = 86_400_000;

async function done(what: string, command: MigrateProcess): Promise<string> {
  const code = await command.ended;
  if (code !== EXIT.done) throw new Error(`Ended with ${code}:\n${command.output()}`);
  const [figures = ''] = /^.*peak memory.*$/m.exec(command.output()) ?? [];
  process.stdout.write(`${what}: ${figures}\n`);
  return command.output();
}

const peakOf = (output: string): number => Number(/peak memory (\d+) MB/.exec(output)?.[1]);

async function someSessions({ postgres }: Servers, count: number): Promise<PostgresDatabase> {
  const database = await postgres.createDatabase();
  await fillWithKeys(database);
  await database.client.query(
    `INSERT INTO session_info
     SELECT 'public', 'public', gen_random_uuid(), 'user-' || n / 3, encode(sha256(n::text::bytea), 'hex'),
       '{"device":"a phone"}', $2::bigint + 8640000000, $2, '{"role":"admin"}', false, NULL, NULL
     FROM generate_series(1, $1) AS n`,
    [count, Date.now() - DAY],
  );
  return database;
}

/** Kills the import once it has written half of the sessions. */
async function killHalfWay(stage: Stage, { client, address }: PostgresDatabase): Promise<void> {
  const installation = await installationOf({ query: client.query.bind(client) as typeof client.query });
  const passes = createPasses(stage.db, stage.names.sessions, installation);
  const command = startMigrate(stage, 'import', '--from', address);
  while (((await passes.read())?.tally.create ?? 0) < COUNT / 2) await sleep(10);
  command.kill();
  expect(await command.ended).toBeNull();
  const pass = await passes.read();
  expect(pass).toMatchObject({ isComplete: false });
  expect(pass?.tally.create).toBeLessThan(COUNT);
}

describeMigrating(`${COUNT} sessions`, (servers) => {
  let database: PostgresDatabase;
  let stage: Stage;
  beforeAll(async () => {
    database = await someSessions(servers(), COUNT);
    stage = await makeStage(servers().dynamoDb.endpoint);
  }, TIMEOUT);

  test(
    'an import that is killed half-way continues where it was, and misses nothing',
    async () => {
      await killHalfWay(stage, database);
      const output = await done(
        `Import of the other half of ${COUNT}`,
        startMigrate(stage, 'import', '--from', database.address, '--verify'),
      );
      expect(output).toContain('Continuing the import of');
      const number = COUNT.toLocaleString('en');
      expect(output).toContain(`Compared ${number}: ${number} the same, 0 changed or revoked there since, 0 missing`);
      const looked = /^([\d,]+) sessions in/m.exec(output)?.[1] ?? '';
      expect(Number(looked.replaceAll(',', ''))).toBeLessThanOrEqual(COUNT / 2);
    },
    TIMEOUT,
  );

  // A process needs some 100 MB for itself: with few sessions there is nothing to be seen.
  const isEnough = COUNT >= 10_000;
  (isEnough ? test : test.skip)(
    `a later import and an export need no more memory than an import of the tenth part${isEnough ? '' : ' (skipped: too few sessions; npm run test:migrate has enough)'}`,
    async () => {
      const tenth = await someSessions(servers(), COUNT / 10);
      const elsewhere = await makeStage(servers().dynamoDb.endpoint);
      const few = await done(`Import of ${COUNT / 10}`, startMigrate(elsewhere, 'import', '--from', tenth.address));
      const many = await done(
        `Import of what changed of ${COUNT}`,
        startMigrate(stage, 'import', '--from', database.address, '--since', 'last'),
      );
      await database.client.query('DELETE FROM session_info WHERE session_handle < $1', ['8']);
      const back = await done(
        `Export of ${COUNT}`,
        startMigrate(stage, 'export', '--to', database.address, '--verify'),
      );
      for (const output of [many, back]) expect(peakOf(output)).toBeLessThan(1.3 * peakOf(few));
    },
    TIMEOUT,
  );
});

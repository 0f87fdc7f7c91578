import { randomUUID } from 'node:crypto';
import type { Environment } from '../../../lib/config/environment.ts';
import { createDynamoDbStore } from '../../../lib/core/store/dynamodb/index.ts';
import type { Store } from '../../../lib/core/store/store.ts';
import { createTables, type EmbeddedDynamoDb, LOCAL_REGION, startEmbeddedDynamoDb } from '../../../lib/dev/dynamodb.ts';
import { serviceName } from '../../../lib/dev/service.ts';
import { type TableNames, tableNames } from '../../../lib/dev/tables.ts';
import { createDynamoDb, type DynamoDb } from '../../../lib/dynamodb/client.ts';
import { exitCodeOf, type Terminal } from '../../../lib/tools/command-line.ts';
import { migrateCommand } from '../../../lib/tools/migrate/command.ts';
import type { OfficialRow } from '../../../lib/tools/migrate/sessions/official-row.ts';
import { ManualClock } from '../../fixtures/core.ts';
import { OFFICIAL, OFFICIAL_TABLES } from '../../fixtures/official-rows.ts';
import { type Postgres, type PostgresDatabase, startPostgres, whyNoPostgres } from '../../fixtures/postgres.ts';

/** The two databases that sessions are moved between. */
export interface Servers {
  readonly postgres: Postgres;
  readonly dynamoDb: EmbeddedDynamoDb;
}

/**
 * Describes what takes both databases; reported as skipped, with the reason, on a machine without PostgreSQL.
 * @param tests is given a function that has the servers once the tests run
 */
export function describeMigrating(title: string, tests: (servers: () => Servers) => void): void {
  const missing = whyNoPostgres();
  const run = missing === undefined ? describe : describe.skip;
  run(missing === undefined ? title : `${title} (skipped: ${missing})`, () => {
    let servers: Servers | undefined;
    beforeAll(async () => {
      const [postgres, dynamoDb] = await Promise.all([startPostgres(), startEmbeddedDynamoDb()]);
      servers = { postgres, dynamoDb };
    });
    afterAll(async () => {
      await servers?.postgres.stop();
      await servers?.dynamoDb.stop();
    });
    tests(() => {
      if (servers === undefined) throw new Error('The databases have not been started');
      return servers;
    });
  });
}

/** A stage's tables of its own in a running DynamoDB. */
export interface Stage {
  readonly endpoint: string;
  readonly name: string;
  readonly names: TableNames;
  readonly db: DynamoDb;
  readonly store: Store;
  /** Runs `npm run migrate` on this stage, at the clock's time. */
  migrate(...args: string[]): Promise<Run>;
  readonly clock: ManualClock;
}

/** What a run of the command comes to. */
export interface Run {
  readonly code: number;
  /** What it printed, then its notices. */
  readonly output: string;
}

/**
 * At the moment of the recording unless said otherwise.
 * @param keepsUsers whether the stage has a table of the core's users
 */
export async function makeStage(
  endpoint: string,
  clock = new ManualClock(OFFICIAL.recordedAt),
  keepsUsers = false,
): Promise<Stage> {
  const name = randomUUID();
  const names = tableNames(await serviceName(), name);
  const { sessions, keys, publishedKeys, coreUsers } = names;
  await createTables(endpoint, { sessions, keys, publishedKeys, ...(keepsUsers && { coreUsers }) });
  const db = createDynamoDb({ endpoint, region: LOCAL_REGION });
  const migrate = (...args: string[]): Promise<Run> =>
    runMigrate([...args, '--endpoint', endpoint, '--stage', name], {}, clock);
  return { endpoint, name, names, db, store: createDynamoDbStore(db, names), migrate, clock };
}

/** Runs the command as `npm run migrate -- …` does, without a terminal. */
export async function runMigrate(
  args: readonly string[],
  environment: Environment,
  clock = new ManualClock(OFFICIAL.recordedAt),
): Promise<Run> {
  const lines: string[] = [];
  const output = { write: (text: string) => lines.push(text.trimEnd()) };
  const terminal: Terminal = {
    isInteractive: false,
    print: (text) => void lines.push(text),
    notify: (text) => void lines.push(text),
    ask: () => Promise.reject(new Error('The command asked')),
    askSecret: () => Promise.reject(new Error('The command asked')),
    close: () => undefined,
  };
  const code = await exitCodeOf(migrateCommand({ environment, output, clock: clock.now }), args, terminal);
  return { code, output: lines.join('\n') };
}

export async function insert({ client }: PostgresDatabase, table: string, rows: readonly object[]): Promise<void> {
  await client.query(`INSERT INTO ${table} SELECT * FROM jsonb_populate_recordset(NULL::${table}, $1)`, [
    JSON.stringify(rows),
  ]);
}

/** Takes away all sessions and keys. */
export const empty = ({ client }: PostgresDatabase) =>
  client.query(
    Object.keys(OFFICIAL_TABLES)
      .map((table) => `DELETE FROM ${table};`)
      .join(''),
  );

/** Fills a database with all that was recorded from an official core. */
export async function fillWithRecording(database: PostgresDatabase): Promise<void> {
  for (const [table, rows] of Object.entries(OFFICIAL_TABLES)) await insert(database, table, rows);
}

/** Only its keys and its secret. */
export async function fillWithKeys(database: PostgresDatabase): Promise<void> {
  const { session_info: _sessions, ...keys } = OFFICIAL_TABLES;
  for (const [table, rows] of Object.entries(keys)) await insert(database, table, rows);
}

/** A row as an official core makes it at log-in; `bigint` as PostgreSQL hands it out. */
export const someOfficialRow = (members: Partial<OfficialRow> = {}): OfficialRow => ({
  app_id: 'public',
  tenant_id: 'public',
  session_handle: randomUUID(),
  user_id: 'user-some',
  refresh_token_hash_2: 'ab'.repeat(32),
  session_data: '{}',
  expires_at: String(OFFICIAL.recordedAt + 8_640_000_000),
  created_at_time: String(OFFICIAL.recordedAt),
  jwt_user_payload: '{}',
  use_static_key: false,
  prev_refresh_token_hash_2: null,
  refresh_token_rotated_at: null,
  ...members,
});

export async function rowsOf({ client }: PostgresDatabase, table = 'session_info'): Promise<OfficialRow[]> {
  const { rows } = await client.query<OfficialRow>(`SELECT * FROM ${table} AS t ORDER BY t::text`);
  return rows;
}

export async function rowOf(database: PostgresDatabase, handle: string): Promise<OfficialRow | undefined> {
  const text = 'SELECT * FROM session_info WHERE session_handle = $1';
  return (await database.client.query<OfficialRow>(text, [handle])).rows[0];
}

/** As an official core rotates a session. */
export async function rotateThere(
  { client }: PostgresDatabase,
  handle: string,
  to: string,
  now: number,
): Promise<void> {
  await client.query(
    `UPDATE session_info SET prev_refresh_token_hash_2 = refresh_token_hash_2, refresh_token_hash_2 = $2,
       refresh_token_rotated_at = $3, expires_at = $3::bigint + 8640000000 WHERE session_handle = $1`,
    [handle, to, now],
  );
}

export const revokeThere = ({ client }: PostgresDatabase, handle: string) =>
  client.query('DELETE FROM session_info WHERE session_handle = $1', [handle]);

import type pg from 'pg';
import QueryStream from 'pg-query-stream';
import type { Millis, SessionHandle } from '../../core/types.ts';
import { CommandFailed } from '../command-line.ts';
import { type Connection, connectionTo, isExposed, reasonOf, unlessBroken } from './connection.ts';
import { type OfficialRow, PUBLIC, readOfficialRow, writeOfficialRow } from './official-row.ts';
import { isRefusal, type Refusal, type Session } from './session.ts';
import type { Announce, Change, MissingSession, Page, SessionDatabase, StoredSession } from './session-database.ts';

/** The version of a row: PostgreSQL's `xmin`, the transaction that wrote it. */
export type RowVersion = string;

/** Some rows, and how far the table has been read with them. */
export interface OfficialPage extends Page {
  /** For {@link PageOptions.after}. */
  readonly position: string;
}

export interface PageOptions {
  /** Only what comes after this position of an earlier reading. */
  readonly after?: string | undefined;
  /** Only what was created since. */
  readonly since?: Millis | undefined;
}

/** The sessions of an official core, always in the same order. */
export interface OfficialSessions extends SessionDatabase<RowVersion> {
  pages(options?: PageOptions): AsyncIterable<OfficialPage>;
  count(options?: PageOptions): Promise<number>;
}

/** An official core's PostgreSQL, over one connection. Its methods throw `CommandFailed` or pg's errors. */
export interface OfficialDatabase {
  /** Host and name, without user and password. */
  readonly where: string;
  /** Whether others on the network could read what goes over it: keys and the refresh secret. */
  readonly isExposed: boolean;
  readonly sessions: OfficialSessions;
  readonly query: pg.Client['query'];
  /** PostgreSQL's own time. */
  now(): Promise<Millis>;
  close(): Promise<void>;
}

/** A page has so many rows, or those with which it comes to so many characters of payload and data. */
const PAGE_SIZE = 250;
const PAGE_LENGTH = 4_000_000;
/** So many rows are read ahead, be they as large as they may. */
const READ_AHEAD = 25;

const COLUMNS = [
  'app_id',
  'tenant_id',
  'session_handle',
  'user_id',
  'refresh_token_hash_2',
  'session_data',
  'expires_at',
  'created_at_time',
  'jwt_user_payload',
  'use_static_key',
  'prev_refresh_token_hash_2',
  'refresh_token_rotated_at',
] as const satisfies readonly (keyof OfficialRow)[];

/** Cores from before CDI 5.6 do not have these. */
const NEWER_COLUMNS: readonly string[] = ['prev_refresh_token_hash_2', 'refresh_token_rotated_at'];

/**
 * Connects to an official core's database.
 * @param address `postgres://user@host:port/name`; what is absent, such as the password, comes from `PGPASSWORD` and the
 * like, as for psql
 * @throws CommandFailed if it cannot be reached, or no official core has kept sessions there
 */
export async function openOfficialDatabase(address: string): Promise<OfficialDatabase> {
  const connection = connectionTo(address);
  const { client } = connection;
  const where = `${client.host}:${client.port}/${client.database ?? ''}`;
  try {
    await client.connect();
  } catch (error) {
    throw new CommandFailed(`No way to PostgreSQL at ${where}: ${reasonOf(error)}`);
  }
  try {
    // An import is one statement that lasts as long as DynamoDB takes to write everything.
    await client.query('SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0');
    const columns = await columnsOf(client, where);
    return {
      where,
      isExposed: isExposed(client),
      sessions: createOfficialSessions(connection, columns),
      query: client.query.bind(client) as pg.Client['query'],
      async now() {
        const { rows } = await client.query<{ now: string }>(
          'SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now',
        );
        return Math.floor(Number(rows[0]?.now));
      },
      close: () => client.end(),
    };
  } catch (error) {
    await client.end();
    throw error;
  }
}

/** @throws CommandFailed if the table is not there */
async function columnsOf(client: pg.Client, where: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    "SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass('session_info') AND attnum > 0 AND NOT attisdropped",
  );
  const found = new Set(rows.map(({ name }) => name));
  const missing = COLUMNS.filter((column) => !found.has(column) && !NEWER_COLUMNS.includes(column));
  if (missing.length === 0) return COLUMNS.filter((column) => found.has(column));
  const what = rows.length === 0 ? 'no table session_info' : `no column ${missing.join(', ')} in session_info`;
  throw new CommandFailed(
    `There is ${what} at ${where}. An official core makes its tables when it starts: start one on it once.`,
  );
}

function createOfficialSessions(connection: Connection, columns: readonly string[]): OfficialSessions {
  const { client } = connection;
  const selected = [
    ...COLUMNS.map((column) => (columns.includes(column) ? column : `NULL AS ${column}`)),
    'xmin::text AS version',
  ].join(', ');
  return {
    pages: (options = {}) => unlessBroken(connection, pagesOf(client, selected, options)),
    async count(options = {}) {
      const { clause, values } = restriction(options);
      const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM session_info ${clause}`, values);
      return Number(rows[0]?.count);
    },
    async read(handles) {
      const { rows } = await client.query<OfficialRow & { version: string }>(
        `SELECT ${selected} FROM session_info WHERE app_id = $1 AND tenant_id = $1 AND session_handle = ANY($2)`,
        [PUBLIC, handles],
      );
      return new Map(rows.map(storedSessionIn));
    },
    refusalOf,
    write: (changes, announce) => inTransaction(client, announce, () => write(client, columns, changes)),
    revokedOf: (missing) => revokedOf(client, missing),
    async remove(handles) {
      await client.query('DELETE FROM session_info WHERE app_id = $1 AND tenant_id = $1 AND session_handle = ANY($2)', [
        PUBLIC,
        handles,
      ]);
    },
  };
}

const storedSessionIn = (row: OfficialRow & { version: string }): [SessionHandle, StoredSession<RowVersion>] => [
  row.session_handle as SessionHandle,
  { session: readOfficialRow(row), version: row.version },
];

/** A cursor: neither side holds more than a page. It takes one statement, so nothing is locked. */
async function* pagesOf(client: pg.Client, selected: string, options: PageOptions): AsyncGenerator<OfficialPage> {
  const { clause, values } = restriction(options);
  const text = `SELECT ${selected} FROM session_info ${clause} ORDER BY app_id, tenant_id, session_handle`;
  const rows = client.query(new QueryStream(text, [...values], { batchSize: READ_AHEAD, highWaterMark: READ_AHEAD }));
  let page: OfficialRow[] = [];
  let length = 0;
  for await (const row of rows as AsyncIterable<OfficialRow>) {
    page.push(row);
    length += (row.jwt_user_payload?.length ?? 0) + (row.session_data?.length ?? 0);
    if (page.length < PAGE_SIZE && length < PAGE_LENGTH) continue;
    yield pageOf(page);
    page = [];
    length = 0;
  }
  if (page.length > 0) yield pageOf(page);
}

function pageOf(rows: readonly OfficialRow[]): OfficialPage {
  const sessions: Session[] = [];
  const refused: Refusal[] = [];
  for (const row of rows) {
    const read = readOfficialRow(row);
    if (isRefusal(read)) refused.push(read);
    else sessions.push(read);
  }
  const last = rows.at(-1);
  return { sessions, refused, position: JSON.stringify([last?.app_id, last?.tenant_id, last?.session_handle]) };
}

/** The order is the database's own, whatever its collation. */
function restriction({ after, since }: PageOptions): { clause: string; values: unknown[] } {
  const position = after === undefined ? [] : (JSON.parse(after) as string[]);
  const conditions = [
    ...(after === undefined ? [] : ['(app_id, tenant_id, session_handle) > ($1, $2, $3)']),
    ...(since === undefined ? [] : [`created_at_time >= $${position.length + 1}`]),
  ];
  return {
    clause: conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`,
    values: [...position, ...(since === undefined ? [] : [since])],
  };
}

/** The official tables' limit for a user id, characters. */
const MAX_USER_ID = 128;

function refusalOf({ userId }: Session): string | undefined {
  // As PostgreSQL counts them: a character beyond the basic plane has a `length` of 2.
  const characters = [...userId].length;
  if (characters > MAX_USER_ID)
    return `its user id has ${characters} characters; an official core keeps ${MAX_USER_ID}`;
  return userId.includes('\0') ? 'its user id has a NUL character, which PostgreSQL does not keep' : undefined;
}

/** The ticket of what is announced is the transaction's id, by which PostgreSQL says later whether it was committed. */
async function inTransaction<T>(client: pg.Client, announce: Announce | undefined, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  try {
    const { rows } = await client.query<{ ticket: string }>('SELECT txid_current() AS ticket');
    await announce?.(rows[0]?.ticket);
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

/**
 * A transaction that PostgreSQL no longer knows, hundreds of millions of transactions later, counts as committed, so that
 * no revoked session comes back. One from the future is of another server, whose data was restored into this one.
 */
async function revokedOf(client: pg.Client, missing: readonly MissingSession[]): Promise<ReadonlySet<SessionHandle>> {
  const { rows } = await client.query<{ ticket: string }>(
    `SELECT ticket FROM unnest($1::bigint[]) AS ticket
     WHERE CASE WHEN ticket < txid_snapshot_xmax(txid_current_snapshot())
                THEN coalesce(txid_status(ticket), 'committed') = 'committed' ELSE false END`,
    [[...new Set(missing.flatMap(({ ticket }) => ticket ?? []))]],
  );
  const committed = new Set(rows.map(({ ticket }) => ticket));
  return new Set(missing.flatMap(({ session, ticket }) => (committed.has(ticket ?? '') ? session.handle : [])));
}

async function write(
  client: pg.Client,
  columns: readonly string[],
  changes: readonly Change<RowVersion>[],
): Promise<ReadonlySet<SessionHandle>> {
  const written = new Set<string>();
  const created = changes
    .filter(({ replaces }) => replaces === undefined)
    .map(({ session }) => writeOfficialRow(session));
  if (created.length > 0) {
    const { rows } = await client.query<{ session_handle: string }>(
      `INSERT INTO session_info (${columns.join(', ')})
       SELECT ${columns.join(', ')} FROM jsonb_populate_recordset(NULL::session_info, $1)
       ON CONFLICT DO NOTHING RETURNING session_handle`,
      [JSON.stringify(created)],
    );
    for (const { session_handle } of rows) written.add(session_handle);
  }
  for (const { session, replaces } of changes) {
    if (replaces !== undefined && (await replace(client, columns, session, replaces))) written.add(session.handle);
  }
  return new Set(changes.map(({ session }) => session.handle).filter((handle) => !written.has(handle)));
}

async function replace(client: pg.Client, columns: readonly string[], session: Session, replaces: RowVersion) {
  const { rowCount } = await client.query(
    `UPDATE session_info SET (${columns.join(', ')}) =
       (SELECT ${columns.join(', ')} FROM jsonb_populate_record(NULL::session_info, $1))
     WHERE app_id = $2 AND tenant_id = $2 AND session_handle = $3 AND xmin::text = $4`,
    [JSON.stringify(writeOfficialRow(session)), PUBLIC, session.handle, replaces],
  );
  return rowCount === 1;
}

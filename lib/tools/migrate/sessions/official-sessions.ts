import type pg from 'pg';
import QueryStream from 'pg-query-stream';
import type { Millis, SessionHandle } from '../../../core/types.ts';
import { type Connection, unlessBroken } from '../connection.ts';
import { COLUMNS, type OfficialSchema } from '../official-schema.ts';
import { inTransaction } from '../official-transaction.ts';
import { PUBLIC, type ResolvedRow, readOfficialRow } from './official-row.ts';
import { type RowVersion, refusalOf, removeRows, revokedOf, writeRows } from './official-writes.ts';
import { isRefusal, type Refusal, type Session } from './session.ts';
import type { Page, SessionDatabase, StoredSession } from './session-database.ts';

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

/** A page ends at this number of rows, or of characters of payload and data. */
const PAGE_SIZE = 250;
const PAGE_LENGTH = 4_000_000;
/** Rows that are read ahead, whatever their size. */
const READ_AHEAD = 25;

type VersionedRow = ResolvedRow & { readonly version: RowVersion };

export function createOfficialSessions(connection: Connection, schema: OfficialSchema): OfficialSessions {
  const { client } = connection;
  const { columns } = schema;
  const selection = selectionOf(schema);
  return {
    side: 'official',
    pages: (options = {}) => unlessBroken(connection, pagesOf(client, selection, options)),
    async count(options = {}) {
      const { clause, values } = restriction(options);
      const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM session_info s ${clause}`, values);
      return Number(rows[0]?.count);
    },
    async read(handles) {
      const { rows } = await client.query<VersionedRow>(
        `${selection} WHERE s.app_id = $1 AND s.tenant_id = $1 AND s.session_handle = ANY($2)`,
        [PUBLIC, handles],
      );
      return new Map(rows.map(storedSessionIn));
    },
    refusalOf,
    write: (changes, announce) => inTransaction(client, announce, () => writeRows(client, columns, changes)),
    revokedOf: (missing) => revokedOf(client, missing),
    remove: (handles) => removeRows(client, handles),
  };
}

/**
 * Reads rows with the user ids that the core's next token would name. `session_info` has the id of the login method as it was
 * at log-in. Since then the user may have got an external id, or the account may have been linked to a primary user. The core
 * resolves both at every refresh. The built-in core does not, so it needs the resolved ids.
 */
function selectionOf({ columns, hasUserIdMappings, hasLinkedAccounts }: OfficialSchema): string {
  // CHAR(36) in the tables of users: a comparison of another type would not use their index.
  const ids = [
    ...(hasUserIdMappings ? ['external.external_user_id'] : []),
    ...(hasLinkedAccounts ? ['account.primary_or_recipe_user_id::text'] : []),
    's.user_id',
  ];
  const recipeUser = hasUserIdMappings ? 'coalesce(own.supertokens_user_id, s.user_id::bpchar)' : 's.user_id::bpchar';
  const primaryUser = hasLinkedAccounts ? `coalesce(account.primary_or_recipe_user_id, ${recipeUser})` : recipeUser;
  const joins = [
    ...(hasUserIdMappings ? ['userid_mapping own ON own.app_id = s.app_id AND own.external_user_id = s.user_id'] : []),
    ...(hasLinkedAccounts
      ? [`app_id_to_user_id account ON account.app_id = s.app_id AND account.user_id = ${recipeUser}`]
      : []),
    ...(hasUserIdMappings
      ? [
          `userid_mapping login ON login.app_id = s.app_id AND login.supertokens_user_id = ${recipeUser}`,
          `userid_mapping external ON external.app_id = s.app_id AND external.supertokens_user_id = ${primaryUser}`,
        ]
      : []),
  ];
  const selected = COLUMNS.map((column) => (columns.includes(column) ? `s.${column}` : `NULL AS ${column}`));
  const loginMethod = hasUserIdMappings ? 'coalesce(login.external_user_id, s.user_id)' : 's.user_id';
  return (
    `SELECT ${selected.join(', ')}, coalesce(${ids.join(', ')}) AS sub, ${loginMethod} AS rsub, s.xmin::text AS version ` +
    `FROM session_info s ${joins.map((join) => `LEFT JOIN ${join}`).join(' ')}`
  );
}

const storedSessionIn = (row: VersionedRow): [SessionHandle, StoredSession<RowVersion>] => [
  row.session_handle as SessionHandle,
  { session: readOfficialRow(row), version: row.version },
];

/** A cursor: neither side holds more than a page. It takes one statement, so nothing is locked. */
async function* pagesOf(client: pg.Client, selection: string, options: PageOptions): AsyncGenerator<OfficialPage> {
  const { clause, values } = restriction(options);
  const text = `${selection} ${clause} ORDER BY s.app_id, s.tenant_id, s.session_handle`;
  const rows = client.query(new QueryStream(text, [...values], { batchSize: READ_AHEAD, highWaterMark: READ_AHEAD }));
  let page: ResolvedRow[] = [];
  let length = 0;
  for await (const row of rows as AsyncIterable<ResolvedRow>) {
    page.push(row);
    length += (row.jwt_user_payload?.length ?? 0) + (row.session_data?.length ?? 0);
    if (page.length < PAGE_SIZE && length < PAGE_LENGTH) continue;
    yield pageOf(page);
    page = [];
    length = 0;
  }
  if (page.length > 0) yield pageOf(page);
}

function pageOf(rows: readonly ResolvedRow[]): OfficialPage {
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
    ...(after === undefined ? [] : ['(s.app_id, s.tenant_id, s.session_handle) > ($1, $2, $3)']),
    ...(since === undefined ? [] : [`s.created_at_time >= $${position.length + 1}`]),
  ];
  return {
    clause: conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`,
    values: [...position, ...(since === undefined ? [] : [since])],
  };
}

import type pg from 'pg';
import type { StoredRecord } from '../records/record-database.ts';
import { writesOldTables } from './migration-mode.ts';
import { type OfficialUserRow, readOfficialUser, type UserData } from './official-user-row.ts';
import type { OfficialUserSchema } from './official-user-schema.ts';
import type { MovedUser } from './user.ts';

/** The version of a user: all that was read, as text. */
export type UserVersion = string;

/** A user as read, with what a write needs to know of the rows. */
export interface OfficialStoredUser extends StoredRecord<MovedUser, UserVersion> {
  /** `undefined` for an id that the core did not give. */
  readonly row: OfficialUserRow | undefined;
}

export type ReadUsers = (ids: readonly string[]) => Promise<ReadonlyMap<string, OfficialStoredUser>>;

/** Reads users by the core's own ids, or by ids that it did not give, in two statements. */
export function createUserReader(client: pg.Client, schema: OfficialUserSchema): ReadUsers {
  const rowsText = selectRows(schema);
  const dataText = selectData(schema);
  return async (ids) => {
    if (ids.length === 0) return new Map();
    const rows = new Map<string, OfficialUserRow>();
    if (rowsText !== undefined) {
      const found = await client.query<OfficialUserRow>(rowsText, [ids]);
      for (const row of found.rows) rows.set(row.id, row);
    }
    const data = await readData(client, dataText, ids, rows);
    const externals = await externalIds(client, schema, ids, rows);
    return new Map(
      ids.flatMap((id) => {
        const row = rows.get(id);
        if (row === undefined && externals.has(id)) return [];
        const record = readOfficialUser(id, row, dataOf(data, id, row));
        return record === undefined ? [] : [[id, { record, version: JSON.stringify(record), row }] as const];
      }),
    );
  };
}

const dataOf = (data: ReadonlyMap<string, readonly UserData[]>, id: string, row: OfficialUserRow | undefined) =>
  [...new Set([id, row?.external_id ?? id])].flatMap((each) => data.get(each) ?? []);

async function readData(
  client: pg.Client,
  text: string | undefined,
  ids: readonly string[],
  rows: ReadonlyMap<string, OfficialUserRow>,
): Promise<ReadonlyMap<string, readonly UserData[]>> {
  if (text === undefined) return new Map();
  const all = new Set([...ids, ...[...rows.values()].flatMap(({ external_id }) => external_id ?? [])]);
  const { rows: found } = await client.query<UserData>(text, [[...all]]);
  return Map.groupBy(found, ({ id }) => id);
}

/** Those of the ids that are external ids: what hangs on them is read with the users who have them. */
async function externalIds(
  client: pg.Client,
  { has }: OfficialUserSchema,
  ids: readonly string[],
  rows: ReadonlyMap<string, OfficialUserRow>,
): Promise<ReadonlySet<string>> {
  const unknown = ids.filter((id) => !rows.has(id));
  if (unknown.length === 0 || !has('userid_mapping')) return new Set();
  const { rows: found } = await client.query<{ id: string }>(
    "SELECT external_user_id AS id FROM userid_mapping WHERE app_id = 'public' AND external_user_id = ANY($1)",
    [unknown],
  );
  return new Set(found.map(({ id }) => id));
}

/** The ids of the query are `text`; those of the tables are `char(36)`, padded with spaces that a cast to `text` takes off. */
function selectRows({ has, mode }: OfficialUserSchema): string | undefined {
  if (!has('app_id_to_user_id')) return undefined;
  const links = has('app_id_to_user_id', 'primary_or_recipe_user_id')
    ? 'u.primary_or_recipe_user_id::text AS primary_id, u.is_linked_or_is_a_primary_user AS is_linked'
    : 'u.user_id::text AS primary_id, false AS is_linked';
  const mapping = has('userid_mapping')
    ? 'm.external_user_id AS external_id, m.external_user_id_info AS external_id_info'
    : 'NULL AS external_id, NULL AS external_id_info';
  const membership = writesOldTables(mode)
    ? 'SELECT tenant_id FROM all_auth_recipe_users a WHERE a.app_id = u.app_id AND a.user_id = u.user_id'
    : 'SELECT DISTINCT tenant_id FROM recipe_user_tenants a WHERE a.app_id = u.app_id AND a.recipe_user_id = u.user_id';
  return `SELECT u.user_id::text AS id, u.recipe_id, ${links}, ${mapping},
      coalesce(e.time_joined, t.time_joined, p.time_joined) AS time_joined, coalesce(e.email, t.email, p.email) AS email,
      e.password_hash, t.third_party_id, t.third_party_user_id, p.phone_number, ARRAY(${membership} ORDER BY 1) AS tenants
    FROM app_id_to_user_id u
    ${has('userid_mapping') ? 'LEFT JOIN userid_mapping m ON m.app_id = u.app_id AND m.supertokens_user_id = u.user_id' : ''}
    LEFT JOIN emailpassword_users e ON e.app_id = u.app_id AND e.user_id = u.user_id
    LEFT JOIN thirdparty_users t ON t.app_id = u.app_id AND t.user_id = u.user_id
    LEFT JOIN passwordless_users p ON p.app_id = u.app_id AND p.user_id = u.user_id
    WHERE u.app_id = 'public' AND u.user_id = ANY($1::text[]::bpchar[])`;
}

/** PostgreSQL's time, ms. A link that has expired is of no use to anyone. */
const NOW = 'extract(epoch FROM clock_timestamp()) * 1000';

/** A link that an older core mailed names no e-mail: it counts for the user's present one. */
const RESET_TOKENS = `SELECT 'reset-token', r.user_id::text, coalesce(EMAIL e.email), r.token, r.token_expiry
  FROM emailpassword_pswd_reset_tokens r
  LEFT JOIN emailpassword_users e ON e.app_id = r.app_id AND e.user_id = r.user_id
  WHERE r.app_id = 'public' AND r.user_id = ANY($1::text[]::bpchar[]) AND r.token_expiry > ${NOW}
    AND coalesce(EMAIL e.email) IS NOT NULL`;

function selectData({ has }: OfficialUserSchema): string | undefined {
  const of = (kind: UserData['kind'], value: string, table: string, rest = '', token = 'NULL, NULL::bigint') =>
    `SELECT '${kind}', user_id, ${value}, ${token} FROM ${table} WHERE app_id = 'public' AND user_id = ANY($1::text[]) ${rest}`;
  const email = has('emailpassword_pswd_reset_tokens', 'email') ? 'r.email,' : '';
  const selections = [
    has('emailverification_verified_emails') && of('verified', 'email', 'emailverification_verified_emails'),
    has('user_metadata') && of('metadata', 'user_metadata', 'user_metadata'),
    has('user_roles') && of('role', 'role', 'user_roles', "AND tenant_id = 'public'"),
    has('user_last_active') &&
      of('active', 'last_active_time::text', 'user_last_active', 'AND last_active_time IS NOT NULL'),
    has('emailverification_tokens') &&
      of(
        'verification-token',
        'email',
        'emailverification_tokens',
        `AND tenant_id = 'public' AND token_expiry > ${NOW}`,
        'token, token_expiry',
      ),
    has('emailpassword_pswd_reset_tokens') && RESET_TOKENS.replaceAll('EMAIL', email),
  ].filter((selection) => selection !== false);
  if (selections.length === 0) return undefined;
  return `SELECT * FROM (${selections.join(' UNION ALL ')}) AS data (kind, id, value, token, expiry)`;
}

import type pg from 'pg';
import { CommandFailed } from '../command-line.ts';
import type { OfficialRow } from './sessions/official-row.ts';
import type { MigrationMode } from './users/migration-mode.ts';
import { type OfficialUserSchema, readOfficialUserSchema } from './users/official-user-schema.ts';

/** What an official core's database has; it depends on the core's version. */
export interface OfficialSchema {
  /** The columns of `session_info` that are moved. */
  readonly columns: readonly string[];
  /** Whether there are user id mappings. */
  readonly hasUserIdMappings: boolean;
  /** Whether accounts can be linked. */
  readonly hasLinkedAccounts: boolean;
  /** The tables of users and roles. */
  readonly users: OfficialUserSchema;
}

export const COLUMNS = [
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

/** Cores before CDI 5.6 do not have these. */
const NEWER_COLUMNS: readonly string[] = ['prev_refresh_token_hash_2', 'refresh_token_rotated_at'];

const TABLES = ['session_info', 'key_value', 'session_access_token_signing_keys', 'jwt_signing_keys'] as const;

/** Since this version, `session_info` has the columns `app_id` and `tenant_id`. */
const OLDEST_VERSION = '6.0';

/**
 * @param said the migration mode in the core's file or environment
 * @throws CommandFailed if a table is missing, or is that of a core that is too old
 */
export async function readOfficialSchema(
  client: pg.Client,
  where: string,
  said: MigrationMode | undefined,
): Promise<OfficialSchema> {
  const columnsOf = async (table: string): Promise<ReadonlySet<string>> => {
    const { rows } = await client.query<{ name: string }>(
      'SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped',
      [table],
    );
    return new Set(rows.map(({ name }) => name));
  };
  for (const table of TABLES) if ((await columnsOf(table)).size === 0) throw new CommandFailed(noTable(table, where));
  const found = await columnsOf('session_info');
  const missing = COLUMNS.filter((column) => !found.has(column) && !NEWER_COLUMNS.includes(column));
  if (missing.length > 0) throw new CommandFailed(tooOld(missing, where));
  return {
    columns: COLUMNS.filter((column) => found.has(column)),
    hasUserIdMappings: (await columnsOf('userid_mapping')).has('app_id'),
    hasLinkedAccounts: (await columnsOf('app_id_to_user_id')).has('primary_or_recipe_user_id'),
    users: await readOfficialUserSchema(client, said),
  };
}

const noTable = (table: string, where: string): string =>
  `There is no table ${table} at ${where}.
- If the official core has a setting postgresql_table_schema, add ?options=-csearch_path%3D<schema> to the address.
- If it has a setting postgresql_table_names_prefix or postgresql_..._table_name (postgresql_session_info_table_name for
  session_info), the table has another name. Only the default names can be read: rename the table for the move.
- If the database is new, start an official core on it once: the core makes its tables.`;

const tooOld = (missing: readonly string[], where: string): string =>
  `The table session_info at ${where} has no column ${missing.join(', ')}. The command can read the tables of the official core ` +
  `${OLDEST_VERSION} and later. Upgrade the core, with the migration scripts of its changelog.`;

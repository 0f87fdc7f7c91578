import { type OfficialDatabase, openOfficialDatabase } from '../../../lib/tools/migrate/official-database.ts';
import type {
  MovedRecord,
  RecordChange,
  RecordDatabase,
  RefusedRecord,
  WriteOutcome,
} from '../../../lib/tools/migrate/records/record-database.ts';
import type { MigrationMode } from '../../fixtures/official-core.ts';
import type { PostgresDatabase } from '../../fixtures/postgres.ts';

/** All that a database has, by key, and what it refuses. */
export async function readAll<R extends MovedRecord, V>(
  { pages }: Pick<RecordDatabase<R, V>, 'pages'>,
  after?: string,
): Promise<{ records: Map<string, R>; refused: RefusedRecord[] }> {
  const records = new Map<string, R>();
  const refused: RefusedRecord[] = [];
  for await (const page of pages(after)) {
    for (const record of page.records) records.set(record.key, record);
    refused.push(...page.refused);
  }
  return { records, refused };
}

/** Opens the database for one piece of work. */
export async function withOfficial<T>(
  { address }: PostgresDatabase,
  work: (official: OfficialDatabase) => Promise<T>,
): Promise<T> {
  const official = await openOfficialDatabase(address);
  try {
    return await work(official);
  } finally {
    await official.close();
  }
}

/** Writes records over what is there. @returns what became of each */
export async function writeAll<R extends MovedRecord, V>(
  database: RecordDatabase<R, V>,
  records: Iterable<R>,
): Promise<ReadonlyMap<string, WriteOutcome>> {
  const all = [...records];
  const there = await database.read(all.map(({ key }) => key));
  const changes = all.map(
    (record): RecordChange<R, V> => ({
      record,
      replaces: there.get(record.key),
      changed: Object.keys(record.parts) as (keyof R['parts'])[],
    }),
  );
  return database.write(changes);
}

/** Copies everything that can be moved, in the order of an export. @returns what was not written */
export async function copyAll(from: PostgresDatabase, to: PostgresDatabase): Promise<WriteOutcome[]> {
  return withOfficial(from, (source) =>
    withOfficial(to, async (target) => {
      const outcomes = [
        ...(await writeAll(target.roles, (await readAll(source.roles)).records.values())).values(),
        ...(await writeAll(target.users, (await readAll(source.users)).records.values())).values(),
        ...(await writeAll(target.primaryUsers, (await readAll(source.primaryUsers)).records.values())).values(),
      ];
      return outcomes.filter((outcome) => outcome !== 'written');
    }),
  );
}

/** Sets the migration mode of the database's core. */
export const setMode = ({ client }: PostgresDatabase, migration_mode: MigrationMode) =>
  client.query("UPDATE tenant_configs SET core_config = $1 WHERE connection_uri_domain = ''", [
    JSON.stringify({ migration_mode }),
  ]);

/** The tables of users, with their rows of the app and tenant that are moved. */
/** @param without ids whose rows are left out */
export async function userTables(
  { client }: PostgresDatabase,
  without: readonly string[] = [],
): Promise<Record<string, Record<string, unknown>[]>> {
  const tables: Record<string, Record<string, unknown>[]> = {};
  for (const name of USER_TABLES) {
    const { rows } = await client.query<{ row: Record<string, unknown> }>(
      `SELECT to_jsonb(t) AS row FROM ${name} t ORDER BY t::text`,
    );
    tables[name] = rows
      .map(({ row }) => row)
      .filter(({ app_id, tenant_id = 'public' }) => app_id === 'public' && tenant_id === 'public')
      .filter((row) => !without.some((id) => JSON.stringify(row).includes(id)));
  }
  return tables;
}

const USER_TABLES = [
  'app_id_to_user_id',
  'userid_mapping',
  'emailpassword_users',
  'thirdparty_users',
  'passwordless_users',
  'all_auth_recipe_users',
  'emailpassword_user_to_tenant',
  'thirdparty_user_to_tenant',
  'passwordless_user_to_tenant',
  'recipe_user_account_infos',
  'recipe_user_tenants',
  'primary_user_tenants',
  'emailpassword_pswd_reset_tokens',
  'emailverification_verified_emails',
  'emailverification_tokens',
  'user_metadata',
  'user_last_active',
  'roles',
  'role_permissions',
  'user_roles',
];

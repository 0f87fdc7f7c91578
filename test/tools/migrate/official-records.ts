import { DEFAULT_CORE_CONFIG } from '../../../lib/core/index.ts';
import { LOCAL_REGION } from '../../../lib/dev/dynamodb.ts';
import { type OfficialDatabase, openOfficialDatabase } from '../../../lib/tools/migrate/official-database.ts';
import { createStagePrimaryUsers } from '../../../lib/tools/migrate/primary-users/stage-primary-users.ts';
import type {
  MovedRecord,
  RecordChange,
  RecordDatabase,
  RefusedRecord,
  WriteOutcome,
} from '../../../lib/tools/migrate/records/record-database.ts';
import { openStageTables, type StageTables } from '../../../lib/tools/migrate/records/stage-tables.ts';
import { createStageRoles } from '../../../lib/tools/migrate/roles/stage-roles.ts';
import { metadataText } from '../../../lib/tools/migrate/users/metadata-text.ts';
import { createStageUsers } from '../../../lib/tools/migrate/users/stage-users.ts';
import { createBulk } from '../../../lib/tools/operator/bulk.ts';
import type { MigrationMode } from '../../fixtures/official-core.ts';
import type { SeededUsers } from '../../fixtures/official-users.ts';
import type { PostgresDatabase } from '../../fixtures/postgres.ts';
import type { Stage } from './installation.ts';

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

type Pages = Pick<RecordDatabase<MovedRecord, unknown>, 'pages'>;

/** The parts of every role, user and primary user, by kind and key. */
export async function everythingOf({
  roles,
  users,
  primaryUsers,
}: {
  readonly roles: Pages;
  readonly users: Pages;
  readonly primaryUsers: Pages;
}): Promise<Readonly<Record<string, object>>> {
  const all: Record<string, object> = {};
  for (const [kind, database] of Object.entries({ roles, users, primaryUsers })) {
    for (const [key, { parts }] of (await readAll(database)).records) all[`${kind} ${key}`] = parts;
  }
  return all;
}

/** The tables of a stage, as the command opens them. */
export const stageTablesOf = ({ db, names, endpoint, clock }: Stage): StageTables =>
  openStageTables({
    db,
    bulk: createBulk({ endpoint, region: LOCAL_REGION }),
    names,
    clock: clock.now,
    settings: DEFAULT_CORE_CONFIG,
  });

/** What a stage keeps. */
export function stageRecords(stage: Stage) {
  const tables = stageTablesOf(stage);
  return {
    roles: createStageRoles(tables),
    users: createStageUsers(tables),
    primaryUsers: createStagePrimaryUsers(tables),
  };
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

/** Writes what differs in the target, and removes what is there alone. @returns what was not written */
async function copyKind<R extends MovedRecord, V>(
  source: RecordDatabase<R, V>,
  target: RecordDatabase<R, V>,
): Promise<WriteOutcome[]> {
  const [wanted, there] = [(await readAll(source)).records, (await readAll(target)).records];
  const isNew = (record: R) => JSON.stringify(there.get(record.key)) !== JSON.stringify(record);
  const changed = [...wanted.values()].filter(isNew);
  const written = await writeAll(target, changed);
  const gone = await target.read([...there.keys()].filter((key) => !wanted.has(key)));
  const removed = await target.remove([...gone.values()]);
  // What was removed may have stood in the way.
  const again = await writeAll(
    target,
    changed.filter(({ key }) => written.get(key) !== 'written'),
  );
  return [...removed.values(), ...again.values()].filter((outcome) => outcome !== 'written');
}

/** Makes the target as the source, in the order of an export. @returns what was not written */
export async function copyAll(from: PostgresDatabase, to: PostgresDatabase): Promise<WriteOutcome[]> {
  return withOfficial(from, (source) =>
    withOfficial(to, async (target) => [
      ...(await copyKind(source.roles, target.roles)),
      ...(await copyKind(source.users, target.users)),
      ...(await copyKind(source.primaryUsers, target.primaryUsers)),
    ]),
  );
}

/** Removes all apps with all that is theirs, and creates the core's own again. */
export async function emptyUsers({ client }: PostgresDatabase): Promise<void> {
  await client.query(
    'DELETE FROM apps; INSERT INTO apps VALUES (DEFAULT, 0); INSERT INTO tenants (created_at_time) VALUES (0)',
  );
}

/** Sets the migration mode of the database's core. */
export const setMode = ({ client }: PostgresDatabase, migration_mode: MigrationMode) =>
  client.query("UPDATE tenant_configs SET core_config = $1 WHERE connection_uri_domain = ''", [
    JSON.stringify({ migration_mode }),
  ]);

/** The tables of users as far as a move keeps them: not the text of metadata, nor when a removed login method joined. */
export async function comparableTables(database: PostgresDatabase, ids: SeededUsers) {
  const tables = await userTables(database, [ids.webauthnUser, ids.ofTenant]);
  return {
    ...tables,
    user_metadata: tables.user_metadata
      ?.filter(({ user_id }) => user_id !== ids.mapped)
      .map((row) => ({
        ...row,
        user_metadata: metadataText(row.user_metadata as string),
      })),
    app_id_to_user_id: tables.app_id_to_user_id?.map((row) =>
      row.user_id === ids.retiredPrimary ? { ...row, time_joined: undefined } : row,
    ),
  };
}

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

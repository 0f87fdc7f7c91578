import type pg from 'pg';
import { type MigrationMode, readMigrationMode } from './migration-mode.ts';

/** Which tables of users an official core has. It depends on the core's version. */
export interface OfficialUserSchema {
  readonly mode: MigrationMode;
  /** Whether there is the table, with the column if one is named. */
  readonly has: (table: UserTable, column?: string) => boolean;
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
  'totp_users',
  'totp_user_devices',
  'tenant_configs',
] as const;
export type UserTable = (typeof USER_TABLES)[number];

/**
 * A table without `app_id` is that of a core before 6.0, whose sessions cannot be read either.
 * @param said the migration mode in the core's file or environment
 */
export async function readOfficialUserSchema(
  client: pg.Client,
  said: MigrationMode | undefined,
): Promise<OfficialUserSchema> {
  const { rows } = await client.query<{ table: UserTable; columns: string[] }>(
    `SELECT t.name AS table, array_agg(a.attname::text) AS columns
     FROM unnest($1::text[]) AS t(name) JOIN pg_attribute a ON a.attrelid = to_regclass(t.name)
     WHERE a.attnum > 0 AND NOT a.attisdropped GROUP BY t.name`,
    [USER_TABLES],
  );
  const columns = new Map(rows.map((row) => [row.table, new Set(row.columns)]));
  const has = (table: UserTable, column = 'app_id') => columns.get(table)?.has(column) ?? false;
  return { has, mode: await modeOf(client, has, said) };
}

/** A core may have dropped the old tables once it has moved. */
async function modeOf(
  client: pg.Client,
  has: OfficialUserSchema['has'],
  said: MigrationMode | undefined,
): Promise<MigrationMode> {
  if (!has('recipe_user_tenants') || !has('app_id_to_user_id')) return 'LEGACY';
  return has('all_auth_recipe_users') ? readMigrationMode(client, said) : 'MIGRATED';
}

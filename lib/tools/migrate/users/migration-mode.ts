import type pg from 'pg';
import { CommandFailed } from '../../command-line.ts';

/**
 * Official cores since 12.0 move their users from one set of tables to another, and have a setting that says how far they are. All
 * modes have the ids and the recipes' tables in common. Older cores are as in `LEGACY`.
 */
export const MIGRATION_MODES = ['LEGACY', 'DUAL_WRITE_READ_OLD', 'DUAL_WRITE_READ_NEW', 'MIGRATED'] as const;
export type MigrationMode = (typeof MIGRATION_MODES)[number];

/** Whether the core keeps `all_auth_recipe_users` and the tables `…_user_to_tenant`. */
export const writesOldTables = (mode: MigrationMode): boolean => mode !== 'MIGRATED';

/** Whether the core keeps `recipe_user_account_infos`, `recipe_user_tenants` and `primary_user_tenants`. */
export const writesNewTables = (mode: MigrationMode): boolean => mode !== 'LEGACY';

/**
 * The mode of an official core that has both sets of tables. Its own setting decides if it is in the database. If it is not, the mode that the
 * core's file or environment says decides. Without that, the rows do: with no sign of the new tables, it is `LEGACY`, which is also the
 * core's default.
 * @param said the mode in the core's file or environment
 */
export async function readMigrationMode(client: pg.Client, said: MigrationMode | undefined): Promise<MigrationMode> {
  const { rows } = await client.query<{ config: string | null }>(
    `SELECT core_config AS config FROM tenant_configs
     WHERE connection_uri_domain = '' AND app_id = 'public' AND tenant_id = 'public'`,
  );
  return modeIn(rows[0]?.config ?? null) ?? said ?? modeOfRows(client);
}

/** @throws CommandFailed for a text that is no mode */
export function migrationModeNamed(text: string | undefined): MigrationMode | undefined {
  const mode = MIGRATION_MODES.find((each) => each === text?.toUpperCase());
  if (mode !== undefined || text === undefined || text === '') return mode;
  throw new CommandFailed(`SUPERTOKENS_MIGRATION_MODE must be one of ${MIGRATION_MODES.join(', ')}, but is ${text}.`);
}

function modeIn(config: string | null): MigrationMode | undefined {
  try {
    const { migration_mode: mode } = JSON.parse(config ?? '{}') as { readonly migration_mode?: unknown };
    return MIGRATION_MODES.find((each) => each === mode);
  } catch {
    return undefined;
  }
}

/** Both sets of tables are written unless a user is in the new ones alone. */
async function modeOfRows(client: pg.Client): Promise<MigrationMode> {
  const { rows } = await client.query<{ has_new: boolean; lacks_old: boolean }>(
    `SELECT
       EXISTS (SELECT FROM app_id_to_user_id WHERE app_id = 'public' AND time_joined > 0) AS has_new,
       EXISTS (
         SELECT FROM app_id_to_user_id u
         JOIN recipe_user_tenants t ON t.app_id = u.app_id AND t.recipe_user_id = u.user_id
         WHERE u.app_id = 'public' AND u.time_joined > 0 AND NOT EXISTS (
           SELECT FROM all_auth_recipe_users a WHERE a.app_id = u.app_id AND a.user_id = u.user_id
         )
       ) AS lacks_old`,
  );
  if (!rows[0]?.has_new) return 'LEGACY';
  return rows[0].lacks_old ? 'MIGRATED' : 'DUAL_WRITE_READ_OLD';
}

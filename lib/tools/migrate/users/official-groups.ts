import type pg from 'pg';
import { writesNewTables, writesOldTables } from './migration-mode.ts';
import type { OfficialUserSchema } from './official-user-schema.ts';

/** Of an id `u` whose login method was removed. Login methods of other recipes are not ours to judge. */
export const WITHOUT_LOGIN = `u.recipe_id IN ('emailpassword', 'thirdparty', 'passwordless')
  AND NOT EXISTS (SELECT FROM emailpassword_users e WHERE e.app_id = u.app_id AND e.user_id = u.user_id)
  AND NOT EXISTS (SELECT FROM thirdparty_users t WHERE t.app_id = u.app_id AND t.user_id = u.user_id)
  AND NOT EXISTS (SELECT FROM passwordless_users p WHERE p.app_id = u.app_id AND p.user_id = u.user_id)`;

/**
 * Renews what the tables have of primary users as wholes: when each one joined. The new tables also have which e-mails,
 * phone numbers and third-party ids belong to one primary user alone. Another primary user must not have these.
 */
export async function settleGroups(client: pg.Client, { mode }: OfficialUserSchema, primaries: readonly string[]) {
  if (primaries.length === 0) return;
  if (writesOldTables(mode)) await settleTimes(client, 'all_auth_recipe_users', primaries);
  if (!writesNewTables(mode)) return;
  await settleTimes(client, 'app_id_to_user_id', primaries);
  // 0 means that the core has not moved the user yet. It would wait for ever for a removed login method.
  await client.query(
    `UPDATE app_id_to_user_id u SET time_joined = primary_or_recipe_user_time_joined
     WHERE app_id = 'public' AND user_id = ANY($1::text[]::bpchar[]) AND time_joined = 0 AND ${WITHOUT_LOGIN}`,
    [primaries],
  );
  await settleContacts(client, primaries);
}

/** Everyone of a group joined when its first login method did. */
async function settleTimes(client: pg.Client, table: string, primaries: readonly string[]): Promise<void> {
  await client.query(
    `UPDATE ${table} u SET primary_or_recipe_user_time_joined = g.joined
     FROM (
       SELECT primary_or_recipe_user_id AS id, min(time_joined) AS joined FROM ${table}
       WHERE app_id = 'public' AND primary_or_recipe_user_id = ANY($1::text[]::bpchar[]) AND time_joined > 0 GROUP BY 1
     ) g
     WHERE u.app_id = 'public' AND u.primary_or_recipe_user_id = g.id AND u.primary_or_recipe_user_time_joined <> g.joined`,
    [primaries],
  );
}

/** A primary user has the contacts of all its login methods in the tenants of all of them. */
async function settleContacts(client: pg.Client, primaries: readonly string[]): Promise<void> {
  await client.query(
    "DELETE FROM primary_user_tenants WHERE app_id = 'public' AND primary_user_id = ANY($1::text[]::bpchar[])",
    [primaries],
  );
  await client.query(
    `WITH members AS (
       SELECT user_id AS id, primary_or_recipe_user_id AS primary_id FROM app_id_to_user_id
       WHERE app_id = 'public' AND primary_or_recipe_user_id = ANY($1::text[]::bpchar[]) AND is_linked_or_is_a_primary_user
     ), places AS (
       SELECT DISTINCT m.primary_id, t.tenant_id FROM members m
       JOIN recipe_user_tenants t ON t.app_id = 'public' AND t.recipe_user_id = m.id
     ), contacts AS (
       SELECT DISTINCT m.primary_id, i.account_info_type, i.account_info_value FROM members m
       JOIN recipe_user_account_infos i ON i.app_id = 'public' AND i.recipe_user_id = m.id
     )
     INSERT INTO primary_user_tenants (app_id, tenant_id, account_info_type, account_info_value, primary_user_id)
     SELECT 'public', p.tenant_id, c.account_info_type, c.account_info_value, c.primary_id
     FROM places p JOIN contacts c ON c.primary_id = p.primary_id`,
    [primaries],
  );
}

import type pg from 'pg';
import type { RecipeId } from '../../../core/user/rules/user.ts';
import { type OfficialTable, type OfficialTableRow, putRows } from '../official-table.ts';
import { accountInfosOf } from './account-info.ts';
import { writesNewTables, writesOldTables } from './migration-mode.ts';
import { settleGroups, WITHOUT_LOGIN } from './official-groups.ts';
import type { OfficialUserRow } from './official-user-row.ts';
import type { OfficialUserSchema } from './official-user-schema.ts';
import type { MovedLogin } from './user.ts';

/** A login method that is to be written. */
export interface LoginChange {
  readonly id: string;
  /** As it is in the database. */
  readonly row: OfficialUserRow | undefined;
  readonly login: MovedLogin;
}

const RECIPE_TABLES: Readonly<Record<RecipeId, OfficialTable>> = {
  emailpassword: {
    name: 'emailpassword_users',
    columns: ['user_id', 'email', 'password_hash', 'time_joined'],
    key: ['user_id'],
  },
  thirdparty: {
    name: 'thirdparty_users',
    columns: ['user_id', 'email', 'third_party_id', 'third_party_user_id', 'time_joined'],
    key: ['user_id'],
  },
  passwordless: {
    name: 'passwordless_users',
    columns: ['user_id', 'email', 'phone_number', 'time_joined'],
    key: ['user_id'],
  },
};

const TENANT_TABLES: Readonly<Record<RecipeId, OfficialTable>> = {
  emailpassword: tenantTable('emailpassword', ['email']),
  thirdparty: tenantTable('thirdparty', ['third_party_id', 'third_party_user_id']),
  passwordless: tenantTable('passwordless', ['email', 'phone_number']),
};

function tenantTable(recipe: RecipeId, columns: readonly string[]): OfficialTable {
  const key = ['tenant_id', 'user_id'];
  return { name: `${recipe}_user_to_tenant`, columns: [...key, ...columns], key };
}

/** Where a new user is. An existing one stays where it is. */
export const tenantsOf = ({ row }: LoginChange): readonly string[] =>
  row === undefined || row.tenants.length === 0 ? ['public'] : row.tenants;

/**
 * Writes login methods with all that follows from them. What they had before is deleted first, so that one can get the e-mail that another
 * one gives up.
 */
export async function writeLogins(client: pg.Client, schema: OfficialUserSchema, changes: readonly LoginChange[]) {
  const existing = changes.flatMap(({ row }) => row ?? []);
  await forgetContacts(client, schema, existing);
  const replaced = changes.filter(({ row, login }) => row !== undefined && isOtherMethod(row, login));
  await forgetMethods(
    client,
    schema,
    replaced.map(({ id }) => id),
  );
  await putIds(client, schema, changes);
  const live = changes.filter(({ login }) => !login.isRetired);
  for (const [recipe, table] of Object.entries(RECIPE_TABLES)) {
    await putRows(client, table, live.filter(({ login }) => login.recipe === recipe).map(recipeRow));
  }
  if (writesOldTables(schema.mode)) await putOldProjections(client, schema, live);
  if (writesNewTables(schema.mode)) await putNewProjections(client, live);
  await settleGroups(
    client,
    schema,
    existing.filter(({ is_linked }) => is_linked).map(({ primary_id }) => primary_id),
  );
}

const isOtherMethod = (row: OfficialUserRow, login: MovedLogin): boolean =>
  row.time_joined !== null && (login.isRetired || login.recipe !== row.recipe_id);

const recipeRow = ({ id, login }: LoginChange): OfficialTableRow => ({
  user_id: id,
  email: login.email,
  password_hash: login.passwordHash,
  third_party_id: login.thirdParty?.id ?? null,
  third_party_user_id: login.thirdParty?.userId ?? null,
  phone_number: login.phoneNumber,
  time_joined: login.timeJoined,
});

const ID_TIMES = ['time_joined', 'primary_or_recipe_user_time_joined'];

/** The id of a removed login method counts as a primary user's from the beginning. Its members follow, and with them its time. */
async function putIds(client: pg.Client, schema: OfficialUserSchema, changes: readonly LoginChange[]): Promise<void> {
  const times = writesNewTables(schema.mode) ? ID_TIMES : [];
  const columns = [
    'user_id',
    'recipe_id',
    'primary_or_recipe_user_id',
    'is_linked_or_is_a_primary_user',
    ...times,
  ].filter((column) => schema.has('app_id_to_user_id', column));
  const table = { name: 'app_id_to_user_id', columns, key: ['user_id'] };
  const rowsOf = (isRetired: boolean) =>
    changes
      .filter(({ login }) => login.isRetired === isRetired)
      .map(({ id, row, login }) => ({
        user_id: id,
        recipe_id: login.recipe,
        primary_or_recipe_user_id: row?.primary_id ?? id,
        is_linked_or_is_a_primary_user: row?.is_linked ?? isRetired,
        time_joined: login.timeJoined,
        primary_or_recipe_user_time_joined: login.timeJoined,
      }));
  await putRows(client, table, rowsOf(false));
  await putRows(client, table, rowsOf(true), ID_TIMES);
}

async function putOldProjections(client: pg.Client, { has }: OfficialUserSchema, live: readonly LoginChange[]) {
  const inTenants = <T>(rowOf: (change: LoginChange) => T) =>
    live.flatMap((change) => tenantsOf(change).map((tenant_id) => ({ tenant_id, ...rowOf(change) })));
  const columns = [
    'tenant_id',
    'user_id',
    'recipe_id',
    'time_joined',
    'primary_or_recipe_user_id',
    'is_linked_or_is_a_primary_user',
    'primary_or_recipe_user_time_joined',
  ].filter((column) => has('all_auth_recipe_users', column));
  const rows = inTenants(({ id, row, login }) => ({
    user_id: id,
    recipe_id: login.recipe,
    time_joined: login.timeJoined,
    primary_or_recipe_user_id: row?.primary_id ?? id,
    is_linked_or_is_a_primary_user: row?.is_linked ?? false,
    primary_or_recipe_user_time_joined: login.timeJoined,
  }));
  await putRows(client, { name: 'all_auth_recipe_users', columns, key: ['tenant_id', 'user_id'] }, rows);
  const contacts = inTenants((change) => ({ recipe: change.login.recipe, row: recipeRow(change) }));
  for (const [recipe, table] of Object.entries(TENANT_TABLES)) {
    const own = contacts.filter((each) => each.recipe === recipe);
    await putRows(
      client,
      table,
      own.map(({ tenant_id, row }) => ({ ...row, tenant_id })),
    );
  }
}

const INFO_KEY = ['recipe_id', 'account_info_type', 'third_party_id', 'third_party_user_id'];

async function putNewProjections(client: pg.Client, live: readonly LoginChange[]): Promise<void> {
  const infos = live.flatMap((change) =>
    accountInfosOf(change.login).map((info) => ({
      change,
      info: { ...info, recipe_user_id: change.id, recipe_id: change.login.recipe },
    })),
  );
  await putRows(
    client,
    {
      name: 'recipe_user_account_infos',
      columns: [...INFO_KEY, 'recipe_user_id', 'account_info_value', 'primary_user_id'],
      key: [...INFO_KEY, 'recipe_user_id'],
    },
    infos.map(({ change: { row }, info }) => ({ ...info, primary_user_id: row?.is_linked ? row.primary_id : null })),
  );
  await putRows(
    client,
    {
      name: 'recipe_user_tenants',
      columns: [...INFO_KEY, 'tenant_id', 'account_info_value', 'recipe_user_id'],
      key: [...INFO_KEY, 'tenant_id', 'account_info_value'],
    },
    infos.flatMap(({ change, info }) => tenantsOf(change).map((tenant_id) => ({ ...info, tenant_id }))),
  );
}

/** Deletes by what login methods are found. The id and the method itself stay. */
async function forgetContacts(client: pg.Client, { mode }: OfficialUserSchema, rows: readonly OfficialUserRow[]) {
  if (rows.length === 0) return;
  const ids = rows.map(({ id }) => id);
  const tenants = [...new Set(rows.flatMap((row) => row.tenants))];
  for (const { name } of writesOldTables(mode) ? Object.values(TENANT_TABLES) : []) {
    await client.query(
      `DELETE FROM ${name} WHERE app_id = 'public' AND tenant_id = ANY($1) AND user_id = ANY($2::text[]::bpchar[])`,
      [tenants, ids],
    );
  }
  for (const name of writesNewTables(mode) ? ['recipe_user_account_infos', 'recipe_user_tenants'] : []) {
    await client.query(`DELETE FROM ${name} WHERE app_id = 'public' AND recipe_user_id = ANY($1::text[]::bpchar[])`, [
      ids,
    ]);
  }
}

async function forgetMethods(client: pg.Client, schema: OfficialUserSchema, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const tables = [
    ...Object.values(RECIPE_TABLES).map(({ name }) => name),
    ...(writesOldTables(schema.mode) ? ['all_auth_recipe_users'] : []),
  ];
  for (const name of tables) {
    await client.query(`DELETE FROM ${name} WHERE app_id = 'public' AND user_id = ANY($1::text[]::bpchar[])`, [ids]);
  }
}

/**
 * Deletes login methods as the official core does. The id of a primary user with other login methods lives on, until
 * the last of them is deleted.
 */
export async function removeLogins(client: pg.Client, schema: OfficialUserSchema, rows: readonly OfficialUserRow[]) {
  const ids = rows.map(({ id }) => id);
  await forgetContacts(client, schema, rows);
  await forgetMethods(client, schema, ids);
  const groups = [...new Set(rows.filter(({ is_linked }) => is_linked).map(({ primary_id }) => primary_id))];
  if (groups.length > 0) await unlinkRemoved(client, ids);
  const primaries = new Set(groups);
  const gone = ids.filter((id) => !primaries.has(id));
  await deleteIds(client, gone, 'true');
  await deleteUnusedIds(client, groups);
  await settleGroups(client, schema, groups);
}

/** Deletes those of the ids that nothing is linked to, and that have no login method of their own. */
export const deleteUnusedIds = (client: pg.Client, ids: readonly string[]): Promise<void> =>
  deleteIds(
    client,
    ids,
    `NOT EXISTS (SELECT FROM app_id_to_user_id o WHERE o.app_id = u.app_id AND o.primary_or_recipe_user_id = u.user_id AND o.user_id <> u.user_id)
     AND ${WITHOUT_LOGIN}`,
  );

/** So that the deletion of one id takes no other one along. */
async function unlinkRemoved(client: pg.Client, ids: readonly string[]): Promise<void> {
  await client.query(
    `UPDATE app_id_to_user_id SET primary_or_recipe_user_id = user_id
     WHERE app_id = 'public' AND user_id = ANY($1::text[]::bpchar[]) AND primary_or_recipe_user_id <> user_id`,
    [ids],
  );
}

async function deleteIds(client: pg.Client, ids: readonly string[], condition: string): Promise<void> {
  if (ids.length === 0) return;
  await client.query(
    `DELETE FROM app_id_to_user_id u WHERE app_id = 'public' AND user_id = ANY($1::text[]::bpchar[]) AND ${condition}`,
    [ids],
  );
}

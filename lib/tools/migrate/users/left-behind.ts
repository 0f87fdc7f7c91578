import type { RefusedRecord } from '../records/record-database.ts';
import { writesOldTables } from './migration-mode.ts';
import type { OfficialUserSchema, UserTable } from './official-user-schema.ts';

/** Rows that are not moved, one kind of them. */
export interface LeftBehind {
  /** Selects `app`, `tenant` and `id`, in their order. Parameters: the three after which to begin, and how many. */
  readonly text: string;
  readonly reasonOf: (row: { readonly app: string; readonly tenant: string; readonly id: string }) => RefusedRecord;
}

/** What an official core has of users, and the built-in core cannot keep. Users that are not moved at all are refused as such. */
export function leftBehindOf({ has, mode }: OfficialUserSchema): LeftBehind[] {
  const isOld = writesOldTables(mode);
  const members = isOld ? 'all_auth_recipe_users' : 'recipe_user_tenants';
  const member = isOld ? 'user_id' : 'recipe_user_id';
  const alsoHere = `EXISTS (SELECT FROM ${members} p WHERE p.app_id = t.app_id AND p.tenant_id = 'public' AND p.${member} = t.${member})`;
  return [
    ...ofApps('user', 'app_id_to_user_id'),
    ...ofApps('metadata', 'user_metadata'),
    ...ofApps('verified e-mails', 'emailverification_verified_emails'),
    ...ofTenants('roles', 'user_roles'),
    ...ofTenants('verification links', 'emailverification_tokens'),
    ...ofApps('TOTP devices', 'totp_user_devices', 'true', 'the built-in core has no TOTP'),
    ...(has(members) ? [memberships(members, member, alsoHere)] : []),
    ...(has('userid_mapping') ? [unreachable(has)] : []),
  ];

  function ofApps(what: string, table: UserTable, condition = "t.app_id <> 'public'", reason?: string): LeftBehind[] {
    if (!has(table)) return [];
    const text = select(table, "''", 'user_id', condition, 'app_id');
    return [{ text, reasonOf: ({ app, id }) => refused(what, id, app === 'public' ? reason : `of app ${app}`) }];
  }

  function ofTenants(what: string, table: UserTable): LeftBehind[] {
    if (!has(table)) return [];
    const text = select(table, 't.tenant_id', 'user_id', "(t.app_id, t.tenant_id) <> ('public', 'public')");
    return [{ text, reasonOf: ({ app, tenant, id }) => refused(what, id, `of ${placeOf(app, tenant)}`) }];
  }
}

/** A user of several tenants is moved, and then is of the one. */
const memberships = (table: string, id: string, alsoHere: string): LeftBehind => ({
  text: select(table, 't.tenant_id', id, `t.app_id = 'public' AND t.tenant_id <> 'public' AND ${alsoHere}`),
  reasonOf: ({ tenant, id: user }) => refused('membership', user, `of tenant ${tenant}. The user is moved`),
});

/** A user may have got the external id by force, although data hung on the user's own one. */
const unreachable = (has: OfficialUserSchema['has']): LeftBehind => {
  const tables = [
    'user_metadata',
    'user_roles',
    'emailverification_verified_emails',
    'emailverification_tokens',
  ] as const;
  const places = tables
    .filter((table) => has(table))
    .map((table) => {
      const tenant = has(table, 'tenant_id') ? "AND d.tenant_id = 'public'" : '';
      return `SELECT FROM ${table} d WHERE d.app_id = t.app_id ${tenant} AND d.user_id = t.supertokens_user_id::text`;
    });
  // As one subquery, it is looked up by key for each mapping, and no table is read as a whole.
  const condition = `t.app_id = 'public' AND ${places.length === 0 ? 'false' : `EXISTS (${places.join(' UNION ALL ')})`}`;
  return {
    text: select('userid_mapping', "''", 'supertokens_user_id', condition, 'app_id'),
    reasonOf: ({ id }) => refused('data under its own id', id, 'unused, because the user has an external id'),
  };
};

const placeOf = (app: string, tenant: string): string => (app === 'public' ? `tenant ${tenant}` : `app ${app}`);

const refused = (what: string, id: string, reason = ''): RefusedRecord => ({
  key: what === 'user' ? id : `${id} (${what})`,
  reason,
});

/** The comparison has the columns of the table's key, so PostgreSQL continues from there. */
function select(table: string, tenant: string, id: string, condition: string, key = 'app_id, t.tenant_id'): string {
  const hasTenant = tenant !== "''";
  const after = hasTenant ? `(t.${key}, t.${id}) > ($1, $2, $3)` : `(t.${key}, t.${id}) > ($1, $3) AND $2 = ''`;
  return `SELECT DISTINCT t.app_id AS app, ${tenant} AS tenant, t.${id}::text AS id, t.${id} FROM ${table} t
    WHERE ${after} AND ${condition}
    ORDER BY t.app_id, ${hasTenant ? 't.tenant_id,' : ''} t.${id} LIMIT $4`;
}

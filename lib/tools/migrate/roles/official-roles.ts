import type pg from 'pg';
import type { RoleName } from '../../../core/types.ts';
import type { Connection } from '../connection.ts';
import { refusalOfTexts, WIDTH } from '../official-limits.ts';
import {
  deletedOfficialRecords,
  type OfficialRecords,
  type OfficialVersion,
  removeOfficialRecords,
  versionOf,
  writeOfficialRecords,
} from '../official-records.ts';
import type { OfficialSchema } from '../official-schema.ts';
import { deleteRows, type OfficialTable, putRows, rowChanges } from '../official-table.ts';
import { inSnapshot } from '../official-transaction.ts';
import { isRefused, type RecordDatabase, type RecordPage, type StoredRecord } from '../records/record-database.ts';
import type { MovedRole } from './role.ts';

export type OfficialRoles = RecordDatabase<MovedRole, OfficialVersion>;
type StoredRole = StoredRecord<MovedRole, OfficialVersion>;

const PAGE_SIZE = 200;

const ROLES: OfficialTable = { name: 'roles', columns: ['role'], key: ['role'] };
const PERMISSIONS: OfficialTable = {
  name: 'role_permissions',
  columns: ['role', 'permission'],
  key: ['role', 'permission'],
};

/** The roles of an official core's one app, with their permissions. Those of other apps are listed. */
export function createOfficialRoles({ client }: Connection, { users: { has } }: OfficialSchema): OfficialRoles {
  const isThere = has('roles');
  const records = officialRoleRecords(client, isThere);
  return {
    side: 'official',
    pages: (after) => rolePages(client, isThere, after),
    async count() {
      if (!isThere) return 0;
      const { rows } = await client.query<{ count: string }>('SELECT count(*) FROM roles');
      return Number(rows[0]?.count);
    },
    read: (keys) => inSnapshot(client, () => records.read(keys)),
    refusalOf: ({ key, parts }) =>
      isThere
        ? refusalOfTexts([
            { what: 'name', text: key, width: WIDTH.role },
            ...parts.permissions.map((text) => ({ what: 'permission', text, width: WIDTH.role })),
          ])
        : 'an official core of this version has no roles',
    write: (changes, announce) => writeOfficialRecords(client, records, changes, announce),
    deletedOf: (missing) => deletedOfficialRecords(client, missing),
    remove: (stored) => removeOfficialRecords(client, records, stored),
  };
}

async function readRoles(client: pg.Client, names: readonly string[]): Promise<ReadonlyMap<string, StoredRole>> {
  const { rows } = await client.query<{ role: RoleName; permissions: string[] }>(
    `SELECT r.role, ARRAY(
       SELECT p.permission FROM role_permissions p WHERE p.app_id = r.app_id AND p.role = r.role
     ) AS permissions FROM roles r WHERE r.app_id = 'public' AND r.role = ANY($1)`,
    [names],
  );
  return new Map(
    rows.map(({ role, permissions }) => {
      const record: MovedRole = { key: role, parts: { permissions: permissions.sort() } };
      return [role, { record, version: versionOf(record) }];
    }),
  );
}

/** Those of other apps come first or last, as their names are. */
async function* rolePages(
  client: pg.Client,
  isThere: boolean,
  after = '["",""]',
): AsyncGenerator<RecordPage<MovedRole>> {
  for (let position = after; isThere; ) {
    const page = await inSnapshot(client, async () => {
      const { rows } = await client.query<{ app_id: string; role: string }>(
        `SELECT app_id, role FROM roles WHERE (app_id, role) > ($1, $2) ORDER BY app_id, role LIMIT ${PAGE_SIZE}`,
        JSON.parse(position) as string[],
      );
      const own = rows.filter(({ app_id }) => app_id === 'public').map(({ role }) => role);
      return { rows, roles: await readRoles(client, own) };
    });
    const last = page.rows.at(-1);
    if (last === undefined) return;
    position = JSON.stringify([last.app_id, last.role]);
    yield {
      records: [...page.roles.values()].flatMap(({ record }) => (isRefused(record) ? [] : record)),
      refused: page.rows
        .filter(({ app_id }) => app_id !== 'public')
        .map(({ app_id, role }) => ({ key: role, reason: `of app ${app_id}` })),
      position,
    };
  }
}

const officialRoleRecords = (client: pg.Client, isThere: boolean): OfficialRecords<MovedRole, StoredRole> => ({
  async lock(keys) {
    if (!isThere) return;
    await client.query("SELECT FROM roles WHERE app_id = 'public' AND role = ANY($1) ORDER BY role FOR UPDATE", [keys]);
  },
  read: async (keys) => (isThere ? readRoles(client, keys) : new Map()),
  async apply(changes, there) {
    const before = changes.flatMap(({ record: { key } }) => there.get(key)?.record ?? []) as MovedRole[];
    const permissions = rowChanges(
      PERMISSIONS,
      before.flatMap(permissionRows),
      changes.flatMap(({ record }) => permissionRows(record)),
    );
    await putRows(
      client,
      ROLES,
      changes.map(({ record: { key } }) => ({ role: key })),
    );
    await deleteRows(client, PERMISSIONS, permissions.gone);
    await putRows(client, PERMISSIONS, permissions.put);
    return [];
  },
  /** Deleting a role takes it from all users. */
  async remove(stored) {
    const names = stored.map(({ record }) => record.key);
    await client.query("DELETE FROM user_roles WHERE app_id = 'public' AND role = ANY($1)", [names]);
    await client.query("DELETE FROM roles WHERE app_id = 'public' AND role = ANY($1)", [names]);
  },
});

const permissionRows = ({ key: role, parts }: MovedRole) =>
  parts.permissions.map((permission) => ({ role, permission }));

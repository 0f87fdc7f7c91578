import { IF_NEW } from '../../../../dynamodb/conditions.ts';
import type { DynamoDbTable } from '../../../../dynamodb/dynamodb-table.ts';
import { concurrently } from '../../../concurrently.ts';
import type { RoleName } from '../../../types.ts';
import type { UserRolesStore } from '../userroles-store.ts';
import {
  ifDeleting,
  ifOf,
  ifUnchanged,
  LISTED_ROLES,
  listedRoleKey,
  type RoleRow,
  roleItem,
  roleKey,
  roleRowOf,
  roleUserKey,
  userIn,
  userRoleKey,
  usersOfRole,
} from './items.ts';

/** The roles themselves, and their permissions. */
export type Roles = Pick<
  UserRolesStore,
  'create' | 'delete' | 'list' | 'permissionsOf' | 'removePermissions' | 'rolesWith'
> & {
  /** The role. `undefined` if there is none, or if it is being deleted. */
  read(role: RoleName): Promise<RoleRow | undefined>;
};

/** As many users as a role is taken from at once. */
const CONCURRENCY = 32;

export function createRoles(table: DynamoDbTable): Roles {
  const all = () => readAll(table);
  return {
    read: (role) => read(table, role),
    create: (role, permissions, incarnation) => create(table, role, permissions, incarnation),
    delete: (role, deletion) => remove(table, role, deletion),
    list: async () => (await all()).map(({ role }) => role),
    async permissionsOf(role) {
      const row = await read(table, role);
      return row === undefined ? undefined : [...row.permissions];
    },
    removePermissions: (role, permissions) => removePermissions(table, role, permissions),
    rolesWith: async (permission) =>
      (await all()).filter(({ permissions }) => permissions.includes(permission)).map(({ role }) => role),
  };
}

/** The role, also if it is being deleted. */
const readAny = async (table: DynamoDbTable, role: RoleName): Promise<RoleRow | undefined> =>
  roleRowOf(role, await table.get(roleKey(role)));

async function read(table: DynamoDbTable, role: RoleName): Promise<RoleRow | undefined> {
  const row = await readAny(table, role);
  return row?.deletion === undefined ? row : undefined;
}

/** All roles that are not being deleted, by name. */
async function readAll(table: DynamoDbTable): Promise<RoleRow[]> {
  const listed = await table.query({ name: 'pk', value: LISTED_ROLES });
  const items = await table.batchGet(listed.map(({ sk }) => roleKey(sk as RoleName)));
  const rows = items.flatMap((item) => roleRowOf(String(item.pk).slice('role#'.length) as RoleName, item) ?? []);
  return rows.filter(({ deletion }) => deletion === undefined).sort((a, b) => (a.role < b.role ? -1 : 1));
}

/** @returns whether it did; `false` if another request has changed or deleted the role since it was read */
async function setPermissions(table: DynamoDbTable, row: RoleRow, permissions: readonly string[]): Promise<boolean> {
  const set = { permissions: JSON.stringify(permissions) };
  const update = { set, add: { version: 1 }, condition: ifUnchanged(row) };
  return (await table.update(roleKey(row.role), update)) !== undefined;
}

async function create(
  table: DynamoDbTable,
  role: RoleName,
  permissions: readonly string[],
  incarnation: string,
): Promise<boolean> {
  for (;;) {
    const found = await readAny(table, role);
    if (found?.deletion !== undefined) {
      await finishDeletion(table, found);
    } else if (found === undefined) {
      await table.put({ ...listedRoleKey(role), incarnation });
      if (await table.put(roleItem(role, incarnation, permissions), IF_NEW)) return true;
    } else {
      const missing = permissions.filter((permission) => !found.permissions.includes(permission));
      const isDone = missing.length === 0 || (await setPermissions(table, found, [...found.permissions, ...missing]));
      // It is our own if the acknowledgement of our write was lost.
      if (isDone) return found.incarnation === incarnation;
    }
  }
}

async function remove(table: DynamoDbTable, role: RoleName, deletion: string): Promise<boolean> {
  for (;;) {
    const found = await readAny(table, role);
    if (found === undefined) return false;
    if (found.deletion !== undefined) {
      await finishDeletion(table, found);
      return found.deletion === deletion;
    }
    // The next round finds the role marked, by this request or by another one, and completes the deletion.
    const update = { set: { deleting: deletion }, add: { version: 1 }, condition: ifUnchanged(found) };
    await table.update(roleKey(role), update);
  }
}

/** @param permissions all if absent */
async function removePermissions(
  table: DynamoDbTable,
  role: RoleName,
  permissions: readonly string[] | undefined,
): Promise<boolean> {
  for (;;) {
    const row = await read(table, role);
    if (row === undefined) return false;
    const left = row.permissions.filter((permission) => permissions !== undefined && !permissions.includes(permission));
    if (left.length === row.permissions.length || (await setPermissions(table, row, left))) return true;
  }
}

/**
 * Takes a marked role from its users, and removes it. Each request that finds a marked role can do so, also in
 * parallel. What belongs to a later role of the same name stays.
 */
async function finishDeletion(table: DynamoDbTable, { role, incarnation }: RoleRow): Promise<void> {
  const users = await table.queryRange(usersOfRole(role));
  await concurrently(CONCURRENCY, users.map(userIn), async (userId) => {
    await table.deleteIf(userRoleKey(userId, role), ifOf(incarnation));
    await table.deleteIf(roleUserKey(role, userId), ifOf(incarnation));
  });
  await table.deleteIf(listedRoleKey(role), ifOf(incarnation));
  await table.deleteIf(roleKey(role), ifDeleting(incarnation));
}

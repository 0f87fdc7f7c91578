import type { DynamoDb } from '../../../../dynamodb/client.ts';
import { IF_NEW } from '../../../../dynamodb/conditions.ts';
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

export function createRoles(db: DynamoDb, table: string): Roles {
  const place: Place = { db, table };
  const all = () => readAll(place);
  return {
    read: (role) => read(place, role),
    create: (role, permissions, incarnation) => create(place, role, permissions, incarnation),
    delete: (role, deletion) => remove(place, role, deletion),
    list: async () => (await all()).map(({ role }) => role),
    async permissionsOf(role) {
      const row = await read(place, role);
      return row === undefined ? undefined : [...row.permissions];
    },
    removePermissions: (role, permissions) => removePermissions(place, role, permissions),
    rolesWith: async (permission) =>
      (await all()).filter(({ permissions }) => permissions.includes(permission)).map(({ role }) => role),
  };
}

/** Where roles are kept. */
interface Place {
  readonly db: DynamoDb;
  readonly table: string;
}

/** The role, also if it is being deleted. */
const readAny = async ({ db, table }: Place, role: RoleName): Promise<RoleRow | undefined> =>
  roleRowOf(role, await db.get(table, roleKey(role)));

async function read(place: Place, role: RoleName): Promise<RoleRow | undefined> {
  const row = await readAny(place, role);
  return row?.deletion === undefined ? row : undefined;
}

/** All roles that are not being deleted, by name. */
async function readAll({ db, table }: Place): Promise<RoleRow[]> {
  const listed = await db.query(table, { name: 'pk', value: LISTED_ROLES });
  const items = await db.batchGet(
    table,
    listed.map(({ sk }) => roleKey(sk as RoleName)),
  );
  const rows = items.flatMap((item) => roleRowOf(String(item.pk).slice('role#'.length) as RoleName, item) ?? []);
  return rows.filter(({ deletion }) => deletion === undefined).sort((a, b) => (a.role < b.role ? -1 : 1));
}

/** @returns whether it did; `false` if another request has changed or deleted the role since it was read */
async function setPermissions({ db, table }: Place, row: RoleRow, permissions: readonly string[]): Promise<boolean> {
  const set = { permissions: JSON.stringify(permissions) };
  const update = { set, add: { version: 1 }, condition: ifUnchanged(row) };
  return (await db.update(table, roleKey(row.role), update)) !== undefined;
}

async function create(
  place: Place,
  role: RoleName,
  permissions: readonly string[],
  incarnation: string,
): Promise<boolean> {
  const { db, table } = place;
  for (;;) {
    const found = await readAny(place, role);
    if (found?.deletion !== undefined) {
      await finishDeletion(place, found);
    } else if (found === undefined) {
      await db.put(table, { ...listedRoleKey(role), incarnation });
      if (await db.put(table, roleItem(role, incarnation, permissions), IF_NEW)) return true;
    } else {
      const missing = permissions.filter((permission) => !found.permissions.includes(permission));
      const isDone = missing.length === 0 || (await setPermissions(place, found, [...found.permissions, ...missing]));
      // It is our own if the acknowledgement of our write was lost.
      if (isDone) return found.incarnation === incarnation;
    }
  }
}

async function remove(place: Place, role: RoleName, deletion: string): Promise<boolean> {
  const { db, table } = place;
  for (;;) {
    const found = await readAny(place, role);
    if (found === undefined) return false;
    if (found.deletion !== undefined) {
      await finishDeletion(place, found);
      return found.deletion === deletion;
    }
    // The next round finds the role marked, by this request or by another one, and completes the deletion.
    const update = { set: { deleting: deletion }, add: { version: 1 }, condition: ifUnchanged(found) };
    await db.update(table, roleKey(role), update);
  }
}

/** @param permissions all if absent */
async function removePermissions(
  place: Place,
  role: RoleName,
  permissions: readonly string[] | undefined,
): Promise<boolean> {
  for (;;) {
    const row = await read(place, role);
    if (row === undefined) return false;
    const left = row.permissions.filter((permission) => permissions !== undefined && !permissions.includes(permission));
    if (left.length === row.permissions.length || (await setPermissions(place, row, left))) return true;
  }
}

/**
 * Takes a marked role from its users, and removes it. Each request that finds a marked role can do so, also in
 * parallel. What belongs to a later role of the same name stays.
 */
async function finishDeletion({ db, table }: Place, { role, incarnation }: RoleRow): Promise<void> {
  const users = await db.queryRange(table, usersOfRole(role));
  await concurrently(CONCURRENCY, users.map(userIn), async (userId) => {
    await db.deleteIf(table, userRoleKey(userId, role), ifOf(incarnation));
    await db.deleteIf(table, roleUserKey(role, userId), ifOf(incarnation));
  });
  await db.deleteIf(table, listedRoleKey(role), ifOf(incarnation));
  await db.deleteIf(table, roleKey(role), ifDeleting(incarnation));
}

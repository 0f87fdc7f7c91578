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
  const readAny = async (role: RoleName) => roleRowOf(role, await db.get(table, roleKey(role)));
  const read: Roles['read'] = async (role) => {
    const row = await readAny(role);
    return row?.deletion === undefined ? row : undefined;
  };

  const setPermissions = async (row: RoleRow, permissions: readonly string[]): Promise<boolean> => {
    const update = {
      set: { permissions: JSON.stringify(permissions) },
      add: { version: 1 },
      condition: ifUnchanged(row),
    };
    return (await db.update(table, roleKey(row.role), update)) !== undefined;
  };

  const all = async (): Promise<RoleRow[]> => {
    const listed = await db.query(table, { name: 'pk', value: LISTED_ROLES });
    const items = await db.batchGet(
      table,
      listed.map(({ sk }) => roleKey(sk as RoleName)),
    );
    const rows = items.flatMap((item) => roleRowOf(String(item.pk).slice('role#'.length) as RoleName, item) ?? []);
    return rows.filter(({ deletion }) => deletion === undefined).sort((a, b) => (a.role < b.role ? -1 : 1));
  };

  return {
    read,
    async create(role, permissions, incarnation) {
      for (;;) {
        const found = await readAny(role);
        if (found?.deletion !== undefined) {
          await finishDeletion(db, table, found);
        } else if (found === undefined) {
          await db.put(table, { ...listedRoleKey(role), incarnation });
          if (await db.put(table, roleItem(role, incarnation, permissions), IF_NEW)) return true;
        } else {
          const missing = permissions.filter((permission) => !found.permissions.includes(permission));
          const isDone = missing.length === 0 || (await setPermissions(found, [...found.permissions, ...missing]));
          // It is our own if the acknowledgement of our write was lost.
          if (isDone) return found.incarnation === incarnation;
        }
      }
    },
    async delete(role, deletion) {
      for (;;) {
        const found = await readAny(role);
        if (found === undefined) return false;
        if (found.deletion !== undefined) {
          await finishDeletion(db, table, found);
          return found.deletion === deletion;
        }
        // A role that is found marked, in the next round, is finished: by whomever it was marked.
        await db.update(table, roleKey(role), {
          set: { deleting: deletion },
          add: { version: 1 },
          condition: ifUnchanged(found),
        });
      }
    },
    list: async () => (await all()).map(({ role }) => role),
    async permissionsOf(role) {
      const row = await read(role);
      return row === undefined ? undefined : [...row.permissions];
    },
    async removePermissions(role, permissions) {
      for (;;) {
        const row = await read(role);
        if (row === undefined) return false;
        const left = row.permissions.filter(
          (permission) => permissions !== undefined && !permissions.includes(permission),
        );
        if (left.length === row.permissions.length || (await setPermissions(row, left))) return true;
      }
    },
    rolesWith: async (permission) =>
      (await all()).filter(({ permissions }) => permissions.includes(permission)).map(({ role }) => role),
  };
}

/**
 * Takes a marked role from its users, and removes it. Each request that finds a marked role can do so, also in
 * parallel. What belongs to a later role of the same name stays.
 */
async function finishDeletion(db: DynamoDb, table: string, { role, incarnation }: RoleRow): Promise<void> {
  const users = await db.queryRange(table, usersOfRole(role));
  await concurrently(CONCURRENCY, users.map(userIn), async (userId) => {
    await db.deleteIf(table, userRoleKey(userId, role), ifOf(incarnation));
    await db.deleteIf(table, roleUserKey(role, userId), ifOf(incarnation));
  });
  await db.deleteIf(table, listedRoleKey(role), ifOf(incarnation));
  await db.deleteIf(table, roleKey(role), ifDeleting(incarnation));
}

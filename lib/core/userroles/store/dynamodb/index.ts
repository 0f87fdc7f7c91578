import type { Item } from '../../../../dynamodb/client.ts';
import { IF_NEW } from '../../../../dynamodb/conditions.ts';
import type { DynamoDbTable } from '../../../../dynamodb/dynamodb-table.ts';
import type { RoleName, UserId } from '../../../types.ts';
import type { UserRolesStore } from '../userroles-store.ts';
import {
  ifGrant,
  ifReplaceable,
  isHeld,
  roleIn,
  rolesOfUser,
  roleUserKey,
  userIn,
  userRoleKey,
  usersOfRole,
} from './items.ts';
import { createRoles, type Roles } from './roles.ts';

/** Roles in the table of users. A user's roles are in the partition of the user's own item, so one query reads them. */
export function createUserRolesTable(table: DynamoDbTable): UserRolesStore {
  const { read, ...roles } = createRoles(table);
  const rolesOf = (userId: UserId): Promise<Item[]> => table.queryRange(rolesOfUser(userId));
  return {
    ...roles,
    give: (userId, role, grant) => give(table, read, { userId, role, grant }),
    async take(userId, role) {
      if ((await read(role)) === undefined) return 'unknown-role';
      return (await take(table, userId, role)) ? 'taken' : 'not-held';
    },
    rolesOf: async (userId) => (await rolesOf(userId)).filter(isHeld).map(roleIn),
    async usersOf(role) {
      const row = await read(role);
      if (row === undefined) return undefined;
      const users = (await table.queryRange(usersOfRole(role))).map(userIn);
      const keys = users.map((userId) => userRoleKey(userId, role));
      const items = await table.batchGet(keys, true, ['pk', 'pending', 'incarnation']);
      const holders = items.filter((item) => isHeld(item) && item.incarnation === row.incarnation);
      const held = new Set(holders.map(({ pk }) => pk));
      return users.filter((userId) => held.has(userRoleKey(userId, role).pk ?? ''));
    },
    isUsedBy: async (userId) => (await rolesOf(userId)).some(isHeld),
    async removeUser(userId, isWanted) {
      for (let held = await rolesOf(userId); held.length > 0 && (await isWanted()); held = await rolesOf(userId)) {
        for (const item of held) await takeBack(table, userId, item);
      }
    },
  };
}

async function take(table: DynamoDbTable, userId: UserId, role: RoleName): Promise<boolean> {
  const held = await table.get(userRoleKey(userId, role));
  if (held === undefined) return false;
  await takeBack(table, userId, held);
  return isHeld(held);
}

/** Takes a role as it was read. What was given since stays. */
async function takeBack(table: DynamoDbTable, userId: UserId, held: Item): Promise<void> {
  const [role, grant] = [roleIn(held), ifGrant(String(held.grant))];
  await table.deleteIf(userRoleKey(userId, role), grant);
  await table.deleteIf(roleUserKey(role, userId), grant);
}

interface Gift {
  readonly userId: UserId;
  readonly role: RoleName;
  readonly grant: string;
}

/**
 * First the item by which the role finds its user, then the user's role as pending, which counts for nothing. It is
 * confirmed after a read has found the role. A deletion that begins later finds the item, and removes the role from the
 * user.
 */
async function give(table: DynamoDbTable, read: Roles['read'], { userId, role, grant }: Gift) {
  const [key, indexKey] = [userRoleKey(userId, role), roleUserKey(role, userId)];
  for (;;) {
    const row = await read(role);
    if (row === undefined) return 'unknown-role';
    const { incarnation } = row;
    const held = await table.get(key);
    // It is our own if the acknowledgement of our write was lost.
    if (held !== undefined && isHeld(held) && held.incarnation === incarnation)
      return held.grant === grant ? 'given' : 'had';
    await table.put({ ...indexKey, incarnation, grant });
    const pending = { ...key, incarnation, grant, pending: true };
    if (!(await table.put(pending, held === undefined ? IF_NEW : ifReplaceable(held, incarnation)))) continue;
    if ((await read(role))?.incarnation !== incarnation) {
      await table.deleteIf(key, ifGrant(grant));
      await table.deleteIf(indexKey, ifGrant(grant));
      return 'unknown-role';
    }
    if ((await table.update(key, { remove: ['pending'], condition: ifGrant(grant) })) !== undefined) return 'given';
  }
}

import type { Condition, Item, Key } from '../../../../dynamodb/client.ts';
import { both, ifAbsent, ifEqual, ifPresent } from '../../../../dynamodb/conditions.ts';
import type { RoleName, UserId } from '../../../types.ts';
import { endOf, userPartition } from '../../../user/store/dynamodb/keys.ts';

/** A role, as stored. Permissions are added and removed under the condition that the version has not changed. */
export interface RoleRow {
  readonly role: RoleName;
  /** Distinguishes a role from an earlier role of the same name that was deleted. */
  readonly incarnation: string;
  readonly permissions: readonly string[];
  readonly version: number;
  /** Names the deletion that has begun, if one has. */
  readonly deletion: string | undefined;
}

const rolePartition = (role: RoleName): string => `role#${role}`;

export const roleKey = (role: RoleName): Key => ({ pk: rolePartition(role), sk: 'role' });

/** The item by which a role is listed. */
export const listedRoleKey = (role: RoleName): Key => ({ pk: LISTED_ROLES, sk: role });
export const LISTED_ROLES = 'roles';

/** A user's role, in the partition of the user's own item. It is the truth: indexes are checked against it. */
export const userRoleKey = (userId: UserId, role: RoleName): Key => ({
  pk: userPartition(userId),
  sk: `${ROLE_PREFIX}${role}`,
});

/** The item by which the users of a role are found. */
export const roleUserKey = (role: RoleName, userId: UserId): Key => ({
  pk: rolePartition(role),
  sk: `${USER_PREFIX}${userId}`,
});

const ROLE_PREFIX = 'role#';
const USER_PREFIX = 'user#';

export const rolesOfUser = (userId: UserId) => rangeOf(userPartition(userId), ROLE_PREFIX);
export const usersOfRole = (role: RoleName) => rangeOf(rolePartition(role), USER_PREFIX);

const rangeOf = (pk: string, prefix: string) => ({
  partition: { name: 'pk', value: pk },
  sortKey: 'sk',
  between: [prefix, endOf(prefix)] as const,
});

export const roleIn = ({ sk }: Item): RoleName => String(sk).slice(ROLE_PREFIX.length) as RoleName;
export const userIn = ({ sk }: Item): UserId => String(sk).slice(USER_PREFIX.length) as UserId;

export const roleItem = (role: RoleName, incarnation: string, permissions: readonly string[]): Item => ({
  ...roleKey(role),
  incarnation,
  permissions: JSON.stringify(permissions),
  version: 1,
});

export const roleRowOf = (role: RoleName, item: Item | undefined): RoleRow | undefined =>
  item === undefined
    ? undefined
    : {
        role,
        incarnation: String(item.incarnation),
        permissions: JSON.parse(String(item.permissions)) as string[],
        version: item.version as number,
        deletion: item.deleting as string | undefined,
      };

/** A pending role counts for nothing yet. */
export const isHeld = ({ pending }: Item): boolean => pending === undefined;

/** The item belongs to this incarnation of its role. */
export const ifOf = (incarnation: string): Condition => ifEqual('incarnation', incarnation);

export const ifGrant = (grant: string): Condition => ifEqual('grant', grant);

export const ifUnchanged = ({ incarnation, version }: RoleRow): Condition =>
  both(ifOf(incarnation), both(ifEqual('version', version), ifAbsent('deleting')));

export const ifDeleting = (incarnation: string): Condition => both(ifOf(incarnation), ifPresent('deleting'));

/** The item is still as it was read, not confirmed, or of a role that was deleted. */
export const ifReplaceable = (held: Item, incarnation: string): Condition => ({
  expression: '#ifGrant = :ifGrant AND (attribute_exists(#ifPending) OR #ifIncarnation <> :ifIncarnation)',
  names: { '#ifGrant': 'grant', '#ifPending': 'pending', '#ifIncarnation': 'incarnation' },
  values: { ':ifGrant': String(held.grant), ':ifIncarnation': incarnation },
});

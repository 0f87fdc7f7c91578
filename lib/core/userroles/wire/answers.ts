import { ItemTooLarge } from '../../errors.ts';
import type { Answer } from '../../http/endpoint.ts';
import { CdiRefusal } from '../../http/refusal.ts';
import type { JsonObject, RoleName, UserId } from '../../types.ts';
import type { UserContext } from '../../user-context.ts';
import { holderOf, permissionsOf, roleNameOf } from './fields.ts';

type RolesAnswer<Input> = Answer<Input, UserContext>;

const UNKNOWN_ROLE: JsonObject = { status: 'UNKNOWN_ROLE_ERROR' };

interface RoleInput {
  readonly role: string;
  readonly permissions: readonly string[] | undefined;
}

/** PUT /recipe/role */
export const answerCreateRole: RolesAnswer<RoleInput> = async ({ stores, random }, input) => {
  const [role, permissions] = [roleNameOf(input.role), permissionsOf(input.permissions) ?? []];
  try {
    return { status: 'OK', createdNewRole: await stores.roles.create(role, permissions, random.uuid()) };
  } catch (error) {
    if (!(error instanceof ItemTooLarge)) throw error;
    throw new CdiRefusal(400, 'The permissions of a role do not fit into one DynamoDB item (400 KB)');
  }
};

/** GET /recipe/role/permissions */
export const answerGetPermissions: RolesAnswer<RoleName> = async ({ stores }, role) => {
  const permissions = await stores.roles.permissionsOf(role);
  return permissions === undefined ? UNKNOWN_ROLE : { status: 'OK', permissions };
};

/** POST /recipe/role/permissions/remove */
export const answerRemovePermissions: RolesAnswer<RoleInput> = async ({ stores }, input) => {
  const [role, permissions] = [roleNameOf(input.role), permissionsOf(input.permissions)];
  return (await stores.roles.removePermissions(role, permissions)) ? { status: 'OK' } : UNKNOWN_ROLE;
};

/** GET /recipe/permission/roles */
export const answerRolesWith: RolesAnswer<string> = async ({ stores }, permission) => ({
  status: 'OK',
  roles: await stores.roles.rolesWith(permission),
});

/** POST /recipe/role/remove */
export const answerDeleteRole: RolesAnswer<{ readonly role: string }> = async ({ stores, random }, { role }) => ({
  status: 'OK',
  didRoleExist: await stores.roles.delete(roleNameOf(role), random.uuid()),
});

/** GET /recipe/roles */
export const answerListRoles: RolesAnswer<unknown> = async ({ stores }) => ({
  status: 'OK',
  roles: await stores.roles.list(),
});

interface UserRoleInput {
  readonly userId: UserId;
  readonly role: string;
}

/** PUT /recipe/user/role */
export const answerGiveRole: RolesAnswer<UserRoleInput> = async ({ stores, random }, input) => {
  const given = await stores.roles.give(holderOf(input.userId), roleNameOf(input.role), random.uuid());
  return given === 'unknown-role' ? UNKNOWN_ROLE : { status: 'OK', didUserAlreadyHaveRole: given === 'had' };
};

/** POST /recipe/user/role/remove */
export const answerTakeRole: RolesAnswer<UserRoleInput> = async ({ stores }, input) => {
  const taken = await stores.roles.take(holderOf(input.userId), roleNameOf(input.role));
  return taken === 'unknown-role' ? UNKNOWN_ROLE : { status: 'OK', didUserHaveRole: taken === 'taken' };
};

/** GET /recipe/user/roles */
export const answerRolesOf: RolesAnswer<UserId> = async ({ stores }, userId) => ({
  status: 'OK',
  roles: await stores.roles.rolesOf(userId),
});

/** GET /recipe/role/users */
export const answerUsersOf: RolesAnswer<RoleName> = async ({ stores }, role) => {
  const users = await stores.roles.usersOf(role);
  return users === undefined ? UNKNOWN_ROLE : { status: 'OK', users };
};

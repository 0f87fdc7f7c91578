import { type Endpoint, withBody, withQuery } from '../../http/endpoint.ts';
import { queryText, queryUserId, userId } from '../../http/schema.ts';
import { appSpecific, ownTenant } from '../../http/tenant-rules.ts';
import type { UserContext } from '../../user-context.ts';
import {
  answerCreateRole,
  answerDeleteRole,
  answerGetPermissions,
  answerGiveRole,
  answerListRoles,
  answerRemovePermissions,
  answerRolesOf,
  answerRolesWith,
  answerTakeRole,
  answerUsersOf,
} from './answers.ts';
import { nameIn, permissions, queryRole, role } from './fields.ts';

const queryPermission = (query: URLSearchParams): string => nameIn('permission', queryText(query, 'permission'));

/** The endpoints of the UserRoles recipe. */
export const USER_ROLES: readonly Endpoint<UserContext>[] = [
  withBody('PUT', '/recipe/role', () => ({ role, permissions }), [appSpecific], answerCreateRole),
  withQuery('/recipe/role/permissions', queryRole, appSpecific, answerGetPermissions),
  withBody(
    'POST',
    '/recipe/role/permissions/remove',
    () => ({ role, permissions }),
    [appSpecific],
    answerRemovePermissions,
  ),
  withQuery('/recipe/permission/roles', queryPermission, appSpecific, answerRolesWith),
  withBody('POST', '/recipe/role/remove', () => ({ role }), [appSpecific], answerDeleteRole),
  withQuery('/recipe/roles', () => ({}), appSpecific, answerListRoles),
  withBody('PUT', '/recipe/user/role', () => ({ userId, role }), [ownTenant], answerGiveRole),
  withBody('POST', '/recipe/user/role/remove', () => ({ userId, role }), [ownTenant], answerTakeRole),
  withQuery('/recipe/user/roles', queryUserId, ownTenant, answerRolesOf),
  withQuery('/recipe/role/users', queryRole, ownTenant, answerUsersOf),
];

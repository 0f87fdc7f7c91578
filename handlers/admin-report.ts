import { RolesClaim } from '../lib/app/roles.ts';
import { json, protectedRoute, userIdOf } from '../lib/index.ts';

/** GET /admin-report: for users with the role admin in the access token. The response is 403 for any other user. */
export const handler = protectedRoute(async (request) => json(200, { preparedFor: userIdOf(request) }), {
  overrideGlobalClaimValidators: (validators) => [...validators, RolesClaim.validators.includes('admin')],
});

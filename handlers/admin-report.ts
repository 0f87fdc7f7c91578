import { RolesClaim } from '../lib/app/roles.ts';
import { json } from '../lib/http/json.ts';
import { protectedRoute, userIdOf } from '../lib/http/pipeline.ts';

/** GET /admin-report: for who has the role admin in the access token; 403 for anybody else. */
export const handler = protectedRoute(async (request) => json(200, { preparedFor: userIdOf(request) }), {
  overrideGlobalClaimValidators: (validators) => [...validators, RolesClaim.validators.includes('admin')],
});

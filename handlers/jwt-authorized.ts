import { json, jwtClaims, plainRoute } from '../lib/index.ts';

/** GET /jwt-authorized: the user that API Gateway's JWT authorizer has verified. */
export const handler = plainRoute(async (request) => {
  const { sub, aud } = jwtClaims(request);
  return json(200, { userId: sub, aud });
});

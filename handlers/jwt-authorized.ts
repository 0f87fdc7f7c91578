import { jwtClaims } from '../lib/http/authorized.ts';
import { json } from '../lib/http/json.ts';
import { plainRoute } from '../lib/http/pipeline.ts';

/** GET /jwt-authorized: whom API Gateway's JWT authorizer has let pass; nothing is verified here. */
export const handler = plainRoute(async (request) => {
  const { sub, aud } = jwtClaims(request);
  return json(200, { userId: sub, aud });
});

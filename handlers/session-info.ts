import { json } from '../lib/http/json.ts';
import { protectedRoute } from '../lib/http/pipeline.ts';

/** GET /sessioninfo: what the access token says. */
export const handler = protectedRoute(async ({ session }) =>
  json(200, {
    sessionHandle: session.getHandle(),
    userId: session.getUserId(),
    accessTokenPayload: session.getAccessTokenPayload(),
  }),
);

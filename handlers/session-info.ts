import { json, protectedRoute } from '../lib/index.ts';

/** GET /sessioninfo: what the access token says. */
export const handler = protectedRoute(async ({ session }) =>
  json(200, {
    sessionHandle: session.getHandle(),
    userId: session.getUserId(),
    accessTokenPayload: session.getAccessTokenPayload(),
  }),
);

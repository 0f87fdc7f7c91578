import { authorizedSession, json, plainRoute } from '../lib/index.ts';

/** GET /authorized: the session that the Lambda authorizer has verified. */
export const handler = plainRoute(async (request) => json(200, authorizedSession(request)));

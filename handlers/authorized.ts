import { authorizedSession } from '../lib/http/authorized.ts';
import { json } from '../lib/http/json.ts';
import { plainRoute } from '../lib/http/pipeline.ts';

/** GET /authorized: what the Lambda authorizer has said; nothing is verified here. */
export const handler = plainRoute(async (request) => json(200, authorizedSession(request)));

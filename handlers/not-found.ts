import { readRoutes } from '../lib/config/routes.ts';
import { refuseUnrouted } from '../lib/http/not-found.ts';
import { plainRoute } from '../lib/http/pipeline.ts';

const routes = readRoutes();

/** Everything that no route in serverless.yml answers. */
export const handler = plainRoute(async (request) => refuseUnrouted(request, routes));

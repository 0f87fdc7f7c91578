import { readRoutes } from '../lib/config/routes.ts';
import { refuseUnrouted } from '../lib/http/not-found.ts';
import { plainRoute } from '../lib/index.ts';

const routes = readRoutes();

/** Every request that no route in serverless.yml answers: 404 or 405. */
export const handler = plainRoute(async (request) => refuseUnrouted(request, routes));

import { refuseUnrouted } from '../lib/http/not-found.ts';
import { plainRoute } from '../lib/http/pipeline.ts';
import { service } from '../lib/supertokens/service.ts';

const { routes } = service().config;

/** Everything that no route in serverless.yml answers. */
export const handler = plainRoute(async (request) => refuseUnrouted(request, routes));

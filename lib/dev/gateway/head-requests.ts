import type { HapiServer } from './hapi.ts';

/** No route names this method, so only the routes of any method match it. */
const NO_ROUTE_OF_ITS_OWN = 'x-head';

/** Routes `HEAD` as API Gateway does: to a route of any method. hapi takes the route of `GET`. */
export function routeHeadRequests(server: HapiServer): void {
  server.ext('onRequest', (request, h) => {
    if (request.method === 'head') request.setMethod(NO_ROUTE_OF_ITS_OWN);
    return h.continue;
  });
  server.ext('onPreAuth', (request, h) => {
    if (request.method === NO_ROUTE_OF_ITS_OWN) request.method = 'head';
    return h.continue;
  });
}

import { readRouteConfig } from '../config/service-config.ts';
import { checkedResponse } from './checked-response.ts';
import { type LambdaHandler, pipeline, type RouteHandler } from './pipeline.ts';

/**
 * A route without sessions. Its bundle has no SuperTokens, so it starts fastest. Use it for public data, for webhooks, or
 * behind an authorizer.
 * @throws ConfigurationError when the function starts, if a variable is faulty
 * @example
 * ```ts
 * import { json, plainRoute } from '../lib/index.ts';
 *
 * export const handler = plainRoute(async () => json(200, { version: '1.4.0' }));
 * ```
 */
export const plainRoute = (handler: RouteHandler): LambdaHandler =>
  pipeline(readRouteConfig(), (request, context) => checkedResponse(handler(request, context)));

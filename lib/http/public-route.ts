import { service } from '../supertokens/service.ts';
import { keysAhead } from './keys-ahead.ts';
import { type LambdaHandler, pipeline, type RouteHandler } from './pipeline.ts';
import { withSdkRoutes } from './sdk-handlers.ts';

/**
 * A route that needs no session. It may create one with `startSession`.
 * @throws ConfigurationError when the function starts, if a variable is faulty
 * @example
 * ```ts
 * import { HttpError, json, publicRoute, readJson } from '../lib/index.ts';
 *
 * export const handler = publicRoute(async (request) => {
 *   const { email } = readJson(request);
 *   if (typeof email !== 'string') throw new HttpError(400, 'email must be a text');
 *   return json(202, { sentTo: email });
 * });
 * ```
 */
export function publicRoute(handler: RouteHandler): LambdaHandler {
  const started = service();
  return pipeline(started.config, withSdkRoutes(handler), keysAhead(started));
}

import type { Context } from 'aws-lambda';
import type { SessionContainer, VerifySessionOptions } from 'supertokens-node/recipe/session';
import { noteSession } from '../observability/invocation.ts';
import { type Service, service } from '../supertokens/service.ts';
import { ServiceError } from './errors.ts';
import type { GatewayRequest, GatewayResponse } from './gateway.ts';
import { keysAhead, publishedKeysFirst } from './keys-ahead.ts';
import { type LambdaHandler, pipeline } from './pipeline.ts';
import { withVerifiedSession } from './sdk-handlers.ts';
import { claimRules } from './token-claims.ts';

export type { VerifySessionOptions } from 'supertokens-node/recipe/session';

/** Answers a request that carries a session. */
export type ProtectedHandler = (
  request: GatewayRequest & { readonly session: SessionContainer },
  context: Context,
) => Promise<GatewayResponse>;

/** Answers a request that may carry a session (`sessionRequired: false`). */
export type OptionalSessionHandler = (
  request: GatewayRequest & { readonly session?: SessionContainer },
  context: Context,
) => Promise<GatewayResponse>;

/**
 * A route for logged-in users: without a valid access token the response is 401.
 * @param options `verifySession`'s: `sessionRequired: false`, `checkDatabase: true`, claim validators, `antiCsrfCheck`
 * @throws ConfigurationError when the function starts, if a variable is faulty
 * @throws Error when the function starts, if it has `checkDatabase` but not the session tables
 * @example
 * ```ts
 * import { json, protectedRoute, userIdOf } from '../lib/index.ts';
 *
 * export const handler = protectedRoute(async (request) => json(200, { hello: userIdOf(request) }));
 * ```
 */
export function protectedRoute(
  handler: ProtectedHandler,
  options?: VerifySessionOptions & { sessionRequired?: true },
): LambdaHandler;
export function protectedRoute(
  handler: OptionalSessionHandler,
  options: VerifySessionOptions & { sessionRequired: false },
): LambdaHandler;
export function protectedRoute(
  handler: ProtectedHandler | OptionalSessionHandler,
  options: VerifySessionOptions = {},
): LambdaHandler {
  const started = service();
  refuseUnreachableDatabase(started, options);
  const noting = notingSession(handler, options.sessionRequired ?? true);
  const verified = withVerifiedSession(noting, claimRules(started.config, options));
  return pipeline(started.config, verified, keysAhead(started), publishedKeysFirst(started));
}

/** Every log line of the handler then names the session. */
const notingSession =
  (handler: ProtectedHandler | OptionalSessionHandler, isRequired: boolean): OptionalSessionHandler =>
  async (request, context) => {
    // verifySession lets TRACE pass without looking at anything.
    if (isRequired && request.session === undefined) throw new ServiceError('unauthorised', 'unauthorised');
    noteSession(request.session?.getHandle());
    return (handler as OptionalSessionHandler)(request, context);
  };

/** @throws Error when the function starts, and not at its first request */
export function refuseUnreachableDatabase({ config: { core } }: Service, options: VerifySessionOptions): void {
  if (options.checkDatabase !== true || core.sessionTables !== undefined) return;
  throw new Error(
    'checkDatabase needs the session tables, but this function only verifies access tokens. In serverless.yml, give ' +
      'it the environment and the role of a session function: SESSIONS_TABLE, KEYS_TABLE and role SessionRole.',
  );
}

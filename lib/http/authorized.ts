import type { GatewayRequest } from './gateway.ts';

/** The session that our Lambda authorizer passes to the route behind it. API Gateway passes text only. */
export type AuthorizedSession = {
  readonly userId: string;
  readonly sessionHandle: string;
  /** JSON. */
  readonly accessTokenPayload: string;
};

/** `lambda` is an HTTP API's; REST APIs have the same fields without it. */
interface AuthorizerContext extends Partial<AuthorizedSession> {
  readonly lambda?: Partial<AuthorizedSession> | null;
  readonly jwt?: { readonly claims?: Readonly<Record<string, string>> | null } | null;
}

/**
 * The session that the Lambda authorizer has verified. Nothing is verified again here.
 * @throws Error if the route in serverless.yml has no such authorizer; the client gets a 500
 * @example
 * ```ts
 * import { authorizedSession, json, plainRoute } from '../lib/index.ts';
 *
 * export const handler = plainRoute(async (request) => {
 *   const { userId } = authorizedSession(request);
 *   return json(200, { hello: userId });
 * });
 * ```
 */
export function authorizedSession(request: GatewayRequest): AuthorizedSession {
  const context = contextOf(request);
  const { userId, sessionHandle, accessTokenPayload } = context?.lambda ?? context ?? {};
  if (userId === undefined || sessionHandle === undefined || accessTokenPayload === undefined) {
    throw new Error('This route has no Lambda authorizer. In serverless.yml, give it authorizer: { name: session }');
  }
  return { userId, sessionHandle, accessTokenPayload };
}

/**
 * The claims, as text, that API Gateway's JWT authorizer has verified. Nothing is verified again here.
 * @throws Error if the route in serverless.yml has no such authorizer; the client gets a 500
 * @example
 * ```ts
 * import { json, jwtClaims, plainRoute } from '../lib/index.ts';
 *
 * export const handler = plainRoute(async (request) => json(200, { hello: jwtClaims(request).sub }));
 * ```
 */
export function jwtClaims(request: GatewayRequest): Readonly<Record<string, string>> {
  const claims = contextOf(request)?.jwt?.claims;
  if (claims === undefined || claims === null) {
    throw new Error('This route has no JWT authorizer. In serverless.yml, give it authorizer: { name: accessToken }');
  }
  return claims;
}

const contextOf = ({ requestContext }: GatewayRequest): AuthorizerContext | undefined =>
  (requestContext as { readonly authorizer?: AuthorizerContext }).authorizer;

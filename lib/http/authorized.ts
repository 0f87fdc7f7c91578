import type { GatewayRequest } from './gateway.ts';

/** What our Lambda authorizer tells the route behind it; text alone, as it stands in the event. */
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

/** The session behind a request that the Lambda authorizer let pass. @throws Error on a route without it */
export function authorizedSession(request: GatewayRequest): AuthorizedSession {
  const context = contextOf(request);
  const { userId, sessionHandle, accessTokenPayload } = context?.lambda ?? context ?? {};
  if (userId === undefined || sessionHandle === undefined || accessTokenPayload === undefined) {
    throw new Error('This route has no Lambda authorizer: in serverless.yml, give it authorizer: { name: session }');
  }
  return { userId, sessionHandle, accessTokenPayload };
}

/** The claims, as text, of a request that API Gateway's JWT authorizer let pass. @throws Error on a route without it */
export function jwtClaims(request: GatewayRequest): Readonly<Record<string, string>> {
  const claims = contextOf(request)?.jwt?.claims;
  if (claims === undefined || claims === null) {
    throw new Error('This route has no JWT authorizer: in serverless.yml, give it authorizer: { name: accessToken }');
  }
  return claims;
}

const contextOf = ({ requestContext }: GatewayRequest): AuthorizerContext | undefined =>
  (requestContext as { readonly authorizer?: AuthorizerContext }).authorizer;

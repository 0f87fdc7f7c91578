import SuperTokens from 'supertokens-node';
import Session, { type SessionContainer } from 'supertokens-node/recipe/session';
import type { SessionClaim } from 'supertokens-node/recipe/session/claims';
import type { UserContext } from 'supertokens-node/types';
import type { JsonObject, UserId } from '../core/types.ts';
import { noteSession } from '../observability/invocation.ts';
import { count } from '../observability/metrics.ts';
import { deviceData } from './devices.ts';
import type { GatewayRequest } from './gateway.ts';

/**
 * Creates a session for an authenticated user, and counts a log-in. The response of your handler gets the session's
 * tokens.
 * @param claims further claims of its access tokens. The write that creates the session stores them too
 * @returns the session, for instance to call `setClaimValue`, which costs another write
 * @throws HttpError 400 if the session's claims have more than 2,500 bytes of JSON
 * @throws Error if the user id begins or ends with white space. The SDK trims it, and would log in another user
 * @example
 * ```ts
 * import { HttpError, json, publicRoute, readJson, startSession, type UserId } from '../lib/index.ts';
 *
 * export const handler = publicRoute(async (request) => {
 *   // Check the proof here.
 *   if (readJson(request).proof !== 'valid') throw new HttpError(401, 'This proof is not valid');
 *   const session = await startSession(request, 'user-1' as UserId, { plan: 'pro' });
 *   return json(200, { userId: session.getUserId() });
 * });
 * ```
 */
export async function startSession(
  request: GatewayRequest,
  userId: UserId,
  claims: JsonObject = {},
): Promise<SessionContainer> {
  if (userId !== userId.trim()) throw new Error('A user id must neither begin nor end with white space');
  const recipeUserId = SuperTokens.convertToRecipeUserId(userId);
  const session = await Session.createNewSession(
    request,
    request,
    'public',
    recipeUserId,
    { ...claims },
    deviceData(request),
  );
  noteSession(session.getHandle());
  count('Logins');
  return session;
}

/**
 * A claim with its value, as a new session carries it.
 * @example
 * ```ts
 * import { claimsOf, json, publicRoute, startSession, type UserId } from '../lib/index.ts';
 * import { PrimitiveArrayClaim } from 'supertokens-node/recipe/session/claims';
 *
 * const RolesClaim = new PrimitiveArrayClaim<string>({ key: 'roles', fetchValue: () => undefined });
 *
 * export const handler = publicRoute(async (request) => {
 *   await startSession(request, 'user-1' as UserId, claimsOf(RolesClaim, ['admin']));
 *   return json(200, { userId: 'user-1' });
 * });
 * ```
 */
export const claimsOf = <T>(claim: SessionClaim<T>, value: T): JsonObject =>
  claim.addToPayload_internal({}, value, {} as UserContext) as JsonObject;

import SuperTokens from 'supertokens-node';
import Session from 'supertokens-node/recipe/session';
import type { UserId } from '../core/types.ts';
import { noteSession } from '../observability/invocation.ts';
import { count } from '../observability/metrics.ts';
import { deviceData } from './devices.ts';
import type { GatewayRequest, GatewayResponse } from './gateway.ts';
import { json } from './json.ts';

/**
 * Creates a session for a user who has proved their identity, and counts a log-in. The response is `{userId}` with the
 * session's tokens.
 * @throws Error if the user id begins or ends with white space: the SDK trims it, and would log one user in as another
 * @example
 * ```ts
 * import { HttpError, publicRoute, readJson, startSession, type UserId } from '../lib/index.ts';
 *
 * export const handler = publicRoute(async (request) => {
 *   // Check the proof here.
 *   if (readJson(request).proof !== 'valid') throw new HttpError(401, 'This proof is not valid');
 *   return startSession(request, 200, 'user-1' as UserId);
 * });
 * ```
 */
export async function startSession(
  request: GatewayRequest,
  statusCode: number,
  userId: UserId,
): Promise<GatewayResponse> {
  if (userId !== userId.trim()) throw new Error('A user id must neither begin nor end with white space');
  const recipeUserId = SuperTokens.convertToRecipeUserId(userId);
  const session = await Session.createNewSession(request, request, 'public', recipeUserId, {}, deviceData(request));
  noteSession(session.getHandle());
  count('Logins');
  return json(statusCode, { userId });
}

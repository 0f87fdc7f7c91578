import SuperTokens from 'supertokens-node';
import Session from 'supertokens-node/recipe/session';
import type { UserId } from '../core/types.ts';
import { noteSession } from '../observability/invocation.ts';
import { count } from '../observability/metrics.ts';
import { deviceData } from './devices.ts';
import type { GatewayRequest, GatewayResponse } from './gateway.ts';
import { json } from './json.ts';

/**
 * Makes a session for a user who has proved who they are, by whatever means, and counts a log-in. The session's tokens go
 * with the answer `{userId}`.
 * @throws Error if the user id begins or ends with white space: the SDK takes it off, and would let one user in as another
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

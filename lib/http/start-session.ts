import SuperTokens from 'supertokens-node';
import Session from 'supertokens-node/recipe/session';
import type { UserId } from '../core/types.ts';
import { deviceData } from './devices.ts';
import type { GatewayRequest, GatewayResponse } from './gateway.ts';
import { json } from './json.ts';

/** Makes a session for a user who has proved who they are, by whatever means. Its tokens go with the answer `{userId}`. */
export async function startSession(
  request: GatewayRequest,
  statusCode: number,
  userId: UserId,
): Promise<GatewayResponse> {
  const recipeUserId = SuperTokens.convertToRecipeUserId(userId);
  await Session.createNewSession(request, request, 'public', recipeUserId, {}, deviceData(request));
  return json(statusCode, { userId });
}

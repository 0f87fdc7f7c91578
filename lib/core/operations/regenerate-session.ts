import { CdiRefusal } from '../errors.ts';
import { accessTokenContent, parseJwt } from '../session/access-token.ts';
import type { JsonObject } from '../types.ts';
import { type Operation, SESSION_DOES_NOT_EXIST } from './context.ts';
import {
  accessTokenVersionOf,
  checkPayload,
  keyKindOf,
  recipeUserIdFor,
  refusingTooLarge,
  signAccessToken,
} from './tokens.ts';

export interface RegenerateSessionInput {
  readonly accessToken: string;
  /** The stored payload if absent. */
  readonly userDataInJWT: JsonObject | undefined;
}

/**
 * POST /recipe/session/regenerate: the same access token with another payload, which is stored too. Its signature is
 * not looked at, for the SDK has verified it; its expiry, hashes and anti-CSRF token stay as they are.
 */
export const regenerateSession: Operation<RegenerateSessionInput> = async (context, input, call) => {
  const jwt = parseJwt(input.accessToken);
  const content = jwt === undefined ? undefined : accessTokenContent(jwt);
  if (content === undefined) throw new CdiRefusal(400, 'Invalid access token');
  const version = accessTokenVersionOf(content);
  if (input.userDataInJWT !== undefined) checkPayload(context, input.userDataInJWT, version);
  const { store, clock } = context;
  const row =
    input.userDataInJWT === undefined
      ? await store.sessions.get(content.sessionHandle)
      : await refusingTooLarge(store.sessions.setPayload(content.sessionHandle, input.userDataInJWT, clock()));
  if (row === undefined || row.expiry <= clock()) return SESSION_DOES_NOT_EXIST;
  const session = {
    handle: content.sessionHandle,
    userId: content.userId,
    ...recipeUserIdFor(call, content.recipeUserId ?? content.userId),
    userDataInJWT: row.payload,
    tenantId: content.tenantId,
  };
  if (content.expiry <= clock()) return { status: 'OK', session };
  const createdAt = Math.floor(clock() / 1000) * 1000;
  const renewed = { ...content, createdAt, payload: row.payload };
  return { status: 'OK', session, accessToken: await signAccessToken(context, version, keyKindOf(row), renewed) };
};

import { InputRejected } from '../errors.ts';
import { type AccessTokenContent, accessTokenContent, parseJwt } from '../session/access-token.ts';
import type { JsonObject } from '../types.ts';
import type { CoreContext } from './context.ts';
import {
  accessTokenVersionOf,
  checkPayload,
  type IssuedAccessToken,
  keyKindOf,
  rejectingTooLarge,
  signAccessToken,
} from './tokens.ts';

export interface RegenerateSessionInput {
  readonly accessToken: string;
  /** The stored payload if absent. */
  readonly userDataInJWT: JsonObject | undefined;
}

export interface RegeneratedSession {
  /** What the presented token says, with the payload that is stored now. */
  readonly content: AccessTokenContent;
  /** Absent if the presented token has expired. */
  readonly accessToken: IssuedAccessToken | undefined;
}

/**
 * The same access token with another payload, which is stored too. Its signature is not checked, because the SDK has
 * verified it. Its expiry, hashes and anti-CSRF token stay as they are.
 * @returns `undefined` if the session is not there
 * @throws InputRejected, StoreUnavailable
 */
export async function regenerateSession(
  context: CoreContext,
  input: RegenerateSessionInput,
): Promise<RegeneratedSession | undefined> {
  const jwt = parseJwt(input.accessToken);
  const presented = jwt === undefined ? undefined : accessTokenContent(jwt);
  if (presented === undefined) throw new InputRejected({ kind: 'NoAccessToken' });
  const version = accessTokenVersionOf(presented);
  if (input.userDataInJWT !== undefined) checkPayload(context, input.userDataInJWT, version);
  const { store, clock } = context;
  const row =
    input.userDataInJWT === undefined
      ? await store.sessions.get(presented.sessionHandle)
      : await rejectingTooLarge(store.sessions.setPayload(presented.sessionHandle, input.userDataInJWT, clock()));
  if (row === undefined || row.expiry <= clock()) return undefined;
  const content = { ...presented, payload: row.payload };
  if (content.expiry <= clock()) return { content, accessToken: undefined };
  const createdAt = Math.floor(clock() / 1000) * 1000;
  const accessToken = await signAccessToken(context, version, keyKindOf(row), { ...content, createdAt });
  return { content, accessToken };
}

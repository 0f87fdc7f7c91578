import { MAX_AUDIENCE_BYTES } from '../../config.ts';
import type { CoreContext } from '../../context.ts';
import { InputRejected } from '../../errors.ts';
import type { Json, JsonObject } from '../../types.ts';
import { type AccessTokenVersion, hasProtectedClaim } from '../rules/access-token.ts';

/** The most bytes that a session's claims may be given, as {@link countedClaimBytes} counts them. */
export const claimLimitOf = ({ config }: Pick<CoreContext, 'config'>): number =>
  config.maxClaimsBytes ?? Number.POSITIVE_INFINITY;

/**
 * Rejects claims that the core writes itself, and more claims than the service can carry in its headers.
 * @param existing the claims that the session has. An update may not make them larger, but it need not make them smaller:
 * a session that an official core created can have more.
 * @throws InputRejected
 */
export function checkPayload(
  context: Pick<CoreContext, 'config'>,
  payload: JsonObject,
  version: AccessTokenVersion,
  existing: JsonObject = {},
): void {
  if (hasProtectedClaim(payload, version)) throw new InputRejected({ kind: 'ProtectedClaim' });
  const limit = claimLimitOf(context);
  const bytes = countedClaimBytes(payload);
  if (bytes > limit && bytes > countedClaimBytes(existing)) {
    throw new InputRejected({ kind: 'ClaimsTooLarge', bytes, limit });
  }
}

/**
 * How many bytes of JSON count towards the limit of a session's claims. `aud` does not count, up to its own limit,
 * because the service adds that claim itself. If you turn on an audience, claims that were small enough stay so.
 */
export function countedClaimBytes(claims: JsonObject): number {
  const { aud, ...others } = claims;
  const ofOthers = bytesOf(others);
  return aud === undefined ? ofOthers : ofOthers + Math.max(0, bytesOf(aud) - MAX_AUDIENCE_BYTES);
}

const bytesOf = (value: Json): number => Buffer.byteLength(JSON.stringify(value));

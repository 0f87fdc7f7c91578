import type { CoreContext } from '../../context.ts';
import { InputRejected } from '../../errors.ts';
import type { JsonObject } from '../../types.ts';
import { type AccessTokenContent, accessTokenContent, isSamePayload, parseJwt } from '../rules/access-token.ts';
import { mergeClaims } from '../rules/merge-claims.ts';
import { checkPayload } from './claim-limit.ts';
import { liveRow } from './live-row.ts';
import {
  accessTokenVersionOf,
  type IssuedAccessToken,
  keptLifetime,
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
  const row = await rowWith(context, presented, input.userDataInJWT);
  if (row === undefined) return undefined;
  const content = { ...presented, payload: row.payload };
  if (content.expiry <= context.clock()) return { content, accessToken: undefined };
  const version = accessTokenVersionOf(presented);
  const renewed = { ...content, ...keptLifetime(context, content) };
  const accessToken = await signAccessToken(context, version, keyKindOf(row), renewed);
  return { content, accessToken };
}

/** @returns the row with the wanted claims stored, as far as any are; `undefined` if the session is gone */
async function rowWith(context: CoreContext, content: AccessTokenContent, wanted: JsonObject | undefined) {
  const { store, clock, config } = context;
  const { sessionHandle } = content;
  if (wanted === undefined) return liveRow(context, sessionHandle);
  checkPayload(context, wanted, accessTokenVersionOf(content), content.payload);
  if (config.rotation === 'on-refresh') return rejectingTooLarge(merge(context, content, wanted));
  return rejectingTooLarge(store.sessions.setPayload(sessionHandle, wanted, clock()));
}

/**
 * Stores what the caller has changed of the claims, and nothing else. The caller made its claims from those of the
 * access token. The row may have changed since: an operator removes a role, or another request adds a claim.
 */
async function merge(context: CoreContext, content: AccessTokenContent, wanted: JsonObject) {
  const { store, clock } = context;
  const { sessionHandle, payload } = content;
  // Without a read: the row seldom changes behind the token.
  const exact = mergeClaims(payload, payload, wanted);
  const written = await store.sessions.setPayload(sessionHandle, exact, clock(), payload);
  if (written !== undefined) return written;
  for (;;) {
    const row = await liveRow(context, sessionHandle);
    if (row === undefined) return undefined;
    const merged = mergeClaims(payload, row.payload, wanted);
    // Also after a write of our own whose acknowledgement was lost.
    if (isSamePayload(merged, row.payload)) return row;
    checkPayload(context, merged, accessTokenVersionOf(content), row.payload);
    const after = await store.sessions.setPayload(sessionHandle, merged, clock(), row.payload);
    if (after !== undefined) return after;
  }
}

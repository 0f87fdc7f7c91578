import { isAtLeast } from '../http/versions.ts';
import { hash1Of, openRefreshToken } from '../session/refresh-token.ts';
import type { AntiCsrfToken, JsonObject, Millis, RefreshToken } from '../types.ts';
import { type Call, type CoreContext, type Operation, rotatesAtRefresh } from './context.ts';
import { refreshByRotation } from './refresh-by-rotation.ts';
import { refreshInTwoPhases } from './refresh-in-two-phases.ts';
import type { RefreshOutcome, RefreshSessionInput } from './refresh-outcome.ts';
import { describeRefreshToken, describeSession, issueAccessToken, requestedValidity } from './tokens.ts';

const unauthorised = (message: string): JsonObject => ({ status: 'UNAUTHORISED', message });

/** POST /recipe/session/refresh: a new pair of tokens for a refresh token. */
export const refreshSession: Operation<RefreshSessionInput> = async (context, input, call) => {
  const validity = requestedValidity(context, input.accessTokenValidity, call);
  const { refreshTokenSecret } = await context.keys.secrets();
  const content = openRefreshToken(input.refreshToken, refreshTokenSecret);
  if (content === undefined) return unauthorised('Invalid refresh token');
  if (input.enableAntiCsrf && content.antiCsrfToken !== undefined && content.antiCsrfToken !== input.antiCsrfToken) {
    return unauthorised('Anti CSRF token missing, or not matching');
  }
  const presented = { token: input.refreshToken as RefreshToken, content };
  const refresh = rotatesAtRefresh(context, call) ? refreshByRotation : refreshInTwoPhases;
  const outcome = await refresh(context, presented, input);
  if (outcome.kind === 'missing') return unauthorised('Session missing in db or has expired');
  if (outcome.kind === 'reuse') return describeReuse(context, outcome, call);
  return describeRefreshed(context, outcome, validity, call);
};

async function describeRefreshed(
  context: CoreContext,
  { row, successor, createdAt, expiry = row.expiry, parent }: Extract<RefreshOutcome, { kind: 'refreshed' }>,
  validity: Millis | undefined,
  call: Call,
): Promise<JsonObject> {
  const antiCsrfToken: AntiCsrfToken | undefined = successor.content.antiCsrfToken;
  const parts = {
    refreshTokenHash1: hash1Of(successor.token),
    parentRefreshTokenHash1: parent === undefined ? undefined : hash1Of(parent),
    antiCsrfToken,
    validity,
  };
  return {
    status: 'OK',
    session: describeSession(row, call),
    accessToken: await issueAccessToken(context, row, parts, call),
    refreshToken: describeRefreshToken(successor.token, expiry, createdAt),
    ...(antiCsrfToken !== undefined && { antiCsrfToken }),
  };
}

function describeReuse(
  { config, report }: CoreContext,
  { row, subtype }: Extract<RefreshOutcome, { kind: 'reuse' }>,
  call: Call,
): JsonObject {
  report({ event: 'TokenTheftDetected', sessionHandle: row.handle, subtype });
  const detail = isAtLeast(call.version, '5.6') ? { recentTokenReuseSubtype: subtype } : {};
  const isForgiven = config.recentTokenReuse === 'UNAUTHORISED' && subtype !== 'STALE_LINEAGE';
  if (isAtLeast(call.version, '5.6') && isForgiven)
    return { ...unauthorised('refresh token reuse detected'), ...detail };
  return {
    status: 'TOKEN_THEFT_DETECTED',
    session: { handle: row.handle, userId: row.userId, recipeUserId: row.userId },
    ...detail,
  };
}

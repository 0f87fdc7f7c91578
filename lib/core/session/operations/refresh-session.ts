import type { CoreContext } from '../../context.ts';
import type { AntiCsrfToken, Millis, RefreshToken, ReuseSubtype } from '../../types.ts';
import { hash1Of, openRefreshToken } from '../rules/refresh-token.ts';
import type { SessionRow } from '../rules/row.ts';
import { type CallRules, type Operation, rotatesAtRefresh } from './call-rules.ts';
import { refreshByRotation } from './refresh-by-rotation.ts';
import { refreshInTwoPhases } from './refresh-in-two-phases.ts';
import type { RefreshOutcome, RefreshSessionInput } from './refresh-outcome.ts';
import { checkRequestedValidity, type IssuedAccessToken, issueAccessToken } from './tokens.ts';

/** A session with a new pair of tokens. */
export interface RefreshedSession {
  readonly kind: 'refreshed';
  readonly row: SessionRow;
  readonly accessToken: IssuedAccessToken;
  readonly refreshToken: RefreshToken;
  /** When the refresh token was issued. A retry gets the time of the first response. */
  readonly createdAt: Millis;
  /** Until when the client is to keep the refresh token. */
  readonly expiry: Millis;
  readonly antiCsrfToken: AntiCsrfToken | undefined;
}

/** A token that was replaced too long ago. Its session is revoked, unless the official rules keep it. */
export interface TokenReuse {
  readonly kind: 'reuse';
  readonly row: SessionRow;
  readonly subtype: ReuseSubtype;
  /** The core is configured to answer a recent reuse as an expired session, not as theft. */
  readonly isForgiven: boolean;
}

export type RefreshResult =
  | RefreshedSession
  | TokenReuse
  | { readonly kind: 'invalid-token' }
  | { readonly kind: 'anti-csrf-mismatch' }
  | { readonly kind: 'missing' };

/** Exchanges a refresh token for a new pair of tokens. */
export const refreshSession: Operation<RefreshSessionInput, RefreshResult> = async (context, input, rules) => {
  checkRequestedValidity(context, input.accessTokenValidity);
  const { refreshTokenSecret } = await context.keys.secrets();
  const content = openRefreshToken(input.refreshToken, refreshTokenSecret);
  if (content === undefined) return { kind: 'invalid-token' };
  if (input.enableAntiCsrf && content.antiCsrfToken !== undefined && content.antiCsrfToken !== input.antiCsrfToken) {
    return { kind: 'anti-csrf-mismatch' };
  }
  const presented = { token: input.refreshToken as RefreshToken, content };
  const refresh = rotatesAtRefresh(context, rules) ? refreshByRotation : refreshInTwoPhases;
  const outcome = await refresh(context, presented, input);
  if (outcome.kind === 'missing') return outcome;
  if (outcome.kind === 'reuse') return reportReuse(context, outcome);
  return issueTokens(context, outcome, input.accessTokenValidity, rules);
};

async function issueTokens(
  context: CoreContext,
  { row, successor, createdAt, expiry = row.expiry, parent }: Extract<RefreshOutcome, { kind: 'refreshed' }>,
  validity: Millis | undefined,
  rules: CallRules,
): Promise<RefreshedSession> {
  const { antiCsrfToken } = successor.content;
  const parts = {
    refreshTokenHash1: hash1Of(successor.token),
    parentRefreshTokenHash1: parent === undefined ? undefined : hash1Of(parent),
    antiCsrfToken,
    validity,
  };
  const accessToken = await issueAccessToken(context, row, parts, rules);
  await context.hooks.refreshed(row.userId);
  return { kind: 'refreshed', row, accessToken, refreshToken: successor.token, createdAt, expiry, antiCsrfToken };
}

function reportReuse(
  { config, report }: CoreContext,
  { row, subtype }: Extract<RefreshOutcome, { kind: 'reuse' }>,
): TokenReuse {
  report({ event: 'TokenTheftDetected', sessionHandle: row.handle, subtype });
  const isForgiven = config.recentTokenReuse === 'UNAUTHORISED' && subtype !== 'STALE_LINEAGE';
  return { kind: 'reuse', row, subtype, isForgiven };
}

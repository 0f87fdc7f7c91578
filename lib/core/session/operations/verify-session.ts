import type { CoreContext } from '../../context.ts';
import { verifyRs256 } from '../../keys/rsa.ts';
import {
  type AccessTokenContent,
  accessTokenContent,
  isSamePayload,
  missingClaimOf,
  parseJwt,
} from '../rules/access-token.ts';
import { hash2Of } from '../rules/refresh-token.ts';
import { decideTwoPhaseVerify, isKnownBranch, type Presented } from '../rules/rotation.ts';
import type { SessionRow } from '../rules/row.ts';
import { type CallRules, type Operation, rotatesAtRefresh } from './call-rules.ts';
import { liveRow } from './live-row.ts';
import { promote } from './promote.ts';
import {
  accessTokenVersionOf,
  freshLifetime,
  type IssuedAccessToken,
  keptLifetime,
  keyKindOf,
  signAccessToken,
  type TokenLifetime,
} from './tokens.ts';

export interface VerifySessionInput {
  readonly accessToken: string;
  readonly antiCsrfToken: string | undefined;
  readonly doAntiCsrfCheck: boolean;
  readonly enableAntiCsrf: boolean;
  readonly checkDatabase: boolean;
}

/** An access token that is good. */
interface VerifiedSession {
  readonly kind: 'verified';
  /** What the token says, with the payload of the new token if there is one. */
  readonly content: AccessTokenContent;
  /** A new token, where the rules require one. */
  readonly accessToken?: IssuedAccessToken;
  /** Whether the stored claims differ from the token's. Only for callers to which this is reported. */
  readonly hasChangedClaims?: boolean;
}

export type VerifyResult =
  | VerifiedSession
  | InvalidToken
  | { readonly kind: 'try-refresh'; readonly reason: 'expired' | 'incomplete' | 'anti-csrf-mismatch' }
  | { readonly kind: 'unauthorised'; readonly reason: 'ended' | 'missing' | 'rotated-out' };

/** A token that is none of ours, or of no session. */
type InvalidToken =
  | { readonly kind: 'try-refresh'; readonly reason: 'malformed' | 'other-algorithm' | 'unknown-key' | 'bad-signature' }
  | { readonly kind: 'try-refresh'; readonly reason: 'incomplete'; readonly missingClaim?: string };

/** Checks an access token, and issues a new one where the rules require it. */
export const verifySession: Operation<VerifySessionInput, VerifyResult> = async (context, input, rules) => {
  const authenticated = await authenticate(context, input.accessToken);
  if (authenticated.kind === 'try-refresh') return authenticated;
  const { content } = authenticated;
  if (content.expiry <= context.clock()) return { kind: 'try-refresh', reason: 'expired' };
  const reason = checkAntiCsrf(content, input);
  if (reason !== undefined) return { kind: 'try-refresh', reason };
  const verify = rotatesAtRefresh(context, rules) ? verifyRotated : verifyInTwoPhases;
  return verify(context, content, input.checkDatabase, rules);
};

interface AuthenticToken {
  readonly kind: 'authentic';
  readonly content: AccessTokenContent;
}

/** Checks signature and required claims. */
async function authenticate(context: CoreContext, token: string): Promise<AuthenticToken | InvalidToken> {
  const jwt = parseJwt(token);
  if (jwt === undefined) return { kind: 'try-refresh', reason: 'malformed' };
  if (jwt.algorithm !== 'RS256') return { kind: 'try-refresh', reason: 'other-algorithm' };
  const key = await context.published.find(jwt.kid);
  if (key === undefined) return { kind: 'try-refresh', reason: 'unknown-key' };
  if (!verifyRs256(jwt.signingInput, jwt.signature, key)) return { kind: 'try-refresh', reason: 'bad-signature' };
  const missingClaim = missingClaimOf(jwt);
  if (missingClaim !== undefined) return { kind: 'try-refresh', reason: 'incomplete', missingClaim };
  const content = accessTokenContent(jwt);
  return content === undefined ? { kind: 'try-refresh', reason: 'incomplete' } : { kind: 'authentic', content };
}

function checkAntiCsrf(content: AccessTokenContent, input: VerifySessionInput) {
  if (!input.enableAntiCsrf || !input.doAntiCsrfCheck) return undefined;
  if (content.antiCsrfToken === undefined) return 'incomplete';
  return content.antiCsrfToken === input.antiCsrfToken ? undefined : 'anti-csrf-mismatch';
}

/** With rotation at refresh nothing is written. The database is read only where the caller asks for it. */
async function verifyRotated(
  context: CoreContext,
  content: AccessTokenContent,
  checkDatabase: boolean,
  rules: CallRules,
): Promise<VerifyResult> {
  if (!checkDatabase) return { kind: 'verified', content };
  const row = await liveRow(context, content.sessionHandle);
  if (row === undefined) return { kind: 'unauthorised', reason: 'ended' };
  // In process a retry gets the same token again, so there are no branches to distinguish.
  if (context.config.rotation === 'by-version' && !isKnownBranch(row, presented(content))) {
    return { kind: 'unauthorised', reason: 'rotated-out' };
  }
  const hasChangedClaims = !isSamePayload(row.payload, content.payload);
  if (rules.reportsChangedClaims) return { kind: 'verified', content, hasChangedClaims };
  if (!hasChangedClaims) return { kind: 'verified', content };
  return withNewToken(context, row, content, keptLifetime(context, content));
}

/** In two phases the first use of a refreshed token makes its refresh token the live one. */
async function verifyInTwoPhases(
  context: CoreContext,
  content: AccessTokenContent,
  checkDatabase: boolean,
  rules: CallRules,
): Promise<VerifyResult> {
  if (!checkDatabase && content.parentRefreshTokenHash1 === undefined) return { kind: 'verified', content };
  const row = await liveRow(context, content.sessionHandle);
  if (row === undefined) return { kind: 'unauthorised', reason: checkDatabase ? 'ended' : 'missing' };
  const token = presented(content);
  const decision = decideTwoPhaseVerify(row, token);
  if (decision === 'promote') {
    const promoted = await promote(context, row, token.hash2);
    // Another request changed the row in between: decide again.
    if (promoted === undefined) return verifyInTwoPhases(context, content, checkDatabase, rules);
    return withNewToken(context, promoted, content, freshLifetime(context));
  }
  // The official core renews here. It stays bounded, because the new token has no parent.
  if (decision === 'mint') return withNewToken(context, row, content, freshLifetime(context));
  if (!checkDatabase || isSamePayload(row.payload, content.payload)) return { kind: 'verified', content };
  return withNewToken(context, row, content, keptLifetime(context, content));
}

const presented = (content: AccessTokenContent): Presented => ({
  hash2: hash2Of(content.refreshTokenHash1),
  parentHash2: content.parentRefreshTokenHash1 === undefined ? undefined : hash2Of(content.parentRefreshTokenHash1),
});

/**
 * A new access token with the stored payload, without a parent, of the version of the presented one.
 * @param lifetime that of the new token
 */
async function withNewToken(
  context: CoreContext,
  row: SessionRow,
  content: AccessTokenContent,
  lifetime: TokenLifetime,
): Promise<VerifiedSession> {
  // The user is the one that the verified token names: a row that says otherwise was written past the core.
  const renewed = { ...content, ...lifetime, parentRefreshTokenHash1: undefined, payload: row.payload };
  const accessToken = await signAccessToken(context, accessTokenVersionOf(content), keyKindOf(row), renewed);
  return { kind: 'verified', content: { ...content, payload: row.payload }, accessToken };
}

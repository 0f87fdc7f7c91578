import type { Hash2, Millis, ReuseSubtype } from '../../types.ts';
import { hash2Of, type RefreshTokenContent } from './refresh-token.ts';
import { MAX_RETIRED, type RetiredToken, type SessionRow } from './row.ts';

/** A refresh token as the rules see it: its own hash, and that of the token it was issued for. */
export interface Presented {
  readonly hash2: Hash2;
  readonly parentHash2: Hash2 | undefined;
}

export const presentedBy = (hash2: Hash2, content: RefreshTokenContent): Presented => ({
  hash2,
  parentHash2: content.parent === undefined ? undefined : hash2Of(content.parent),
});

/** What is to happen to a refresh token. */
export type RefreshDecision =
  /** It is the live one, or the live one's child: replace it. */
  | { readonly kind: 'rotate' }
  /** It was replaced within the grace window. Return its successor, or a second branch if the successor is unknown. */
  | { readonly kind: 'retry' }
  | { readonly kind: 'reuse'; readonly subtype: ReuseSubtype };

/**
 * Refresh with rotation at once (CDI 5.6, and every version in process).
 * @param gracePeriod ms
 * @param now the moment of this attempt; a moment exactly `gracePeriod` after the retirement is still within the window
 */
export function decideRotation(row: SessionRow, token: Presented, now: Millis, gracePeriod: Millis): RefreshDecision {
  if (token.hash2 === row.current || token.parentHash2 === row.current) return { kind: 'rotate' };
  if (isWithinGrace(row, token.hash2, now, gracePeriod)) return { kind: 'retry' };
  return { kind: 'reuse', subtype: subtypeOf(row, token) };
}

function isWithinGrace(row: SessionRow, hash2: Hash2, now: Millis, gracePeriod: Millis): boolean {
  // A grace period of 0 s means no window at all, even within the same millisecond.
  if (gracePeriod === 0) return false;
  const retiredAt = retiredAtOf(row, hash2);
  return retiredAt !== undefined && now <= retiredAt + gracePeriod;
}

/** When a token was replaced, as far as the row remembers it. */
export const retiredAtOf = (row: SessionRow, hash2: Hash2): Millis | undefined =>
  row.retired.find((entry) => entry.hash2 === hash2)?.retiredAt ?? retiredByOtherRules(row, hash2);

/** Rows written over HTTP, or by an official core, remember one token and no salt. */
const retiredByOtherRules = (row: SessionRow, hash2: Hash2): Millis | undefined =>
  row.prev === hash2 ? row.rotatedAt : undefined;

function subtypeOf(row: SessionRow, token: Presented): ReuseSubtype {
  if (row.prev === undefined) return 'STALE_LINEAGE';
  if (token.hash2 === row.prev) return 'RECENT_PREV';
  return token.parentHash2 === row.prev ? 'ORPHANED_BRANCH' : 'STALE_LINEAGE';
}

/** Adds a token to those that may be presented again, and drops what is past the window or beyond the bound. */
export function retire(
  retired: readonly RetiredToken[],
  entry: RetiredToken,
  now: Millis,
  gracePeriod: Millis,
): readonly RetiredToken[] {
  const kept = retired.filter(({ hash2, retiredAt }) => now <= retiredAt + gracePeriod && hash2 !== entry.hash2);
  return [...kept, entry].slice(-MAX_RETIRED);
}

/** Refresh in two phases (up to CDI 5.5): nothing is written until a child of the live token is used. */
export type TwoPhaseDecision = 'issue-child' | 'promote' | 'theft';

export function decideTwoPhaseRefresh(row: SessionRow, token: Presented): TwoPhaseDecision {
  if (token.hash2 === row.current) return 'issue-child';
  return token.parentHash2 === row.current ? 'promote' : 'theft';
}

/**
 * What an access token's refresh hashes say when it is verified in two phases (up to CDI 5.5).
 * `mint`: a new access token without a parent is due.
 */
export type TwoPhaseVerification = 'keep' | 'mint' | 'promote';

export function decideTwoPhaseVerify(row: SessionRow, token: Presented): TwoPhaseVerification {
  if (token.parentHash2 === undefined) return 'keep';
  if (token.parentHash2 === row.current) return 'promote';
  return token.hash2 === row.current ? 'mint' : 'keep';
}

/** Whether an access token belongs to the live or the previous refresh token (CDI 5.6, with a database check). */
export function isKnownBranch(row: SessionRow, token: Presented): boolean {
  const known = [row.current, row.prev];
  return known.includes(token.hash2) || (token.parentHash2 !== undefined && known.includes(token.parentHash2));
}

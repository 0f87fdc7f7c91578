import type { Millis } from '../../core/types.ts';
import { type Agreement, fingerprintOf, type Session } from './session.ts';

/**
 * What is to become of a session of the source.
 * `create`: the target has never had it. `replace`: only the source has changed it, or has rotated it later. `same`: both
 * have the same. `keep`: only the target has changed it, or has rotated it later. `revoked`: the target had it, and has
 * revoked it.
 */
export type Decision = 'create' | 'replace' | 'same' | 'keep' | 'revoked';

/**
 * A merge of three: what both sides last agreed on tells which of them has changed the session since.
 * Where both have, the one that expires later wins as a whole: every rotation renews the expiry, and of two refresh
 * tokens the client has the later one. Official cores have no other time of their last change: payload and data change
 * without one.
 */
export function decide(
  source: Session,
  target: Session | undefined,
  agreed: Agreement | undefined,
  now: Millis,
): Decision {
  if (target === undefined) return agreed?.fingerprint !== undefined && isRevoked(agreed, now) ? 'revoked' : 'create';
  const [here, there] = [fingerprintOf(source), fingerprintOf(target)];
  if (here === there) return 'same';
  if (agreed?.fingerprint === here) return 'keep';
  if (agreed?.fingerprint === there) return 'replace';
  return source.expiry > target.expiry ? 'replace' : 'keep';
}

/**
 * Whether a session that both sides had, and that one of them has no more, was revoked there. One that has expired may
 * only have been cleaned up.
 */
export const isRevoked = (agreed: Agreement, now: Millis): boolean => now < agreed.expiry;

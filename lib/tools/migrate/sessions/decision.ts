import type { Millis } from '../../../core/types.ts';
import type { Side } from '../side.ts';
import { type Agreement, fingerprintOf, type Session } from './session.ts';

/**
 * What becomes of a session of the source.
 * `create`: the target has never had it. `replace`: only the source has changed it, or has rotated it later. `same`: both
 * have the same. `keep`: only the target has changed it, or has rotated it later. `revoked`: the target had it, and has
 * revoked it. `conflict`: both have changed it, and neither state is known to be the later one.
 */
export type Decision = 'create' | 'replace' | 'same' | 'keep' | 'revoked' | 'conflict';

/**
 * A three-way merge: the state that both sides last had in common shows which side has changed the session since. Where
 * both have, the state that expires later wins as a whole. Every rotation renews the expiry, and the client has the
 * later one of two refresh tokens. Official cores record no other time of a change, so changes of payload and data
 * alone are a conflict.
 */
export function decide(
  source: Session,
  target: Session | undefined,
  agreed: Agreement | undefined,
  targetSide: Side,
  now: Millis,
): Decision {
  if (target === undefined) return agreed?.fingerprint !== undefined && isRevoked(agreed, now) ? 'revoked' : 'create';
  const [here, there] = [fingerprintOf(source), fingerprintOf(target)];
  if (here === there) return 'same';
  const common = commonState(agreed, agreed?.announced?.to === targetSide ? there : here);
  if (common === here) return 'keep';
  if (common === there) return 'replace';
  if (source.expiry === target.expiry) return 'conflict';
  return source.expiry > target.expiry ? 'replace' : 'keep';
}

/**
 * The state that both sides had in common last, by its fingerprint. A killed pass may have done the write that it had
 * announced, or not. The target of that write shows it, unless it has changed the session since.
 * @param written the fingerprint of the state on the side that was to be written
 */
function commonState(agreed: Agreement | undefined, written: string): string | undefined {
  const { fingerprint, announced } = agreed ?? {};
  if (announced === undefined || written === fingerprint) return fingerprint;
  // What is there without anything agreed before can only come from the announced write.
  return written === announced.fingerprint || fingerprint === undefined ? announced.fingerprint : undefined;
}

/**
 * Whether a session that both sides had, and that one of them no longer has, was revoked there. A session that has
 * expired may only have been cleaned up.
 */
export const isRevoked = (agreed: Agreement, now: Millis): boolean => now < agreed.expiry;

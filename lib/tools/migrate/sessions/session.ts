import { createHash } from 'node:crypto';
import type { SessionRow } from '../../../core/session/rules/row.ts';
import type { Millis, SessionHandle } from '../../../core/types.ts';
import type { Side } from '../side.ts';

/** A session as far as both kinds of core keep it. */
export type Session = Omit<SessionRow, 'retired' | 'listedUntil'>;

/** Two sessions with the same fingerprint are the same on both sides. SHA-256, base64url. It reveals no secret. */
export function fingerprintOf(session: Session): string {
  const parts = [
    session.handle,
    session.userId,
    session.current,
    session.prev ?? null,
    session.rotatedAt ?? null,
    session.payload,
    session.data,
    session.createdAt,
    session.expiry,
    session.useStaticKey,
    // Of linked login methods alone: otherwise the sessions that were moved before would all count as changed.
    ...(session.recipeUserId === undefined ? [] : [session.recipeUserId]),
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}

/** What a pass knows of a session from the passes before it. */
export interface Agreement {
  readonly handle: SessionHandle;
  /**
   * The state that both sides last had in common, or that the announced write was to replace. `undefined` until a first
   * write is known to be done.
   */
  readonly fingerprint: string | undefined;
  /** A write that was about to be made. It stays if the pass is killed before it learns the outcome. */
  readonly announced: AnnouncedWrite | undefined;
  /** When that state expires. */
  readonly expiry: Millis;
}

export interface AnnouncedWrite {
  /** The side that was to be written. */
  readonly to: Side;
  /** Of the session as it was to be written. */
  readonly fingerprint: string;
  /** By it the target finds out later whether the write was done; see `SessionDatabase.write`. */
  readonly ticket: string | undefined;
}

/** The agreement once the target has this state of the session, a later state, or has revoked the session. */
export const agreementOn = (session: Session): Agreement => ({
  handle: session.handle,
  fingerprint: fingerprintOf(session),
  announced: undefined,
  expiry: session.expiry,
});

/**
 * The agreement while a session is being written.
 * @param replaced the state that the write replaces. If the write is not done, that state still counts as the older one.
 */
export const agreementAhead = (
  session: Session,
  replaced: Session | undefined,
  { to, ticket }: Pick<AnnouncedWrite, 'to' | 'ticket'>,
): Agreement => ({
  handle: session.handle,
  fingerprint: replaced && fingerprintOf(replaced),
  announced: { to, fingerprint: fingerprintOf(session), ticket },
  expiry: session.expiry,
});

/** A session that cannot be moved, and why. */
export interface Refusal {
  readonly handle: string;
  readonly createdAt: Millis;
  readonly expiry: Millis;
  readonly reason: string;
}

export const isRefusal = (read: Session | Refusal): read is Refusal => 'reason' in read;

import { createHash } from 'node:crypto';
import type { SessionRow } from '../../core/session/rules/row.ts';
import type { Millis, SessionHandle } from '../../core/types.ts';

/** A session as far as both kinds of core keep it. */
export type Session = Omit<SessionRow, 'retired' | 'listedUntil'>;

/** Two sessions with the same fingerprint are the same on both sides. SHA-256, base64url; it tells no secret. */
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
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}

/** How a session was when both sides last had the same of it. */
export interface Agreement {
  readonly handle: SessionHandle;
  /** `undefined` while it is first being written to the target: nobody knows yet whether it has come there. */
  readonly fingerprint: string | undefined;
  /** Until when it was to last. */
  readonly expiry: Millis;
}

export const agreementOn = (session: Session): Agreement => ({
  handle: session.handle,
  fingerprint: fingerprintOf(session),
  expiry: session.expiry,
});

/** What stands for an {@link agreementOn} a session that is about to be created. */
export const agreementAhead = ({ handle, expiry }: Session): Agreement => ({ handle, fingerprint: undefined, expiry });

/** A session that cannot be moved, and why. */
export interface Refusal {
  readonly handle: string;
  readonly createdAt: Millis;
  readonly expiry: Millis;
  readonly reason: string;
}

export const isRefusal = (read: Session | Refusal): read is Refusal => 'reason' in read;

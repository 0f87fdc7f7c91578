import type { Clock, SessionHandle } from '../../core/types.ts';
import { patiently } from '../operator/patience.ts';
import type { Agreements } from './agreements.ts';
import { type Decision, decide, isRevoked } from './decision.ts';
import {
  type Agreement,
  agreementAhead,
  agreementOn,
  fingerprintOf,
  isRefusal,
  type Refusal,
  type Session,
} from './session.ts';
import type { Page, SessionDatabase, StoredSession } from './session-database.ts';

/** What became of the sessions of a pass. */
export type Tally = Record<Decision | 'refused' | 'expired' | 'removed', number>;

export const emptyTally = (): Tally => ({
  create: 0,
  replace: 0,
  same: 0,
  keep: 0,
  revoked: 0,
  refused: 0,
  expired: 0,
  removed: 0,
});

export interface Move<Source, Target> {
  readonly source: SessionDatabase<Source>;
  readonly target: SessionDatabase<Target>;
  readonly agreements: Agreements;
  readonly clock: Clock;
  /** Decides everything and writes nothing. */
  readonly isDryRun: boolean;
  /** Counts what this move does. */
  readonly tally: Tally;
  /** Hears of each session that is not moved though it lives. */
  readonly onRefused: (refusal: Refusal) => void;
  /** Receives what the target has to report of a session that it keeps. */
  readonly onNote?: (handle: SessionHandle, note: string) => void;
}

/** Moves a page of the source. */
export async function movePage<Source, Target>(move: Move<Source, Target>, page: Page): Promise<void> {
  for (const refusal of page.refused) refuse(move, refusal);
  await moveSessions(move, page.sessions);
}

/**
 * Goes through all that both sides once agreed on: what the source has changed since is moved, and what it has revoked
 * is removed from the target, whatever has become of it there: a revocation is never undone by a refresh.
 * @param isMovedAlready which sessions of the source this pass has looked at before
 * @param onProgress hears how many were looked at
 */
export async function followChanges<Source, Target>(
  move: Move<Source, Target>,
  isMovedAlready: (session: Pick<Session, 'createdAt'>) => boolean,
  onProgress: (count: number) => void,
): Promise<void> {
  for await (const agreed of move.agreements.pages()) {
    const found = await move.source.read(agreed.map(({ handle }) => handle));
    const left = agreed.flatMap((agreement) => {
      const session = found.get(agreement.handle)?.session;
      return session === undefined || isMovedAlready(session) ? [] : [{ session, agreement }];
    });
    for (const { session } of left) if (isRefusal(session)) refuse(move, session);
    const changed = left.flatMap(({ session, agreement: { fingerprint } }) =>
      isRefusal(session) || fingerprintOf(session) === fingerprint ? [] : [session],
    );
    await moveSessions(move, changed);
    const gone = agreed.filter(({ handle }) => !found.has(handle));
    move.tally.removed += await patiently(() => removeRevoked(move, gone));
    onProgress(agreed.length);
  }
}

/** @returns how many there were to be removed */
async function removeRevoked<Source, Target>(
  { target, agreements, clock, isDryRun }: Move<Source, Target>,
  gone: readonly Agreement[],
): Promise<number> {
  const now = clock();
  const revoked = gone.filter((agreement) => isRevoked(agreement, now)).map(({ handle }) => handle);
  const here = await target.read(revoked);
  if (isDryRun) return here.size;
  await target.remove([...here.keys()]);
  // Last, so that a crash before it leaves what makes the next pass do this again.
  await agreements.forget(revoked);
  return here.size;
}

/** Whoever changes a session between our reading and our writing makes us decide again. */
async function moveSessions<Source, Target>(move: Move<Source, Target>, sessions: readonly Session[]): Promise<void> {
  let left: readonly Session[] = sessions.filter((session) => isMovable(move, session));
  while (left.length > 0) {
    const once = left;
    left = await patiently(() => moveOnce(move, once));
  }
}

function isMovable<Source, Target>(move: Move<Source, Target>, session: Session): boolean {
  if (session.expiry <= move.clock()) {
    move.tally.expired++;
    return false;
  }
  const reason = move.target.refusalOf(session);
  const { handle, createdAt, expiry } = session;
  if (reason !== undefined) refuse(move, { handle, createdAt, expiry, reason });
  const note = reason === undefined ? move.target.noteOn?.(session) : undefined;
  if (note !== undefined) move.onNote?.(handle, note);
  return reason === undefined;
}

function refuse<Source, Target>({ tally, onRefused, clock }: Move<Source, Target>, refusal: Refusal): void {
  if (refusal.expiry <= clock()) {
    tally.expired++;
    return;
  }
  tally.refused++;
  onRefused(refusal);
}

/** A session, what the target has of it, and what is to become of it. */
interface Decided<Version> {
  readonly session: Session;
  readonly stored: StoredSession<Version> | undefined;
  readonly agreement: Agreement | undefined;
  readonly decision: Decision | 'unreadable';
}

/** @returns those that somebody else has changed meanwhile */
async function moveOnce<Source, Target>(
  move: Move<Source, Target>,
  sessions: readonly Session[],
): Promise<readonly Session[]> {
  const { target, agreements, isDryRun, tally } = move;
  const decided = await decideAll(move, sessions);
  // Before the sessions: if we are killed in between, the next pass still sees which of them the source has revoked since.
  if (!isDryRun) await agreements.write(decided.filter(isFirst).map(({ session }) => agreementAhead(session)));
  const changes = decided.filter(isWrite).map(({ session, stored }) => ({ session, replaces: stored?.version }));
  const lost: ReadonlySet<SessionHandle> = isDryRun ? new Set() : await target.write(changes);
  const settled = decided.filter(({ session }) => !lost.has(session.handle));
  // After the sessions: an agreement on what the target has not yet would pass for a revocation there.
  if (!isDryRun) await agreements.write(settled.filter(isNews).map(({ session }) => agreementOn(session)));
  for (const { decision, stored } of settled) {
    if (decision !== 'unreadable') tally[decision]++;
    else if (stored !== undefined && isRefusal(stored.session)) refuse(move, stored.session);
  }
  return decided.filter(({ session }) => lost.has(session.handle)).map(({ session }) => session);
}

async function decideAll<Source, Target>(
  { target, agreements, clock }: Move<Source, Target>,
  sessions: readonly Session[],
): Promise<Decided<Target>[]> {
  const handles = sessions.map(({ handle }) => handle);
  const [there, agreed] = await Promise.all([target.read(handles), agreements.read(handles)]);
  const now = clock();
  return sessions.map((session) => {
    const stored = there.get(session.handle);
    const agreement = agreed.get(session.handle);
    const other = stored?.session;
    const isUnreadable = other !== undefined && isRefusal(other);
    const decision = isUnreadable ? 'unreadable' : decide(session, other, agreement, now);
    return { session, stored, agreement, decision };
  });
}

const isWrite = ({ decision }: Pick<Decided<unknown>, 'decision'>): boolean =>
  decision === 'create' || decision === 'replace';

/** Whether it is to be created, and nothing says so yet. */
const isFirst = ({ decision, agreement }: Decided<unknown>): boolean =>
  decision === 'create' && agreement === undefined;

/**
 * Whether both sides have come to agree on something else than before. What the target keeps is agreed on once it is
 * known that the target has changed it: it may have been written by a move that was killed.
 */
function isNews({ decision, agreement, session }: Decided<unknown>): boolean {
  if (decision === 'keep') return agreement !== undefined && agreement.fingerprint === undefined;
  return isWrite({ decision }) || (decision === 'same' && agreement?.fingerprint !== fingerprintOf(session));
}

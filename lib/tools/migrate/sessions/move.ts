import type { SessionHandle } from '../../../core/types.ts';
import { patiently } from '../../operator/patience.ts';
import { type Decision, isRevoked } from './decision.ts';
import { type MergeTarget, mergeOnce } from './merge.ts';
import { type Agreement, fingerprintOf, isRefusal, type Refusal, type Session } from './session.ts';
import type { Page, SessionDatabase, StoredSession } from './session-database.ts';

/** What became of the sessions of a pass. A conflict also counts as refused. */
export type Tally = Record<Decision | 'refused' | 'expired' | 'removed', number>;

export const emptyTally = (): Tally => ({
  create: 0,
  replace: 0,
  same: 0,
  keep: 0,
  revoked: 0,
  conflict: 0,
  refused: 0,
  expired: 0,
  removed: 0,
});

export interface Move<Source, Target> extends MergeTarget<Target> {
  readonly source: SessionDatabase<Source>;
  /** Counts what this move does. */
  readonly tally: Tally;
  /** The sessions that this run has listed as refused: a pass may come past a session twice. */
  readonly refusedHandles: Set<string>;
  /** Is called with each session that is not moved though it has not expired. */
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
 * Goes through all that both sides once agreed on. What the source has changed since is moved. What the source has
 * revoked is removed from the target, whatever its state there: a refresh never undoes a revocation.
 * @param isMovedAlready which sessions of the source this pass has looked at before
 * @param onProgress is called with the number of sessions that were looked at
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
    const changed = left.flatMap(({ session, agreement }) =>
      isRefusal(session) || isSettled(agreement, session) ? [] : [session],
    );
    await moveSessions(move, changed);
    const gone = agreed.filter(({ handle }) => !found.has(handle));
    move.tally.removed += await patiently(() => removeRevoked(move, gone));
    onProgress(agreed.length);
  }
}

/** Whether the source has not changed the session since, and no write of it was left without an outcome. */
const isSettled = ({ fingerprint, announced }: Agreement, session: Session): boolean =>
  announced === undefined && fingerprint === fingerprintOf(session);

/** @returns how many there were to be removed */
async function removeRevoked<Source, Target>(move: Move<Source, Target>, gone: readonly Agreement[]): Promise<number> {
  const { target, agreements, clock, isDryRun } = move;
  const now = clock();
  const unexpired = gone.filter((agreement) => isRevoked(agreement, now));
  const there = await target.read(unexpired.map(({ handle }) => handle));
  const neverCame = await neverWritten(move, unexpired, there);
  const revoked = unexpired.map(({ handle }) => handle).filter((handle) => !neverCame.has(handle));
  const left = revoked.filter((handle) => there.has(handle));
  if (isDryRun) return left.length;
  await target.remove(left);
  // Last: after a crash before it, the next pass does this again.
  await agreements.forget(revoked);
  return left.length;
}

/**
 * A killed pass in the other direction may have announced sessions that it never wrote to what is now the source. They are
 * missing there, and have not been revoked.
 * @param there what the target has of these sessions
 */
async function neverWritten<Source, Target>(
  { source }: Move<Source, Target>,
  gone: readonly Agreement[],
  there: ReadonlyMap<SessionHandle, StoredSession<Target>>,
): Promise<ReadonlySet<SessionHandle>> {
  const inDoubt = gone.flatMap(({ handle, fingerprint, announced }) => {
    const session = there.get(handle)?.session;
    const isFirst = fingerprint === undefined && announced?.to === source.side;
    return isFirst && session !== undefined ? [{ handle, session, ticket: announced.ticket }] : [];
  });
  if (inDoubt.length === 0) return new Set();
  const readable = inDoubt.flatMap(({ session, ticket }) => (isRefusal(session) ? [] : [{ session, ticket }]));
  const revoked = await source.revokedOf(readable);
  return new Set(inDoubt.map(({ handle }) => handle).filter((handle) => !revoked.has(handle)));
}

/** A session that another process changes between our reading and our writing is decided upon again. */
async function moveSessions<Source, Target>(move: Move<Source, Target>, sessions: readonly Session[]): Promise<void> {
  let left: readonly Session[] = sessions.filter((session) => isMovable(move, session));
  while (left.length > 0) {
    const once = left;
    const { settled, lost } = await patiently(() => mergeOnce(move, once));
    for (const { decision, refusal } of settled) {
      if (decision !== undefined) move.tally[decision]++;
      if (refusal !== undefined) refuse(move, refusal);
    }
    left = lost;
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
  if (reason !== undefined) return false;
  const note = move.target.noteOn?.(session);
  if (note !== undefined) move.onNote?.(handle, note);
  return true;
}

function refuse<Source, Target>(move: Move<Source, Target>, refusal: Refusal): void {
  const { tally, refusedHandles, onRefused, clock } = move;
  if (refusal.expiry <= clock()) {
    tally.expired++;
    return;
  }
  if (refusedHandles.has(refusal.handle)) return;
  refusedHandles.add(refusal.handle);
  tally.refused++;
  onRefused(refusal);
}

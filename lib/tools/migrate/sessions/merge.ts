import type { Clock, SessionHandle } from '../../../core/types.ts';
import type { Agreements } from './agreements.ts';
import { type Decision, decide } from './decision.ts';
import {
  type Agreement,
  agreementAhead,
  agreementOn,
  fingerprintOf,
  isRefusal,
  type Refusal,
  type Session,
} from './session.ts';
import type { SessionDatabase, StoredSession } from './session-database.ts';

/** A session, what the target has of it, and what becomes of it. */
interface Decided<Version> {
  readonly session: Session;
  readonly stored: StoredSession<Version> | undefined;
  readonly agreement: Agreement | undefined;
  /** `undefined` if the two sides cannot be compared. */
  readonly decision: Decision | undefined;
  /** Why the two sides stay different. */
  readonly refusal: Refusal | undefined;
}

export interface Merged {
  readonly settled: readonly Pick<Decided<unknown>, 'decision' | 'refusal'>[];
  /** Sessions that another process has changed meanwhile. */
  readonly lost: readonly Session[];
}

/** Where sessions are merged into. */
export interface MergeTarget<Version> {
  readonly target: SessionDatabase<Version>;
  readonly agreements: Agreements;
  readonly clock: Clock;
  /** Decides everything and writes nothing. */
  readonly isDryRun: boolean;
}

/**
 * Decides on sessions of the source and writes them to the target. A process that is killed at any point leaves the next
 * one what it needs to continue:
 * 1. An agreement announces each write before it is made.
 * 2. The session is written, if the target has not changed it since it was read.
 * 3. The agreement is written: it says what both sides have in common from now on.
 */
export async function mergeOnce<Target>(into: MergeTarget<Target>, sessions: readonly Session[]): Promise<Merged> {
  const decided = await decideAll(into, sessions);
  const lost = into.isDryRun ? new Set<SessionHandle>() : await writeAll(into, decided);
  const settled = decided.filter(({ session }) => !lost.has(session.handle));
  const news = settled.filter(isNews).map(({ session }) => agreementOn(session));
  if (!into.isDryRun) await into.agreements.write(news);
  return {
    settled,
    lost: decided.filter(({ session }) => lost.has(session.handle)).map(({ session }) => session),
  };
}

async function decideAll<Target>(into: MergeTarget<Target>, sessions: readonly Session[]): Promise<Decided<Target>[]> {
  const handles = sessions.map(({ handle }) => handle);
  const [there, agreed] = await Promise.all([into.target.read(handles), into.agreements.read(handles)]);
  const revoked = await revokedSince(into, sessions, there, agreed);
  return sessions.map((session) => {
    const stored = there.get(session.handle);
    const found = agreed.get(session.handle);
    const agreement = found && revoked.has(session.handle) ? withOutcome(found) : found;
    return { session, stored, agreement, ...decideOne(into, session, stored?.session, agreement) };
  });
}

function decideOne<Target>(
  { target, clock }: MergeTarget<Target>,
  session: Session,
  other: Session | Refusal | undefined,
  agreement: Agreement | undefined,
): Pick<Decided<unknown>, 'decision' | 'refusal'> {
  if (other !== undefined && isRefusal(other)) return { decision: undefined, refusal: other };
  if (other !== undefined && other.userId !== session.userId) {
    return { decision: 'conflict', refusal: refusalTo(session, anotherUser(session, other)) };
  }
  const decision = decide(session, other, agreement, target.side, clock());
  return { decision, refusal: decision === 'conflict' ? refusalTo(session, CONFLICT) : undefined };
}

const CONFLICT =
  'its claims or data differ, and no time shows which are later. Both sides keep theirs until the next refresh decides';

/** The core has linked the account, or mapped its user id, after the session was moved. */
const anotherUser = (source: Session, target: Session): string =>
  `its user is ${source.userId} in the source and ${target.userId} in the target. Revoke it in the built-in core: ` +
  `npm run sessions -- revoke ${source.handle}`;

const refusalTo = ({ handle, createdAt, expiry }: Session, reason: string): Refusal => ({
  handle,
  createdAt,
  expiry,
  reason,
});

/**
 * The sessions that are missing in the target because it has revoked them. An earlier pass was killed before it noted
 * that both sides had them.
 */
async function revokedSince<Target>(
  { target }: MergeTarget<Target>,
  sessions: readonly Session[],
  there: ReadonlyMap<SessionHandle, unknown>,
  agreed: ReadonlyMap<SessionHandle, Agreement>,
): Promise<ReadonlySet<SessionHandle>> {
  const inDoubt = sessions.flatMap((session) => {
    const { fingerprint, announced } = agreed.get(session.handle) ?? {};
    const isMissing = announced !== undefined && fingerprint === undefined && !there.has(session.handle);
    return isMissing ? [{ session, announced }] : [];
  });
  // A write to the source was done, because the source has the session. The target had it before.
  const wereThere = inDoubt.filter(({ announced }) => announced.to !== target.side);
  const mayHaveCome = inDoubt.filter(({ announced }) => announced.to === target.side);
  const revoked =
    mayHaveCome.length === 0
      ? []
      : await target.revokedOf(mayHaveCome.map(({ session, announced: { ticket } }) => ({ session, ticket })));
  return new Set([...revoked, ...wereThere.map(({ session }) => session.handle)]);
}

/** The announced write was done. */
const withOutcome = (agreement: Agreement): Agreement => ({
  ...agreement,
  fingerprint: agreement.announced?.fingerprint,
});

/** @returns the handles of the sessions that the target has changed since they were read */
function writeAll<Target>(
  { target, agreements }: MergeTarget<Target>,
  decided: readonly Decided<Target>[],
): Promise<ReadonlySet<SessionHandle>> {
  const writes = decided.filter(({ decision }) => decision === 'create' || decision === 'replace');
  if (writes.length === 0) return Promise.resolve(new Set());
  return target.write(
    writes.map(({ session, stored }) => ({ session, replaces: stored?.version })),
    (ticket) =>
      agreements.write(
        writes.map((write) => agreementAhead(write.session, replacedBy(write), { to: target.side, ticket })),
      ),
  );
}

const replacedBy = ({ stored }: Decided<unknown>): Session | undefined =>
  stored === undefined || isRefusal(stored.session) ? undefined : stored.session;

/**
 * Whether the agreement changes. Whatever was decided, both sides have come past the source's state: the target has it, has
 * a later one, or has revoked the session. Only a conflict stays undecided.
 */
const isNews = ({ decision, agreement, session }: Decided<unknown>): boolean =>
  decision !== undefined &&
  decision !== 'conflict' &&
  (agreement?.announced !== undefined || agreement?.fingerprint !== fingerprintOf(session));

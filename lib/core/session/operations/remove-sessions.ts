import { concurrently } from '../../concurrently.ts';
import type { CoreContext } from '../../context.ts';
import type { SessionHandle, UserId } from '../../types.ts';
import { mayHaveExpired } from '../rules/listing.ts';
import type { IndexedSession } from '../store/session-store.ts';

/** As many deletions as are under way at once: enough to keep DynamoDB busy, few enough not to be throttled. */
const CONCURRENCY = 32;

/** As many sessions as are read and revoked before the time is looked at again. */
const REVOCATION_PAGE = 100;

type RevocationContext = Pick<CoreContext, 'store' | 'clock'>;
type UserRevocationContext = Pick<CoreContext, 'store' | 'clock' | 'config'>;

export interface UserRevocationOptions {
  /** Only sessions that were created by this login method; all if absent. */
  readonly recipeUserId?: UserId | undefined;
  /** A session that stays. */
  readonly except?: SessionHandle;
  /** Asked after a page of sessions was read, and before they are revoked: `false` keeps them, and ends the work. */
  readonly isWanted?: () => Promise<boolean>;
  /** Asked after each page of sessions: `false` ends the work there. It is never cut short if absent. */
  readonly mayGoOn?: () => boolean;
  /** Gets each session as it is revoked, also of a call that fails later. */
  readonly onRevoked?: (handle: SessionHandle) => void;
}

/** What was revoked of a user's sessions. */
export interface UserRevocation {
  /** The handles of the sessions that were there. */
  readonly revoked: readonly SessionHandle[];
  /** Whether every session is gone that was there at the beginning. If not, the same call continues with the rest. */
  readonly isComplete: boolean;
}

/**
 * Revokes every session of a user, page by page. What fails does not keep the other sessions: it is thrown after them.
 * The call can be repeated until it is complete.
 */
export async function revokeUserSessions(
  context: UserRevocationContext,
  userId: UserId,
  { recipeUserId, except, isWanted, mayGoOn = () => true, onRevoked }: UserRevocationOptions = {},
): Promise<UserRevocation> {
  const revoked: SessionHandle[] = [];
  const failures: unknown[] = [];
  const note = (handle: SessionHandle): void => {
    revoked.push(handle);
    onRevoked?.(handle);
  };
  let after: SessionHandle | undefined;
  do {
    const page = await context.store.sessions.listIndexed(userId, { limit: REVOCATION_PAGE, after });
    if (page.sessions.length > 0 && (await isWanted?.()) === false) break;
    const wanted = page.sessions.filter(
      (session) => recipeUserId === undefined || (session.recipeUserId ?? userId) === recipeUserId,
    );
    const handles = (await withoutExpired(context, wanted)).filter((handle) => handle !== except);
    await deleteSessions(context, handles, note).catch((failure: unknown) => failures.push(failure));
    after = page.next;
  } while (after !== undefined && mayGoOn());
  if (failures.length > 0) throw failures[0];
  return { revoked, isComplete: after === undefined };
}

/**
 * Leaves out expired sessions. DynamoDB's TTL deletes their index items some time after their rows. A user with many sessions
 * has so many such items that a deletion for each would leave no time for the others. Every other item counts as a
 * session, because its row may just be being written.
 */
async function withoutExpired(
  { store, clock, config }: UserRevocationContext,
  sessions: readonly IndexedSession[],
): Promise<SessionHandle[]> {
  const now = clock();
  const isOld = ({ listedUntil }: IndexedSession) => mayHaveExpired(listedUntil, now, config.refreshTokenValidity);
  const old = sessions.filter(isOld).map(({ handle }) => handle);
  const live = await store.sessions.findLive(old, now);
  return sessions.filter((session) => !isOld(session) || live.has(session.handle)).map(({ handle }) => handle);
}

/** Revokes the named sessions. @returns the handles of those that were there */
export async function revokeSessions(
  context: RevocationContext,
  handles: readonly SessionHandle[],
): Promise<SessionHandle[]> {
  const revoked = new Set<SessionHandle>();
  await deleteSessions(context, [...new Set(handles)], (handle) => revoked.add(handle));
  return handles.filter((handle) => revoked.has(handle));
}

/** Rejects with the first failure, which does not keep it from the other sessions. @param onDeleted gets those that were there */
const deleteSessions = (
  { store, clock }: RevocationContext,
  handles: readonly SessionHandle[],
  onDeleted: (handle: SessionHandle) => void,
): Promise<void> =>
  concurrently(CONCURRENCY, handles, async (handle) => {
    if (await store.sessions.delete(handle, clock())) onDeleted(handle);
  });

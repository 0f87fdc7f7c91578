import type { SessionHandle, UserId } from '../types.ts';
import type { CoreContext } from './context.ts';

/** As many deletions as are under way at once: enough to keep DynamoDB busy, few enough not to be throttled. */
const CONCURRENCY = 32;

type RevocationContext = Pick<CoreContext, 'store' | 'clock'>;

/** Revokes every session of a user. @returns the handles of those that were there */
export const revokeUserSessions = async (context: RevocationContext, userId: UserId): Promise<SessionHandle[]> =>
  // From the index alone: a session whose row is just being written must be found too.
  revokeSessions(context, await context.store.sessions.listIndexed(userId));

/** Revokes the named sessions. @returns the handles of those that were there */
export async function revokeSessions(
  { store, clock }: RevocationContext,
  handles: readonly SessionHandle[],
): Promise<SessionHandle[]> {
  const queue = [...new Set(handles)];
  const revoked = new Set<SessionHandle>();
  const work = async (): Promise<void> => {
    for (let handle = queue.pop(); handle !== undefined; handle = queue.pop()) {
      if (await store.sessions.delete(handle, clock())) revoked.add(handle);
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(CONCURRENCY, queue.length) }, work));
  // A failure waits for the deletions that have begun: nothing runs on after the response.
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
  return handles.filter((handle) => revoked.has(handle));
}

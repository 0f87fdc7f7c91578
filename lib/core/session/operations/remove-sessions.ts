import { concurrently } from '../../concurrently.ts';
import type { CoreContext } from '../../context.ts';
import type { SessionHandle, UserId } from '../../types.ts';

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
  const revoked = new Set<SessionHandle>();
  await concurrently(CONCURRENCY, [...new Set(handles)], async (handle) => {
    if (await store.sessions.delete(handle, clock())) revoked.add(handle);
  });
  return handles.filter((handle) => revoked.has(handle));
}

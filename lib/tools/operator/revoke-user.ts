import type { CoreSessions } from '../../core/index.ts';
import type { SessionHandle, UserId } from '../../core/types.ts';
import { patiently } from './patience.ts';

/** As many sessions are revoked between two reports of progress. */
const PROGRESS_STEP = 1000;

/**
 * Revokes every session of a user, and retries while DynamoDB is unavailable.
 * @param onProgress gets the number of sessions revoked so far: after each 1,000, and before this throws
 * @returns the handles of the revoked sessions
 * @throws StoreUnavailable; a repeated call continues with the remaining sessions
 */
export async function revokeUser(
  sessions: CoreSessions,
  userId: UserId,
  onProgress: (revoked: number) => void,
): Promise<SessionHandle[]> {
  const revoked: SessionHandle[] = [];
  const onRevoked = (handle: SessionHandle): void => {
    revoked.push(handle);
    if (revoked.length % PROGRESS_STEP === 0) onProgress(revoked.length);
  };
  try {
    await patiently(() => sessions.revokeAll(userId, { onRevoked }));
  } catch (error) {
    onProgress(revoked.length);
    throw error;
  }
  return revoked;
}

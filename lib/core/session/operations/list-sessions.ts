import type { CoreContext } from '../../context.ts';
import type { SessionHandle, UserId } from '../../types.ts';

/** The handles of a user's unexpired sessions. */
export const listSessions = (
  { store, clock }: Pick<CoreContext, 'store' | 'clock'>,
  userId: UserId,
): Promise<SessionHandle[]> => store.sessions.list(userId, clock());

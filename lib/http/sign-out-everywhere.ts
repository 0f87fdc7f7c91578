import type { SessionContainer } from 'supertokens-node/recipe/session';
import type { SessionHandle } from '../core/types.ts';
import { timeLeft } from '../dynamodb/time-budget.ts';
import { service } from '../supertokens/service.ts';
import { userSessions } from '../supertokens/user-sessions.ts';
import { userIdOf } from './session-user.ts';

/** Kept for the page of sessions that is under way and for the caller's own session, ms. */
const RESERVE = 2000;

/** How far one request got with a sign-out everywhere. */
export interface SignOut {
  /** How many sessions this request has revoked. A deletion whose response was lost is not counted. */
  readonly revoked: number;
  /** Whether all are gone. If not, the caller is still logged in, and repeats the request. */
  readonly complete: boolean;
}

/**
 * Revokes as many of the user's sessions as the request has time for. The caller's own session is the last one, so that a
 * request that fails can be repeated.
 * @param reserve what is left of the request's time when it stops, ms
 * @throws Error if a session could not be revoked. The caller's own session then stays
 */
export async function signOutEverywhere(session: SessionContainer, reserve = RESERVE): Promise<SignOut> {
  const own = session.getHandle() as SessionHandle;
  const hasTime = () => timeLeft() > reserve;
  const others = await userSessions(service().core).revokeOthers(userIdOf({ session }), own, hasTime);
  if (!others.isComplete) return { revoked: others.count, complete: false };
  // Clears the caller's tokens as well.
  await session.revokeSession();
  return { revoked: others.count + 1, complete: true };
}

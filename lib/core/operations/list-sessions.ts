import type { UserId } from '../types.ts';
import type { Operation } from './context.ts';

export interface ListSessionsInput {
  readonly userId: UserId;
  readonly fetchAcrossAllTenants: boolean;
}

/** GET /recipe/session/user: the handles of a user's unexpired sessions. */
export const listSessions: Operation<ListSessionsInput> = async ({ store, clock }, { userId }) => ({
  status: 'OK',
  sessionHandles: await store.sessions.list(userId, clock()),
});

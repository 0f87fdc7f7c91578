import { CdiRefusal } from '../errors.ts';
import type { SessionHandle, UserId } from '../types.ts';
import type { CoreContext, Operation } from './context.ts';

export interface RemoveSessionsInput {
  readonly userId: UserId | undefined;
  readonly sessionHandles: readonly SessionHandle[] | undefined;
  readonly revokeAcrossAllTenants: boolean | undefined;
  readonly revokeSessionsForLinkedAccounts: boolean | undefined;
}

/** As many deletions as are under way at once: enough to keep DynamoDB busy, few enough not to be throttled. */
const CONCURRENCY = 32;

/** POST /recipe/session/remove: revokes the named sessions, or all of a user's. */
export const removeSessions: Operation<RemoveSessionsInput> = async (context, input) => {
  const handles = input.sessionHandles ?? (await handlesOf(context, input.userId));
  return { status: 'OK', sessionHandlesRevoked: await revokeAll(context, handles) };
};

/** @throws CdiRefusal 400 if not exactly one of user and handles is named, or a flag goes with handles */
export function checkRemoveSessionsInput(input: RemoveSessionsInput): void {
  for (const flag of ['revokeAcrossAllTenants', 'revokeSessionsForLinkedAccounts'] as const) {
    if (input.userId === undefined && input[flag] !== undefined) {
      throw new CdiRefusal(400, `Invalid JSON input - ${flag} can only be set if userId is set`);
    }
  }
  if ((input.userId === undefined) === (input.sessionHandles === undefined)) {
    throw new CdiRefusal(400, 'Invalid JSON input - use one of userId or sessionHandles array');
  }
}

/** From the index alone: a session whose row is just being written must be found too. */
const handlesOf = ({ store }: CoreContext, userId: UserId | undefined): Promise<readonly SessionHandle[]> =>
  userId === undefined ? Promise.resolve([]) : store.sessions.listIndexed(userId);

async function revokeAll({ store, clock }: CoreContext, handles: readonly SessionHandle[]): Promise<SessionHandle[]> {
  const queue = [...new Set(handles)];
  const revoked = new Set<SessionHandle>();
  const work = async (): Promise<void> => {
    for (let handle = queue.pop(); handle !== undefined; handle = queue.pop()) {
      if (await store.sessions.delete(handle, clock())) revoked.add(handle);
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(CONCURRENCY, queue.length) }, work));
  // Nothing goes on behind an answer: who fails waits for what the others have begun.
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
  return handles.filter((handle) => revoked.has(handle));
}

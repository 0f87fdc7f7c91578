import type { CoreContext } from '../../context.ts';
import type { SessionHandle, UserId } from '../../types.ts';
import { revokeUserSessions } from './remove-sessions.ts';

/** Whose sessions are meant. */
export interface SessionsOfUser {
  readonly userId: UserId;
  /** Whether those of every linked login method are meant; else of the one with that id alone. */
  readonly withLinked: boolean;
}

/** Sessions of one user id, if given only those that were created by one login method. */
interface Part {
  readonly userId: UserId;
  readonly recipeUserId?: UserId;
}

/** The handles of unexpired sessions. */
export async function listSessionsOf(context: CoreContext, wanted: SessionsOfUser): Promise<SessionHandle[]> {
  const { store, clock } = context;
  const parts = await partsOf(context, wanted);
  const lists = await Promise.all(parts.map((part) => store.sessions.list(part.userId, clock(), part.recipeUserId)));
  return lists.flat();
}

/** Revokes sessions. A call that fails can be repeated until it is complete. @returns the handles of those that were there */
export async function revokeSessionsOf(context: CoreContext, wanted: SessionsOfUser): Promise<SessionHandle[]> {
  const revoked: SessionHandle[] = [];
  for (const { userId, recipeUserId } of await partsOf(context, wanted)) {
    revoked.push(...(await revokeUserSessions(context, userId, { recipeUserId })).revoked);
  }
  return revoked;
}

/**
 * A session is listed under its user's id. One that was created before its login method was linked may still be listed
 * under that method's id. The request that linked it may have broken off before it ended the session.
 */
async function partsOf({ hooks }: CoreContext, { userId, withLinked }: SessionsOfUser): Promise<Part[]> {
  if (withLinked) return (await hooks.linkedIdsOf(userId)).map((id) => ({ userId: id }));
  const owner = await hooks.ownerOf(userId);
  return owner.userId === owner.recipeUserId ? [owner] : [owner, { userId: owner.recipeUserId }];
}

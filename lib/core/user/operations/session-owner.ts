import type { SessionOwner } from '../../context.ts';
import type { UserId } from '../../types.ts';
import { findStored, idsOf, publicIdOf, type ReadContext } from './load-user.ts';

/** Whose a session is, and whether it is a user of this core. */
export interface KnownOwner extends SessionOwner {
  readonly isKnown: boolean;
}

/**
 * Whose a session is that is created for an id: a linked login method's session is its primary user's.
 * @param isOwn whether the id is probably a user's own
 */
export async function sessionOwnerOf(context: ReadContext, id: UserId, isOwn?: boolean): Promise<KnownOwner> {
  const stored = await findStored(context, id, isOwn);
  if (stored === undefined) return { userId: id, recipeUserId: id, isOwnId: false, isKnown: false };
  // What the session was created for stays as given: an own id may be in use although it was mapped.
  const isItself = idsOf(stored).includes(id);
  const isOwnId = [stored, ...stored.rows].some((row) => row.id === id);
  return { userId: isItself ? id : publicIdOf(stored), recipeUserId: id, isOwnId, isKnown: true };
}

/** The ids of a user's login methods, and the user's own; the given one alone if it is no user's. */
export async function linkedIdsOf(context: ReadContext, id: UserId): Promise<readonly UserId[]> {
  const stored = await findStored(context, id);
  if (stored === undefined) return [id];
  return [...new Set([id, publicIdOf(stored), ...stored.rows.map(publicIdOf)])];
}

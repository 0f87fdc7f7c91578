import type { UserId } from '../../types.ts';
import { asUser, findStored, idsOf, publicIdOf } from '../../user/operations/load-user.ts';
import { contactKeysOf } from '../../user/rules/contact-key.ts';
import type { StoredUser } from '../../user/rules/stored-user.ts';
import type { User } from '../../user/rules/user.ts';
import type { UserContext } from '../../user-context.ts';
import { otherHolderOf } from './claim-contacts.ts';
import { type ContactConflict, describeConflict } from './contact-conflict.ts';
import { join } from './join.ts';
import { endSessionsBeforeLink } from './login-method-sessions.ts';
import { membersOf } from './primary-user.ts';
import { isUnlinked } from './stale-link.ts';

export interface LinkInput {
  /** The login method. */
  readonly recipeUserId: UserId;
  /** The primary user, or one of its login methods. */
  readonly primaryUserId: UserId;
}

/** Why a login method cannot be linked to a primary user. */
export type LinkObstacle =
  | { readonly kind: 'unknown-user' }
  | { readonly kind: 'not-primary' }
  | { readonly kind: 'linked-to-another'; readonly primaryUserId: UserId; readonly user: User }
  | ContactConflict;

export type CheckLinkResult = { readonly kind: 'possible'; readonly wasLinked: boolean } | LinkObstacle;

export type LinkResult = { readonly kind: 'linked'; readonly wasLinked: boolean; readonly user: User } | LinkObstacle;

/** The primary user and the user to link to it, unless something prevents the link. */
interface Pair {
  readonly kind: 'pair';
  readonly primary: StoredUser;
  readonly user: StoredUser;
}

/** Whether a login method can be linked to a primary user. Nothing is changed. */
export async function checkLink(context: UserContext, input: LinkInput): Promise<CheckLinkResult> {
  const found = await findPair(context, input);
  if (found.kind !== 'pair') return found;
  const { primary, user } = found;
  if (user.id === primary.id) return { kind: 'possible', wasLinked: true };
  const held = await otherHolderOf(context, primary.id, contactKeysOf(user.rows[0]));
  return held === undefined ? { kind: 'possible', wasLinked: false } : describeConflict(context, held);
}

/** Links a login method to a primary user, and ends the sessions that it has until then. */
export async function linkAccounts(context: UserContext, input: LinkInput): Promise<LinkResult> {
  for (;;) {
    const found = await findPair(context, input);
    if (found.kind !== 'pair') return found;
    const { primary, user } = found;
    const wasLinked = user.id === primary.id;
    const result = wasLinked ? { kind: 'joined' as const } : await joinUser(context, primary.id, user.id);
    if (result.kind === 'held') return describeConflict(context, result);
    if (result.kind === 'overtaken') continue;
    const linked = await afterLink(context, input.recipeUserId);
    if (linked !== undefined) return { kind: 'linked', wasLinked, user: linked };
  }
}

async function findPair(
  context: UserContext,
  { recipeUserId, primaryUserId }: LinkInput,
): Promise<Pair | LinkObstacle> {
  const primary = await findStored(context, primaryUserId);
  if (primary === undefined) return { kind: 'unknown-user' };
  if (!primary.isPrimary) return { kind: 'not-primary' };
  const user = await findStored(context, recipeUserId);
  if (user === undefined) return { kind: 'unknown-user' };
  if (!user.isPrimary || user.id === primary.id) return { kind: 'pair', primary, user };
  return { kind: 'linked-to-another', primaryUserId: publicIdOf(user), user: await asUser(context, user) };
}

/** Reads the primary user, then the login method, and links them. */
async function joinUser(context: UserContext, primaryId: UserId, id: UserId) {
  const primary = await context.stores.links.get(primaryId);
  const isThere = (await membersOf(context, primary)).length > 0;
  const row = await context.stores.users.get(id);
  if (!isThere || row === undefined || !(await isUnlinked(context, row))) return { kind: 'overtaken' } as const;
  return join(context, primary, row);
}

/**
 * Ends the sessions that the login method has had, and counts the primary user as active instead of it. Also when it was linked
 * before: the request that did so may have broken off.
 */
async function afterLink(context: UserContext, recipeUserId: UserId): Promise<User | undefined> {
  const stored = await findStored(context, recipeUserId);
  if (stored === undefined) return undefined;
  const row = stored.rows.find((each) => idsOf(each).includes(recipeUserId));
  if (row !== undefined && row.id !== stored.id) {
    await endSessionsBeforeLink(context, row);
    await context.activity.forget(publicIdOf(row));
    await context.activity.note(publicIdOf(stored));
  }
  return asUser(context, stored);
}

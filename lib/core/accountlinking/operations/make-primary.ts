import type { UserId } from '../../types.ts';
import { asUser, findStored } from '../../user/operations/load-user.ts';
import { contactKeysOf } from '../../user/rules/contact-key.ts';
import type { StoredUser } from '../../user/rules/stored-user.ts';
import type { User } from '../../user/rules/user.ts';
import type { UserContext } from '../../user-context.ts';
import { otherHolderOf } from './claim-contacts.ts';
import { type ContactConflict, describeConflict } from './contact-conflict.ts';
import { join } from './join.ts';
import { isUnlinked } from './stale-link.ts';

/** Why a login method cannot become a primary user. */
export type PrimaryObstacle =
  | { readonly kind: 'unknown-user' }
  | { readonly kind: 'linked-to-another'; readonly primaryUserId: UserId }
  | ContactConflict;

export type CheckPrimaryResult = { readonly kind: 'possible'; readonly wasPrimary: boolean } | PrimaryObstacle;

export type MakePrimaryResult =
  | { readonly kind: 'primary'; readonly wasPrimary: boolean; readonly user: User }
  | PrimaryObstacle;

/** Whether a login method can become a primary user. Nothing is changed. */
export async function checkPrimary(context: UserContext, id: UserId): Promise<CheckPrimaryResult> {
  const found = await findStored(context, id);
  if (found === undefined) return { kind: 'unknown-user' };
  if (found.isPrimary) return alreadyPrimary(found, id) ?? { kind: 'possible', wasPrimary: true };
  const held = await otherHolderOf(context, found.id, contactKeysOf(found.rows[0]));
  return held === undefined ? { kind: 'possible', wasPrimary: false } : describeConflict(context, held);
}

/** Makes a login method a primary user, to which others can be linked. */
export async function makePrimary(context: UserContext, id: UserId): Promise<MakePrimaryResult> {
  const { links, users } = context.stores;
  for (;;) {
    const found = await findStored(context, id);
    if (found === undefined) return { kind: 'unknown-user' };
    if (found.isPrimary) {
      return alreadyPrimary(found, id) ?? { kind: 'primary', wasPrimary: true, user: await asUser(context, found) };
    }
    const primary = await links.get(found.id);
    const row = await users.get(found.id);
    if (row === undefined || !(await isUnlinked(context, row))) continue;
    const result = await join(context, primary, row);
    if (result.kind === 'held') return describeConflict(context, result);
    if (result.kind === 'joined') {
      const made = { ...found, isPrimary: true };
      return { kind: 'primary', wasPrimary: false, user: await asUser(context, made) };
    }
  }
}

/** @returns the obstacle if the primary user is another one than the login method */
function alreadyPrimary({ id, externalId }: StoredUser, asked: UserId): PrimaryObstacle | undefined {
  if (asked === id || asked === externalId) return undefined;
  return { kind: 'linked-to-another', primaryUserId: externalId ?? id };
}

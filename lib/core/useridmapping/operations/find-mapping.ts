import type { UserId } from '../../types.ts';
import type { UserRow } from '../../user/rules/user-row.ts';
import type { UserContext } from '../../user-context.ts';
import { type DataRecipe, recipeThatUses } from './map-user-id.ts';

/** Whether an id is a user's own, an external one, or either. */
export const USER_ID_TYPES = ['SUPERTOKENS', 'EXTERNAL', 'ANY'] as const;
export type UserIdType = (typeof USER_ID_TYPES)[number];

/** A user who has an external id. */
export type MappedUser = UserRow & { readonly externalId: UserId };

/** The mapped user with that id. */
export async function findMapping(
  { stores }: UserContext,
  id: UserId,
  type: UserIdType,
): Promise<MappedUser | undefined> {
  const own = type === 'EXTERNAL' ? undefined : await stores.users.get(id);
  if (own !== undefined && isMapped(own)) return own;
  const external = type === 'SUPERTOKENS' ? undefined : await stores.mappings.find(id);
  return external !== undefined && isMapped(external) ? external : undefined;
}

const isMapped = (row: UserRow): row is MappedUser => row.externalId !== undefined;

export type UnmapResult =
  | { readonly kind: 'unmapped' }
  | { readonly kind: 'unknown-mapping' }
  | { readonly kind: 'in-use'; readonly recipe: DataRecipe };

/** Takes a user's external id away. @param force also if there is data under it */
export async function unmapUserId(
  context: UserContext,
  id: UserId,
  type: UserIdType,
  force: boolean,
): Promise<UnmapResult> {
  for (;;) {
    const row = await findMapping(context, id, type);
    if (row === undefined) return { kind: 'unknown-mapping' };
    const recipe = force ? undefined : await recipeThatUses(context, row.externalId, true);
    if (recipe !== undefined) return { kind: 'in-use', recipe };
    if (await context.stores.mappings.unmap(row)) return { kind: 'unmapped' };
  }
}

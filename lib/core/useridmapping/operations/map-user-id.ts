import type { UserId } from '../../types.ts';
import { removeUser } from '../../user/operations/remove-user.ts';
import type { UserRow } from '../../user/rules/user-row.ts';
import type { UserContext } from '../../user-context.ts';

/** The recipes that keep data under any id, by the names that the official core uses in its messages. */
export type DataRecipe = 'Session' | 'UserMetadata' | 'UserRoles' | 'EmailVerification';

export interface MapUserIdInput {
  readonly userId: UserId;
  readonly externalId: UserId;
  readonly info: string | undefined;
  /** Maps also a user under whose id there is data, and an id that is a user's own. */
  readonly force: boolean;
  /** Whether verified emails move to the external id instead of being in the way. */
  readonly movesVerifiedEmails: boolean;
}

export type MapUserIdResult =
  | { readonly kind: 'mapped' }
  | { readonly kind: 'unknown-user' }
  | { readonly kind: 'exists'; readonly hasUser: boolean; readonly hasExternalId: boolean }
  | { readonly kind: 'external-id-is-a-user' }
  | { readonly kind: 'in-use'; readonly recipe: DataRecipe };

/** Lets an id of the caller's own stand for a user's. */
export async function mapUserId(context: UserContext, input: MapUserIdInput): Promise<MapUserIdResult> {
  const { stores, random, clock } = context;
  const { userId, externalId, info } = input;
  for (;;) {
    const row = await stores.users.get(userId);
    if (row === undefined) return { kind: 'unknown-user' };
    const obstacle = await obstacleTo(context, row, input);
    // A mapping whose request broke off is completed by repeating it.
    if (row.externalId === externalId) await moveVerifiedEmails(context, input);
    if (obstacle !== undefined) return obstacle;
    await completeDeletion(context, externalId);
    const result = await stores.mappings.map(row, { externalId, info, claim: random.uuid() }, clock());
    if (result === 'done') {
      await moveVerifiedEmails(context, input);
      return { kind: 'mapped' };
    }
    if (result === 'external-id-taken') return { kind: 'exists', hasUser: false, hasExternalId: true };
  }
}

/**
 * A user who had the id, as an external or as an own one, may be half deleted. The next user must not get that user's
 * roles, metadata or verified emails. Nor must that deletion, once the next one has the id, find those of the next one.
 */
async function completeDeletion(context: UserContext, externalId: UserId): Promise<void> {
  const deleted = await context.stores.mappings.deletedOwnerOf(externalId);
  if (deleted !== undefined) await removeUser(context, deleted);
  if ((await context.stores.users.stateOf(externalId)) !== 'deleted') return;
  await removeUser(context, externalId);
  await context.stores.users.keepErased(externalId);
}

async function moveVerifiedEmails(
  { stores }: UserContext,
  { userId, externalId, movesVerifiedEmails }: MapUserIdInput,
) {
  if (movesVerifiedEmails) await stores.verification.move(userId, externalId);
}

async function obstacleTo(
  context: UserContext,
  row: UserRow,
  input: MapUserIdInput,
): Promise<MapUserIdResult | undefined> {
  const { stores } = context;
  const hasUser = row.externalId !== undefined;
  const hasExternalId = (await stores.mappings.findWithRetired(input.externalId)) !== undefined;
  if (hasUser || hasExternalId) return { kind: 'exists', hasUser, hasExternalId };
  if (input.force) return undefined;
  if ((await stores.users.get(input.externalId)) !== undefined) return { kind: 'external-id-is-a-user' };
  const recipe = await recipeThatUses(context, row.id, !input.movesVerifiedEmails);
  return recipe === undefined ? undefined : { kind: 'in-use', recipe };
}

/** The recipe that keeps data under an id. `undefined` if none does. */
export async function recipeThatUses(
  { store, stores, clock }: UserContext,
  id: UserId,
  includesVerification: boolean,
): Promise<DataRecipe | undefined> {
  if ((await store.sessions.list(id, clock())).length > 0) return 'Session';
  if (await stores.metadata.isUsedBy(id)) return 'UserMetadata';
  if (await stores.roles.isUsedBy(id)) return 'UserRoles';
  return includesVerification && (await stores.verification.isUsedBy(id)) ? 'EmailVerification' : undefined;
}

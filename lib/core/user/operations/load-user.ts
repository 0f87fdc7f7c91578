import type { UserId } from '../../types.ts';
import type { UserContext } from '../../user-context.ts';
import { looksLikeOwnId } from '../rules/own-id.ts';
import { type StoredUser, unlinkedUser } from '../rules/stored-user.ts';
import type { LoginMethod, RecipeId, User } from '../rules/user.ts';
import type { UserRow } from '../rules/user-row.ts';
import type { NewUser } from '../store/user-store.ts';

/** What reading users takes. */
export type ReadContext = Pick<UserContext, 'stores'>;

/** The login method with that id, which may be the user's own or the external one. */
export const findRow = async ({ stores }: ReadContext, id: UserId): Promise<UserRow | undefined> =>
  (await stores.users.get(id)) ?? (await stores.mappings.find(id));

/** The id by which callers know a user. */
export const publicIdOf = ({ id, externalId }: Pick<UserRow, 'id' | 'externalId'>): UserId => externalId ?? id;

/** The ids under which there may be data of a user. */
export const idsOf = ({ id, externalId }: Pick<UserRow, 'id' | 'externalId'>): UserId[] =>
  externalId === undefined ? [id] : [id, externalId];

/** The user with that id: a primary user's, or that of one of the login methods. */
export async function findUser(context: ReadContext, id: UserId): Promise<User | undefined> {
  const stored = await findStored(context, id);
  return stored && asUser(context, stored);
}

/**
 * {@link findUser}, as it is stored.
 * @param isOwn whether the id is probably the user's own
 */
export async function findStored(
  { stores }: ReadContext,
  id: UserId,
  isOwn = looksLikeOwnId(id),
): Promise<StoredUser | undefined> {
  const row = await stores.mappings.findByEither(id, isOwn);
  return row && (await stores.users.load([row]))[0];
}

/** The login method with that id alone, as if the user had no other. */
export async function findLoginMethod(context: ReadContext, id: UserId, recipe: RecipeId): Promise<User | undefined> {
  const row = await findRow(context, id);
  if (row?.recipe !== recipe) return undefined;
  const { isPrimary } = await toUser(context, row);
  return asUser(context, { ...unlinkedUser(row), isPrimary });
}

/** The user to whom a login method belongs. */
export async function toUser(context: ReadContext, row: UserRow): Promise<User> {
  const [stored = unlinkedUser(row)] = await context.stores.users.load([row]);
  return asUser(context, stored);
}

/** A user, and the login method by which the user has logged in. */
export interface LoggedIn {
  readonly user: User;
  /** The external id if the login method has one. */
  readonly recipeUserId: UserId;
}

/** The user who has logged in by a login method. */
export const toLoggedIn = async (context: ReadContext, row: UserRow): Promise<LoggedIn> => ({
  user: await toUser(context, row),
  recipeUserId: publicIdOf(row),
});

/** The users to whom login methods belong, each once, in the order of the login methods. */
export const toUsers = async (context: ReadContext, rows: readonly UserRow[]): Promise<User[]> =>
  Promise.all((await context.stores.users.load(rows)).map((stored) => asUser(context, stored)));

/** A user as callers know the user. */
export async function asUser(context: ReadContext, stored: StoredUser): Promise<User> {
  const [first, ...others] = stored.rows;
  const loginMethods = await Promise.all([
    toLoginMethod(context, first),
    ...others.map((row) => toLoginMethod(context, row)),
  ]);
  return { id: publicIdOf(stored), isPrimary: stored.isPrimary, loginMethods };
}

/** A mapped user's emails are verified under the external id. */
async function toLoginMethod({ stores }: ReadContext, row: UserRow): Promise<LoginMethod> {
  const { recipe, timeJoined, email, phoneNumber, thirdParty, externalId } = row;
  const isVerified =
    externalId === undefined || email === undefined
      ? row.isVerified
      : await stores.verification.isVerified(externalId, email);
  return { recipeUserId: publicIdOf(row), recipe, timeJoined, email, phoneNumber, thirdParty, isVerified };
}

/** A new user as the store keeps it. */
export const asStored = (user: NewUser): UserRow => ({
  phoneNumber: undefined,
  thirdParty: undefined,
  passwordHash: undefined,
  ...user,
  phoneClaim: user.phoneNumber === undefined ? undefined : user.claim,
  primaryId: undefined,
  isRetired: false,
  externalId: undefined,
  mapping: undefined,
  externalIdInfo: undefined,
  resetSeries: undefined,
  version: 1,
});

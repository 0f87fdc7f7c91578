import type { UserId } from '../../types.ts';
import type { UserContext } from '../../user-context.ts';
import type { User } from '../rules/user.ts';
import type { UserRow } from '../rules/user-row.ts';
import type { NewUser } from '../store/user-store.ts';

/** What reading users takes. */
export type ReadContext = Pick<UserContext, 'stores'>;

/** The stored user with that id, which may be the user's own or the external one. */
export const findRow = async ({ stores }: ReadContext, id: UserId): Promise<UserRow | undefined> =>
  (await stores.users.get(id)) ?? (await stores.mappings.find(id));

/** The id by which callers know a user. */
export const publicIdOf = ({ id, externalId }: Pick<UserRow, 'id' | 'externalId'>): UserId => externalId ?? id;

/** The user with that id. */
export async function findUser(context: ReadContext, id: UserId): Promise<User | undefined> {
  const row = await findRow(context, id);
  return row === undefined ? undefined : toUser(context, row);
}

/** The user to whom a stored login method belongs. A mapped user's emails are verified under the external id. */
export async function toUser({ stores }: ReadContext, row: UserRow): Promise<User> {
  const { recipe, timeJoined, email, phoneNumber, thirdParty, externalId } = row;
  const id = publicIdOf(row);
  const isVerified =
    externalId === undefined || email === undefined
      ? row.isVerified
      : await stores.verification.isVerified(externalId, email);
  const method = { recipeUserId: id, recipe, timeJoined, email, phoneNumber, thirdParty, isVerified };
  return { id, isPrimary: false, loginMethods: [method] };
}

/** A new user as the store keeps it. */
export const asStored = (user: NewUser): UserRow => ({
  phoneNumber: undefined,
  thirdParty: undefined,
  passwordHash: undefined,
  ...user,
  phoneClaim: user.phoneNumber === undefined ? undefined : user.claim,
  externalId: undefined,
  mapping: undefined,
  externalIdInfo: undefined,
  resetSeries: undefined,
  version: 1,
});

/** {@link toUser} for several, in their order. */
export const toUsers = (context: ReadContext, rows: readonly UserRow[]): Promise<User[]> =>
  Promise.all(rows.map((row) => toUser(context, row)));

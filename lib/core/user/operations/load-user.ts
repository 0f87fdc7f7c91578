import type { UserId } from '../../types.ts';
import type { UserContext } from '../../user-context.ts';
import type { User } from '../rules/user.ts';
import type { UserRow } from '../rules/user-row.ts';

/** What reading users takes. */
export type ReadContext = Pick<UserContext, 'stores'>;

/** The stored user with that id. */
export const findRow = ({ stores }: ReadContext, id: UserId): Promise<UserRow | undefined> => stores.users.get(id);

/** The user with that id. */
export async function findUser(context: ReadContext, id: UserId): Promise<User | undefined> {
  const row = await findRow(context, id);
  return row === undefined ? undefined : toUser(context, row);
}

/** The user to whom a stored login method belongs. */
export const toUser = async (_context: ReadContext, row: UserRow): Promise<User> => ({
  id: row.id,
  isPrimary: false,
  loginMethods: [
    {
      recipeUserId: row.id,
      recipe: row.recipe,
      timeJoined: row.timeJoined,
      email: row.email,
      isVerified: row.isVerified,
    },
  ],
});

/** {@link toUser} for several, in their order. */
export const toUsers = (context: ReadContext, rows: readonly UserRow[]): Promise<User[]> =>
  Promise.all(rows.map((row) => toUser(context, row)));

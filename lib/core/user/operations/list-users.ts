import type { Email, UserId } from '../../types.ts';
import type { UserContext } from '../../user-context.ts';
import { normalisedEmail } from '../rules/email.ts';
import type { RecipeId, User } from '../rules/user.ts';
import type { UserRow } from '../rules/user-row.ts';
import type { ListOrder, ListPosition } from '../store/user-store.ts';
import { toUsers } from './load-user.ts';

export interface ListUsersInput {
  readonly order: ListOrder;
  readonly limit: number;
  readonly from: ListPosition | undefined;
  /** All if absent. */
  readonly recipes: readonly RecipeId[] | undefined;
}

/** A page of users, and where the next one begins if there are more. */
export interface UserPage {
  readonly users: readonly User[];
  readonly next: ListPosition | undefined;
}

/** Reads a page of users. Leftovers of requests that broke off are removed by the way. */
export async function listUsers(context: UserContext, input: ListUsersInput): Promise<UserPage> {
  const { users, next, leftovers } = await context.stores.users.list(input);
  await context.stores.users.tidyList(leftovers, context.clock());
  return { users: await toUsers(context, users), next };
}

/** As many users as a search finds at the most. */
const MOST_FOUND = 1000;

/** The users whose email, or the email's domain, begins with one of the texts. */
export async function searchUsers(
  context: UserContext,
  beginnings: readonly string[],
  order: ListOrder,
): Promise<readonly User[]> {
  // What no email can begin with is not looked for.
  const possible = beginnings.flatMap((text) => normalisedEmail(text) ?? []);
  const found = await Promise.all(possible.map((text) => context.stores.users.searchByEmail(text, MOST_FOUND)));
  const rows = new Map(found.flat().map((row) => [row.id, row]));
  return toUsers(context, sorted([...rows.values()], order).slice(0, MOST_FOUND));
}

/** The users who have the email, oldest first. */
export const listUsersByEmail = async (context: UserContext, email: Email): Promise<readonly User[]> =>
  toUsers(context, sorted(await context.stores.users.listByEmail(email), 'ascending'));

/** By the time of joining, and by descending id within one moment. */
function sorted(rows: readonly UserRow[], order: ListOrder): UserRow[] {
  const direction = order === 'ascending' ? 1 : -1;
  const byId = (a: UserId, b: UserId): number => (a < b ? 1 : -1);
  return rows.toSorted((a, b) => direction * (a.timeJoined - b.timeJoined) || byId(a.id, b.id));
}

import type { Email, PhoneNumber } from '../../types.ts';
import type { UserContext } from '../../user-context.ts';
import { isFound, SEARCH_FIELDS, type UserSearch } from '../rules/search.ts';
import { canBeSought } from '../rules/sought-text.ts';
import type { ThirdParty, User } from '../rules/user.ts';
import type { UserRow } from '../rules/user-row.ts';
import type { ListOrder, ListPosition, ListRequest } from '../store/user-store.ts';
import { asUser, toUsers } from './load-user.ts';

/** A page of users, and where the next one begins if there are more. */
export interface UserPage {
  readonly users: readonly User[];
  readonly next: ListPosition | undefined;
}

/** Reads a page of users. Leftovers of requests that broke off are removed by the way. */
export async function listUsers(context: UserContext, request: ListRequest): Promise<UserPage> {
  const { users, next, leftovers } = await context.stores.users.list(request);
  await context.stores.users.tidyList(leftovers, context.clock());
  return { users: await toUsers(context, users), next };
}

/** As many users as a search finds at the most. */
const MOST_FOUND = 1000;

/** The users of whom one login method fits every field that is searched. */
export async function searchUsers(
  context: UserContext,
  search: UserSearch,
  order: ListOrder,
): Promise<readonly User[]> {
  const field = SEARCH_FIELDS.find((each) => search[each].length > 0);
  if (field === undefined) return [];
  const request = { field, isWanted: (row: UserRow) => isFound(row, search), limit: MOST_FOUND };
  // What no email, phone number or provider can begin with is not looked for.
  const possible = search[field].filter(canBeSought);
  const found = await Promise.all(possible.map((beginning) => context.stores.users.search({ ...request, beginning })));
  const rows = new Map(found.flat().map((row) => [row.id, row]));
  return (await sortedUsers(context, [...rows.values()], order)).slice(0, MOST_FOUND);
}

/** The users who have the email, oldest first. */
export const listUsersByEmail = async (context: UserContext, email: Email): Promise<readonly User[]> =>
  sortedUsers(context, await context.stores.users.listByEmail(email), 'ascending');

/** What users are looked up by. */
export interface AccountInfo {
  readonly email: Email | undefined;
  readonly phoneNumber: PhoneNumber | undefined;
  readonly thirdParty: ThirdParty | undefined;
}

/** The users who have any of it, each once, oldest first. */
export async function listUsersByAccountInfo(context: UserContext, info: AccountInfo): Promise<readonly User[]> {
  const { users } = context.stores;
  const { email, phoneNumber, thirdParty } = info;
  const found = await Promise.all([
    email === undefined ? [] : users.listByEmail(email),
    phoneNumber === undefined ? undefined : users.find({ recipe: 'passwordless', phoneNumber }),
    thirdParty === undefined ? undefined : users.find({ recipe: 'thirdparty', thirdParty }),
  ]);
  const rows = new Map(found.flat().flatMap((row) => (row === undefined ? [] : [[row.id, row] as const])));
  return sortedUsers(context, [...rows.values()], 'ascending');
}

/** The users to whom login methods belong, by the time of joining, and by descending id within one moment. */
async function sortedUsers(context: UserContext, rows: readonly UserRow[], order: ListOrder): Promise<User[]> {
  const users = await context.stores.users.load(rows);
  const direction = order === 'ascending' ? 1 : -1;
  const sorted = users.toSorted(
    (a, b) => direction * (a.rows[0].timeJoined - b.rows[0].timeJoined) || (a.id < b.id ? 1 : -1),
  );
  return Promise.all(sorted.map((user) => asUser(context, user)));
}

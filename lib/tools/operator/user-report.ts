import type { JsonObject, RoleName } from '../../core/types.ts';
import type { UserRecord } from './core-users.ts';
import { aligned, timeOf } from './text-table.ts';

/** A user in a list, for programs. Times are in ms since the epoch. */
export const userSummaryOf = ({ id, timeJoined, loginMethods }: UserRecord) => ({
  userId: id,
  joined: timeJoined,
  loginMethods: loginMethods.map(({ recipeId, email, verified }) => ({ recipeId, email, isVerified: verified })),
});

/** Users as a table, for people: a line for each login method. */
export function userTable(users: readonly UserRecord[]): string {
  const rows = users.flatMap(({ id, loginMethods }) =>
    loginMethods.map(({ recipeId, email = '', verified, timeJoined }) => [
      id,
      timeOf(timeJoined),
      recipeId,
      verified ? 'verified' : 'unverified',
      email,
    ]),
  );
  return aligned([['USER', 'JOINED', 'RECIPE', 'EMAIL IS', 'EMAIL'], ...rows]);
}

/** What an operator can know of one user. */
export interface UserDetails {
  readonly user: UserRecord;
  readonly roles: readonly RoleName[];
  readonly metadata: JsonObject;
}

/** The same, for programs. */
export const userDetailsOf = ({ user, roles, metadata }: UserDetails) => ({ ...userSummaryOf(user), roles, metadata });

/** The same, for people. */
export const userSheet = ({ user, roles, metadata }: UserDetails): string =>
  aligned([
    ['User', user.id],
    ['Joined', timeOf(user.timeJoined)],
    ...user.loginMethods.map(({ recipeId, email = '', verified }) => [
      'Logs in by',
      `${recipeId}, ${email} (${verified ? 'verified' : 'unverified'})`,
    ]),
    ['Roles', roles.join(', ')],
    ['Metadata', JSON.stringify(metadata)],
  ]);

import type { JsonObject, RoleName } from '../../core/types.ts';
import type { LoginMethodRecord, UserRecord } from './core-users.ts';
import { aligned, timeOf } from './text-table.ts';

/** A user in a list, for programs. Times are in ms since the epoch. */
export const userSummaryOf = ({ id, timeJoined, loginMethods }: UserRecord) => ({
  userId: id,
  joined: timeJoined,
  loginMethods: loginMethods.map(({ recipeId, email, phoneNumber, thirdParty, verified }) => ({
    recipeId,
    email,
    phoneNumber,
    thirdParty,
    isVerified: verified,
  })),
});

/** How a login method is known: its email, phone number, and user of a provider. */
const namesOf = ({ email, phoneNumber, thirdParty }: LoginMethodRecord): string[] =>
  [email, phoneNumber, thirdParty && `${thirdParty.id} ${thirdParty.userId}`].filter((name) => name !== undefined);

/** Whether the email is verified; empty if there is none. */
const stateOf = ({ email, verified }: LoginMethodRecord): string => {
  if (email === undefined) return '';
  return verified ? 'verified' : 'unverified';
};

/** Users as a table, for people: a line for each login method. */
export function userTable(users: readonly UserRecord[]): string {
  const rows = users.flatMap(({ id, loginMethods }) =>
    loginMethods.map((method) => [
      id,
      timeOf(method.timeJoined),
      method.recipeId,
      stateOf(method),
      namesOf(method).join(', '),
    ]),
  );
  return aligned([['USER', 'JOINED', 'RECIPE', 'E-MAIL IS', 'E-MAIL, PHONE, PROVIDER'], ...rows]);
}

/** What an operator can know of one user. */
export interface UserDetails {
  readonly user: UserRecord;
  readonly roles: readonly RoleName[];
  readonly metadata: JsonObject;
}

/** The same, for programs. */
export const userDetailsOf = ({ user, roles, metadata }: UserDetails) => ({ ...userSummaryOf(user), roles, metadata });

function describeLoginMethod(method: LoginMethodRecord): string {
  const [first, ...others] = [method.recipeId, ...namesOf(method)];
  const state = stateOf(method);
  // The email comes first.
  const names = state === '' ? others : others.map((name, index) => (index === 0 ? `${name} (${state})` : name));
  return [first, ...names].join(', ');
}

/** The same, for people. */
export const userSheet = ({ user, roles, metadata }: UserDetails): string =>
  aligned([
    ['User', user.id],
    ['Joined', timeOf(user.timeJoined)],
    ...user.loginMethods.map((method) => ['Logs in by', describeLoginMethod(method)]),
    ['Roles', roles.join(', ')],
    ['Metadata', JSON.stringify(metadata)],
  ]);

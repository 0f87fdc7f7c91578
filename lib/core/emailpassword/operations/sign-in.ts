import type { Email } from '../../types.ts';
import { type LoggedIn, toLoggedIn } from '../../user/operations/load-user.ts';
import type { UserContext } from '../../user-context.ts';

export interface SignInInput {
  /** Absent: no user can have the given email. */
  readonly email: Email | undefined;
  readonly password: string;
}

/**
 * The user whose email and password these are. A wrong password and an unknown email take the same work, so that the time does
 * not tell who has an account.
 */
export async function signIn(context: UserContext, { email, password }: SignInInput): Promise<LoggedIn | undefined> {
  const { stores, passwords, activity } = context;
  const row = email === undefined ? undefined : await stores.users.find({ recipe: 'emailpassword', email });
  const isRight = await passwords.matches(password, row?.passwordHash);
  if (!isRight || row?.passwordHash === undefined) return undefined;
  if (passwords.isOutdated(row.passwordHash)) await stores.users.renewHash(row, await passwords.hash(password));
  const loggedIn = await toLoggedIn(context, row);
  await activity.note(loggedIn.user.id);
  return loggedIn;
}

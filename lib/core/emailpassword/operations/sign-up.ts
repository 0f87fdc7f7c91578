import type { Email, PasswordHash } from '../../types.ts';
import { createUser } from '../../user/operations/create-user.ts';
import type { LoggedIn } from '../../user/operations/load-user.ts';
import { isFakeEmail } from '../../user/rules/email.ts';
import type { UserContext } from '../../user-context.ts';

export interface Credentials {
  readonly email: Email;
  readonly password: string;
}

/** Creates a user who logs in by email and password. @returns `undefined` if another such user has the email */
export async function signUp(context: UserContext, { email, password }: Credentials): Promise<LoggedIn | undefined> {
  return createPasswordUser(context, email, await context.passwords.hash(password));
}

/** @returns `undefined` if another user who logs in by password has the email */
export async function createPasswordUser(
  context: UserContext,
  email: Email,
  passwordHash: PasswordHash,
): Promise<LoggedIn | undefined> {
  return createUser(context, { recipe: 'emailpassword', email, passwordHash, isVerified: isFakeEmail(email) });
}

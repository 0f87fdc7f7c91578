import type { Email, PasswordHash, UserId } from '../../types.ts';
import { asStored, type LoggedIn, toLoggedIn } from '../../user/operations/load-user.ts';
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
  const { stores, random, clock, activity } = context;
  const user = {
    id: random.uuid() as UserId,
    recipe: 'emailpassword',
    email,
    passwordHash,
    timeJoined: clock(),
    isVerified: isFakeEmail(email),
    claim: random.uuid(),
  } as const;
  const isCreated = await stores.users.create(user);
  if (!isCreated) return undefined;
  await activity.note(user.id);
  return toLoggedIn(context, asStored(user));
}

import type { LoginMethod } from '../rules/user.ts';
import type { UserRow } from '../rules/user-row.ts';
import type { LoggedIn, ReadContext } from './load-user.ts';

/**
 * Notes that a user's email is verified, without a token. As in the official core, it is noted under the user's own id.
 * Verified emails of a user with an external id are looked up under that one, so this user gains nothing.
 */
export async function markVerified({ stores }: ReadContext, { id, email, isVerified }: UserRow): Promise<void> {
  if (email !== undefined && !isVerified) await stores.verification.markVerified(id, email);
}

/** The user, with the email of the login method that was used as verified. */
export function withVerifiedEmail({ user, recipeUserId }: LoggedIn): LoggedIn {
  const [first, ...others] = user.loginMethods;
  const verified = (method: LoginMethod): LoginMethod =>
    method.recipeUserId === recipeUserId ? { ...method, isVerified: true } : method;
  return { user: { ...user, loginMethods: [verified(first), ...others.map(verified)] }, recipeUserId };
}

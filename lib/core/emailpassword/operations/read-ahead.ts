import type { ReadContext } from '../../user/operations/load-user.ts';
import { normalisedEmail } from '../../user/rules/email.ts';

/**
 * Makes the reads of a sign-in by password and of the session that follows. They read the user, the users with the
 * email, and the user's roles. The stores of the caller share reads, so that the sign-in itself finds them made. Never
 * rejects: the sign-in makes a failed read again.
 */
export async function readAhead({ stores }: ReadContext, givenEmail: string): Promise<void> {
  const email = normalisedEmail(givenEmail);
  if (email === undefined) return;
  const identity = { recipe: 'emailpassword', email } as const;
  // An unknown email takes as many reads as a known one, so that the work does not tell them apart.
  const readRoles = async () => stores.roles.rolesOf(await stores.users.holderOf(identity));
  await Promise.allSettled([stores.users.find(identity), readRoles(), stores.users.listByEmail(email, true)]);
}

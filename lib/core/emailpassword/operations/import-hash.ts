import { StoreUnavailable } from '../../errors.ts';
import type { Email, PasswordHash } from '../../types.ts';
import { toUser } from '../../user/operations/load-user.ts';
import type { User } from '../../user/rules/user.ts';
import type { UserContext } from '../../user-context.ts';
import { createPasswordUser } from './sign-up.ts';

export interface ImportedUser {
  readonly user: User;
  readonly didExist: boolean;
}

/** Where another request has claimed the email and not yet stored its user. */
const ATTEMPTS = 10;

/**
 * Gives a user a password by its hash. A user who does not exist is created.
 * @throws StoreUnavailable if another request is about to create the user
 */
export async function importHash(context: UserContext, email: Email, hash: PasswordHash): Promise<ImportedUser> {
  const { stores, random, clock } = context;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const row = await stores.users.find({ recipe: 'emailpassword', email });
    if (row === undefined) {
      const created = await createPasswordUser(context, email, hash);
      if (created !== undefined) return { user: created.user, didExist: false };
    } else if ((await stores.users.change(row, { passwordHash: hash, claim: random.uuid() }, clock())) === 'changed') {
      return { user: await toUser(context, row), didExist: true };
    }
  }
  throw new StoreUnavailable('import a password hash', 'another request is about to create the user');
}

import { createHash } from 'node:crypto';
import type { UserId } from '../../types.ts';
import { findRow, type ReadContext } from '../../user/operations/load-user.ts';
import { normalisedEmail } from '../../user/rules/email.ts';
import type { UserRow } from '../../user/rules/user-row.ts';

/** Names the password that a user has, without revealing it. `undefined` if there is no user with a password. */
export interface PasswordMarks {
  ofEmail(email: string): Promise<string | undefined>;
  ofUser(id: UserId): Promise<string | undefined>;
}

export const createPasswordMarks = (context: ReadContext): PasswordMarks => ({
  async ofEmail(given) {
    const email = normalisedEmail(given);
    return email && markOf(await context.stores.users.find({ recipe: 'emailpassword', email }));
  },
  ofUser: async (id) => markOf(await findRow(context, id)),
});

const markOf = (row: UserRow | undefined): string | undefined =>
  row?.passwordHash && createHash('sha256').update(row.passwordHash).digest('base64url');

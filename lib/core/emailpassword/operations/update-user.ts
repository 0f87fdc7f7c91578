import { changeContacts } from '../../accountlinking/operations/change-contacts.ts';
import type { Email, UserId } from '../../types.ts';
import { findRow } from '../../user/operations/load-user.ts';
import { contactKeysOf } from '../../user/rules/contact-key.ts';
import type { UserContext } from '../../user-context.ts';

export interface UpdateUserInput {
  readonly userId: UserId;
  /** What is absent stays. */
  readonly email: Email | undefined;
  readonly password: string | undefined;
}

export type UpdateUserResult = 'updated' | 'unknown-user' | 'email-taken' | 'email-of-another-primary-user';

/** Changes the email and the password of a password user. It changes both, or none. */
export async function updateUser(context: UserContext, input: UpdateUserInput): Promise<UpdateUserResult> {
  const { stores, passwords, random, clock } = context;
  const passwordHash = input.password === undefined ? undefined : await passwords.hash(input.password);
  for (;;) {
    const row = await findRow(context, input.userId);
    if (row?.recipe !== 'emailpassword') return 'unknown-user';
    const change = { email: input.email, passwordHash, claim: random.uuid() };
    const contacts = contactKeysOf({ ...row, email: input.email ?? row.email });
    const result = await changeContacts(context, row, contacts, () => stores.users.change(row, change, clock()));
    if (result === 'changed') return 'updated';
    if (typeof result !== 'string') return 'email-of-another-primary-user';
    if (result !== 'overtaken') return 'email-taken';
  }
}

import { changeContacts } from '../../accountlinking/operations/change-contacts.ts';
import type { Email, PhoneNumber, UserId } from '../../types.ts';
import { findRow } from '../../user/operations/load-user.ts';
import { contactKeysOf, kindOf } from '../../user/rules/contact-key.ts';
import type { UserRow } from '../../user/rules/user-row.ts';
import type { UserContext } from '../../user-context.ts';
import type { CodeContact } from '../rules/device.ts';

/** What is absent stays, and `null` removes. */
export interface UpdateContactInput {
  readonly userId: UserId;
  readonly email: Email | null | undefined;
  readonly phoneNumber: PhoneNumber | null | undefined;
}

/** `nothing-left`: the user would have neither an email nor a phone number. */
export type UpdateContactResult =
  | 'updated'
  | 'unknown-user'
  | 'email-taken'
  | 'phone-number-taken'
  | 'email-of-another-primary-user'
  | 'phone-number-of-another-primary-user'
  | 'nothing-left';

/**
 * Changes the email and the phone number of a Passwordless user. It changes both, or none. The codes for the old and
 * the new contacts end.
 */
export async function updateContact(context: UserContext, input: UpdateContactInput): Promise<UpdateContactResult> {
  const { stores, random, clock } = context;
  const { email, phoneNumber } = input;
  for (;;) {
    const row = await findRow(context, input.userId);
    if (row?.recipe !== 'passwordless') return 'unknown-user';
    const contacts = contactsAfter(row, input);
    if (contacts.email === undefined && contacts.phoneNumber === undefined) return 'nothing-left';
    const change = { email, phoneNumber, claim: random.uuid() };
    const keys = contactKeysOf({ ...row, ...contacts });
    const result = await changeContacts(context, row, keys, () => stores.users.change(row, change, clock()));
    if (result === 'changed') {
      await endCodes(context, row, contacts);
      return 'updated';
    }
    if (typeof result !== 'string') {
      const isPhoneNumber = kindOf(result.contact) === 'phone-number';
      return isPhoneNumber ? 'phone-number-of-another-primary-user' : 'email-of-another-primary-user';
    }
    if (result !== 'overtaken') return result;
  }
}

type Contacts = Pick<UserRow, 'email' | 'phoneNumber'>;

const contactsAfter = (row: UserRow, { email, phoneNumber }: UpdateContactInput): Contacts => ({
  email: email === undefined ? row.email : (email ?? undefined),
  phoneNumber: phoneNumber === undefined ? row.phoneNumber : (phoneNumber ?? undefined),
});

async function endCodes({ stores }: UserContext, before: Contacts, after: Contacts): Promise<void> {
  const changed: CodeContact[] = [
    ...(before.email === after.email ? [] : [before.email, after.email]).flatMap((email) =>
      email === undefined ? [] : [{ kind: 'email', email } as const],
    ),
    ...(before.phoneNumber === after.phoneNumber ? [] : [before.phoneNumber, after.phoneNumber]).flatMap(
      (phoneNumber) => (phoneNumber === undefined ? [] : [{ kind: 'phone-number', phoneNumber } as const]),
    ),
  ];
  for (const contact of changed) await stores.codes.endByContact(contact);
}

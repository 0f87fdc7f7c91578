import { createUser, type FirstLoginMethod } from '../../user/operations/create-user.ts';
import { type LoggedIn, toLoggedIn } from '../../user/operations/load-user.ts';
import { markVerified, withVerifiedEmail } from '../../user/operations/mark-verified.ts';
import type { Identity } from '../../user/rules/identity.ts';
import type { UserRow } from '../../user/rules/user-row.ts';
import type { UserContext } from '../../user-context.ts';
import { type CodeContact, type Device, expiryOf } from '../rules/device.ts';
import { type CodeResult, type GivenCode, tryCode } from './try-code.ts';

export type ConsumeResult =
  | (LoggedIn & { readonly kind: 'signed-in'; readonly isNew: boolean; readonly device: Device })
  | Exclude<CodeResult, { readonly kind: 'right' }>;

/** Where another request has claimed the contact and not yet stored its user. */
const ATTEMPTS = 20;

/**
 * Uses a code up and signs in the user with its contact. Creates the user if there is none. Every other code for the
 * contact ends too.
 * @param verifiesEmail whether an email counts as verified by it
 */
export async function consumeCode(
  context: UserContext,
  given: GivenCode,
  { verifiesEmail }: { readonly verifiesEmail: boolean },
): Promise<ConsumeResult> {
  const result = await tryCode(context, given, { use: true });
  if (result.kind !== 'right') return result;
  const { device } = result;
  const { users, codes } = context.stores;
  const { clock, random, userConfig } = context;
  const find = () => users.find(identityOfContact(device.contact));
  const finding = find();
  // Of the two, only the read may outlive a failure. What lists codes later would end those of a later request.
  finding.catch(() => undefined);
  const until = expiryOf(clock(), userConfig.passwordlessCodeLifetime);
  if (!(await codes.useContact(device, random.uuid(), until))) return { kind: 'restart' };
  let row = await finding;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (row !== undefined) {
      const signedIn = await signIn(context, row, device.contact, verifiesEmail);
      return { kind: 'signed-in', ...signedIn, isNew: false, device };
    }
    const created = await createUser(context, methodOfContact(device.contact, verifiesEmail));
    if (created !== undefined) return { kind: 'signed-in', ...created, isNew: true, device };
    row = await find();
  }
  return { kind: 'restart' };
}

const identityOfContact = (contact: CodeContact): Identity =>
  contact.kind === 'email'
    ? { recipe: 'passwordless', email: contact.email }
    : { recipe: 'passwordless', phoneNumber: contact.phoneNumber };

/** What a new user with the contact signs in with. */
const methodOfContact = (contact: CodeContact, verifiesEmail: boolean): FirstLoginMethod => ({
  ...identityOfContact(contact),
  email: contact.kind === 'email' ? contact.email : undefined,
  isVerified: verifiesEmail || contact.kind !== 'email',
});

async function signIn(
  context: UserContext,
  row: UserRow,
  contact: CodeContact,
  verifiesEmail: boolean,
): Promise<LoggedIn> {
  await endOtherCodes(context, row, contact);
  const loggedIn = await toLoggedIn(context, row);
  await context.activity.note(loggedIn.user.id);
  if (!verifiesEmail || contact.kind !== 'email') return loggedIn;
  await markVerified(context, row);
  return withVerifiedEmail(loggedIn);
}

/** Ends the codes that were sent to the user's other contact, if the user has both an email and a phone number. */
async function endOtherCodes({ stores }: UserContext, { email, phoneNumber }: UserRow, { kind }: CodeContact) {
  if (kind === 'email' && phoneNumber !== undefined) {
    await stores.codes.endByContact({ kind: 'phone-number', phoneNumber });
  }
  if (kind === 'phone-number' && email !== undefined) await stores.codes.endByContact({ kind: 'email', email });
}

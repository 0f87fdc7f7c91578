import { changeContacts } from '../../accountlinking/operations/change-contacts.ts';
import { StoreUnavailable } from '../../errors.ts';
import type { Email } from '../../types.ts';
import { createUser } from '../../user/operations/create-user.ts';
import { type LoggedIn, toLoggedIn } from '../../user/operations/load-user.ts';
import { markVerified, withVerifiedEmail } from '../../user/operations/mark-verified.ts';
import { contactKeysOf } from '../../user/rules/contact-key.ts';
import type { ThirdParty } from '../../user/rules/user.ts';
import type { UserRow } from '../../user/rules/user-row.ts';
import type { UserContext } from '../../user-context.ts';

export interface SignInUpInput {
  readonly thirdParty: ThirdParty;
  /** The email that the provider reports. It replaces the one that the user had. */
  readonly email: Email;
  /** Whether the provider has verified the email. If not, an email that was verified before stays so. */
  readonly isVerified: boolean;
}

export type SignedInUp =
  | (LoggedIn & { readonly kind: 'signed-in'; readonly isNew: boolean })
  /** The email that the provider reports is that of another primary user. */
  | { readonly kind: 'email-of-another-primary-user' };

/** Where another request has claimed the third-party user and not yet stored its own user, or changes the user's email. */
const ATTEMPTS = 20;

/**
 * Signs in the user of a provider, and creates the user at the first time.
 * @throws StoreUnavailable if another request is about to create or change the user
 */
export async function signInUp(context: UserContext, input: SignInUpInput): Promise<SignedInUp> {
  const { stores, random, clock } = context;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const row = await stores.users.find({ recipe: 'thirdparty', thirdParty: input.thirdParty });
    if (row === undefined) {
      const created = await createUser(context, { ...input, recipe: 'thirdparty' });
      if (created !== undefined) return { kind: 'signed-in', ...created, isNew: true };
    } else if (row.email === input.email) {
      return { kind: 'signed-in', ...(await signIn(context, row, input.isVerified)), isNew: false };
    } else {
      const contacts = contactKeysOf({ ...row, email: input.email });
      const change = { email: input.email, claim: random.uuid() };
      const result = await changeContacts(context, row, contacts, () => stores.users.change(row, change, clock()));
      if (typeof result !== 'string') return { kind: 'email-of-another-primary-user' };
    }
  }
  throw new StoreUnavailable('sign in a user of a provider', 'another request is about to create or change the user');
}

async function signIn(context: UserContext, row: UserRow, isVerified: boolean): Promise<LoggedIn> {
  const loggedIn = await toLoggedIn(context, row);
  await context.activity.note(loggedIn.user.id);
  if (!isVerified) return loggedIn;
  await markVerified(context, row);
  return withVerifiedEmail(loggedIn);
}

import { StoreUnavailable } from '../../errors.ts';
import type { Email, UserId } from '../../types.ts';
import { asStored, publicIdOf, toUser } from '../../user/operations/load-user.ts';
import { markVerified } from '../../user/operations/mark-verified.ts';
import type { ThirdParty, User } from '../../user/rules/user.ts';
import type { UserRow } from '../../user/rules/user-row.ts';
import type { UserContext } from '../../user-context.ts';

export interface SignInUpInput {
  readonly thirdParty: ThirdParty;
  /** The email that the provider reports. It replaces the one that the user had. */
  readonly email: Email;
  /** Whether the provider has verified the email. If not, an email that was verified before stays so. */
  readonly isVerified: boolean;
}

export interface SignedInUp {
  readonly user: User;
  readonly isNew: boolean;
}

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
      const user = await createThirdPartyUser(context, input);
      if (user !== undefined) return { user, isNew: true };
    } else if (row.email === input.email) {
      return { user: await signIn(context, row, input), isNew: false };
    } else {
      await stores.users.change(row, { email: input.email, claim: random.uuid() }, clock());
    }
  }
  throw new StoreUnavailable('sign in a user of a provider', 'another request is about to create or change the user');
}

/** @returns `undefined` if another request has created the user, or is about to */
async function createThirdPartyUser(
  context: UserContext,
  { thirdParty, email, isVerified }: SignInUpInput,
): Promise<User | undefined> {
  const { stores, random, clock, activity } = context;
  const user = {
    id: random.uuid() as UserId,
    recipe: 'thirdparty',
    thirdParty,
    email,
    timeJoined: clock(),
    isVerified,
    claim: random.uuid(),
  } as const;
  if (!(await stores.users.create(user))) return undefined;
  await activity.note(user.id);
  return toUser(context, asStored(user));
}

async function signIn(context: UserContext, row: UserRow, { email, isVerified }: SignInUpInput): Promise<User> {
  await context.activity.note(publicIdOf(row));
  const user = await toUser(context, row);
  if (!isVerified || user.loginMethods[0].isVerified) return user;
  await markVerified(context, row, email);
  return toUser(context, { ...row, isVerified });
}

import type { Answer } from '../../http/endpoint.ts';
import { CdiRefusal } from '../../http/refusal.ts';
import { isUserId } from '../../http/schema.ts';
import type { Email, JsonObject } from '../../types.ts';
import { listUsersByEmail } from '../../user/operations/list-users.ts';
import { findLoginMethod, toUser } from '../../user/operations/load-user.ts';
import { normalisedEmail } from '../../user/rules/email.ts';
import { thirdPartyOf } from '../../user/rules/third-party.ts';
import type { User } from '../../user/rules/user.ts';
import { describeLoggedIn, describeUserFor } from '../../user/wire/describe-user.ts';
import type { UserContext } from '../../user-context.ts';
import { signInUp } from '../operations/sign-in-up.ts';
import type { UserQuery } from './query.ts';

type UserAnswer<Input> = Answer<Input, UserContext>;

interface SignInUpFields {
  readonly thirdPartyId: string;
  readonly thirdPartyUserId: string;
  readonly email: { readonly id: Email; readonly isVerified: boolean | undefined };
}

const EMAIL_OF_ANOTHER: JsonObject = {
  status: 'EMAIL_CHANGE_NOT_ALLOWED_ERROR',
  reason: 'Email already associated with another primary user.',
};

/** POST /recipe/signinup */
export const answerSignInUp: UserAnswer<SignInUpFields> = async (context, input, call) => {
  const thirdParty = thirdPartyOf(input.thirdPartyId, input.thirdPartyUserId);
  if (thirdParty === undefined) throw new CdiRefusal(400, "Field name 'thirdPartyUserId' is invalid in JSON input");
  const { id: email, isVerified } = input.email;
  const result = await signInUp(context, { thirdParty, email, isVerified: isVerified === true });
  if (result.kind === 'email-of-another-primary-user') return EMAIL_OF_ANOTHER;
  return { status: 'OK', createdNewUser: result.isNew, ...describeLoggedIn(result, call) };
};

const isOfThirdParty = (user: User): boolean => user.loginMethods.some(({ recipe }) => recipe === 'thirdparty');

/** GET /recipe/users/by-email */
export const answerUsersByEmail: UserAnswer<string> = async (context, given, call) => {
  const email = normalisedEmail(given);
  const users = email === undefined ? [] : await listUsersByEmail(context, email);
  return { status: 'OK', users: users.filter(isOfThirdParty).map((user) => describeUserFor(user, call)) };
};

/** GET /recipe/user with `rid: thirdparty` */
export const answerGetUser: UserAnswer<UserQuery> = async (context, query, call) => {
  const user = await (query.kind === 'by-id' ? userById(context, query.userId) : userOfProvider(context, query));
  if (user !== undefined) return { status: 'OK', user: describeUserFor(user, call) };
  return UNKNOWN[query.kind];
};

const UNKNOWN: Readonly<Record<UserQuery['kind'], JsonObject>> = {
  'by-id': { status: 'UNKNOWN_USER_ID_ERROR' },
  'by-third-party': { status: 'UNKNOWN_THIRD_PARTY_USER_ERROR' },
};

async function userById(context: UserContext, userId: string): Promise<User | undefined> {
  return isUserId(userId) ? findLoginMethod(context, userId, 'thirdparty') : undefined;
}

async function userOfProvider(
  context: UserContext,
  { id, userId }: { readonly id: string; readonly userId: string },
): Promise<User | undefined> {
  const thirdParty = thirdPartyOf(id, userId);
  if (thirdParty === undefined) return undefined;
  const row = await context.stores.users.find({ recipe: 'thirdparty', thirdParty });
  return row && toUser(context, row);
}

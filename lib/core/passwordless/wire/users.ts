import type { Answer } from '../../http/endpoint.ts';
import { CdiRefusal } from '../../http/refusal.ts';
import { isUserId } from '../../http/schema.ts';
import type { Email, JsonObject, UserId } from '../../types.ts';
import { findLoginMethod, toUser } from '../../user/operations/load-user.ts';
import type { User } from '../../user/rules/user.ts';
import { describeUserFor } from '../../user/wire/describe-user.ts';
import type { UserContext } from '../../user-context.ts';
import { type UpdateContactResult, updateContact } from '../operations/update-contact.ts';
import { onlyOneOf, phoneNumberIn, queryContact } from './fields.ts';

/** How a query names a user. */
export type UserQuery = { readonly userId: string } | { readonly email: string } | { readonly phoneNumber: string };

const NAMES = ['userId', 'email', 'phoneNumber'] as const;

/** @throws CdiRefusal 400 unless the query has exactly one of them */
export const queryUser = (query: URLSearchParams): UserQuery => onlyOneOf(query, NAMES);

/** GET /recipe/user with `rid: passwordless` */
export const answerGetUser: Answer<UserQuery, UserContext> = async (context, query, call) => {
  const user = await ('userId' in query ? userById(context, query.userId) : userByContact(context, query));
  if (user !== undefined) return { status: 'OK', user: describeUserFor(user, call) };
  if ('userId' in query) return { status: 'UNKNOWN_USER_ID_ERROR' };
  return { status: 'email' in query ? 'UNKNOWN_EMAIL_ERROR' : 'UNKNOWN_PHONE_NUMBER_ERROR' };
};

async function userById(context: UserContext, userId: string): Promise<User | undefined> {
  return isUserId(userId) ? findLoginMethod(context, userId, 'passwordless') : undefined;
}

async function userByContact(
  context: UserContext,
  query: { readonly email: string } | { readonly phoneNumber: string },
): Promise<User | undefined> {
  const contact = await queryContact(context, query);
  if (contact === undefined) return undefined;
  const row = await context.stores.users.find({ recipe: 'passwordless', ...contact });
  return row && toUser(context, row);
}

interface UpdateFields {
  /** Versions before 4.0 name the user by `userId`. */
  readonly recipeUserId: UserId | undefined;
  readonly userId: UserId | undefined;
  readonly email: Email | null | undefined;
  readonly phoneNumber: string | null | undefined;
}

const UPDATE_STATUS: Readonly<Record<Exclude<UpdateContactResult, 'nothing-left'>, JsonObject>> = {
  updated: { status: 'OK' },
  'unknown-user': { status: 'UNKNOWN_USER_ID_ERROR' },
  'email-taken': { status: 'EMAIL_ALREADY_EXISTS_ERROR' },
  'phone-number-taken': { status: 'PHONE_NUMBER_ALREADY_EXISTS_ERROR' },
  'email-of-another-primary-user': {
    status: 'EMAIL_CHANGE_NOT_ALLOWED_ERROR',
    reason: 'New email is associated with another primary user ID',
  },
  'phone-number-of-another-primary-user': {
    status: 'PHONE_NUMBER_CHANGE_NOT_ALLOWED_ERROR',
    reason: 'New phone number is associated with another primary user ID',
  },
};

/** PUT /recipe/user with `rid: passwordless` */
export const answerUpdateUser: Answer<UpdateFields, UserContext> = async (context, input) => {
  const userId = input.recipeUserId ?? input.userId;
  if (!userId) return UPDATE_STATUS['unknown-user'];
  const phoneNumber =
    typeof input.phoneNumber === 'string' ? await phoneNumberIn(context, input.phoneNumber) : input.phoneNumber;
  const result = await updateContact(context, { userId, email: input.email, phoneNumber });
  if (result === 'nothing-left') throw new CdiRefusal(400, 'You cannot clear both email and phone number of a user');
  return UPDATE_STATUS[result];
};

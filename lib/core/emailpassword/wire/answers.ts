import type { Call } from '../../http/call.ts';
import type { Answer } from '../../http/endpoint.ts';
import { CdiRefusal } from '../../http/refusal.ts';
import { isUserId } from '../../http/schema.ts';
import { isAtLeast } from '../../http/versions.ts';
import type { Email, Json, JsonObject, PasswordHash, UserId } from '../../types.ts';
import { findLoginMethod, findRow, findUser, toUser } from '../../user/operations/load-user.ts';
import { normalisedEmail } from '../../user/rules/email.ts';
import { describeLoggedIn, describeUserFor } from '../../user/wire/describe-user.ts';
import { checkPassword } from '../../user/wire/fields.ts';
import type { UserContext } from '../../user-context.ts';
import { importHash } from '../operations/import-hash.ts';
import { consumeResetToken, createResetToken, resetPassword, type UsedResetToken } from '../operations/reset-tokens.ts';
import { signIn } from '../operations/sign-in.ts';
import { type Credentials, signUp } from '../operations/sign-up.ts';
import { type UpdateUserResult, updateUser } from '../operations/update-user.ts';
import { algorithmOf, type HashAlgorithm } from '../rules/password-hashing.ts';

type UserAnswer<Input> = Answer<Input, UserContext>;

const UNKNOWN_USER_ID: JsonObject = { status: 'UNKNOWN_USER_ID_ERROR' };

/** POST /recipe/signup */
export const answerSignUp: UserAnswer<Credentials> = async (context, input, call) => {
  checkPassword(input.password);
  const signedUp = await signUp(context, input);
  if (signedUp === undefined) return { status: 'EMAIL_ALREADY_EXISTS_ERROR' };
  return { status: 'OK', ...describeLoggedIn(signedUp, call) };
};

/** POST /recipe/signin */
export const answerSignIn: UserAnswer<{ readonly email: string; readonly password: string }> = async (
  context,
  { email, password },
  call,
) => {
  const signedIn = await signIn(context, { email: normalisedEmail(email), password });
  if (signedIn === undefined) return { status: 'WRONG_CREDENTIALS_ERROR' };
  return { status: 'OK', ...describeLoggedIn(signedIn, call) };
};

interface UserQuery {
  readonly userId: string | null;
  readonly email: string | null;
}

/** GET /recipe/user */
export const answerGetUser: UserAnswer<UserQuery> = async (context, { userId, email }, call) => {
  if (userId !== null) {
    const user = isUserId(userId) ? await findLoginMethod(context, userId, 'emailpassword') : undefined;
    return user === undefined ? UNKNOWN_USER_ID : { status: 'OK', user: describeUserFor(user, call) };
  }
  const normalised = normalisedEmail(email ?? '');
  const row =
    normalised === undefined
      ? undefined
      : await context.stores.users.find({ recipe: 'emailpassword', email: normalised });
  if (row === undefined) return { status: 'UNKNOWN_EMAIL_ERROR' };
  return { status: 'OK', user: describeUserFor(await toUser(context, row), call) };
};

/** @throws CdiRefusal 400 unless exactly one of the two is given */
export function checkUserQuery({ userId, email }: UserQuery): void {
  if (userId !== null && email !== null) throw new CdiRefusal(400, 'Please provide only one of userId or email');
  if (userId === null && email === null) throw new CdiRefusal(400, 'Please provide one of userId or email');
}

interface UpdateInput {
  /** Versions before 4.0 name the user by `userId`. */
  readonly recipeUserId: UserId | undefined;
  readonly userId: UserId | undefined;
  readonly email: Email | undefined;
  readonly password: string | undefined;
}

const UPDATED: Readonly<Record<UpdateUserResult, JsonObject>> = {
  updated: { status: 'OK' },
  'unknown-user': UNKNOWN_USER_ID,
  'email-taken': { status: 'EMAIL_ALREADY_EXISTS_ERROR' },
  'email-of-another-primary-user': {
    status: 'EMAIL_CHANGE_NOT_ALLOWED_ERROR',
    reason: 'New email is associated with another primary user ID',
  },
};

/** PUT /recipe/user */
export const answerUpdateUser: UserAnswer<UpdateInput> = async (context, input) => {
  if (input.email === undefined && input.password === undefined) {
    throw new CdiRefusal(400, 'You have to provide either email or password.');
  }
  checkPassword(input.password);
  const userId = input.recipeUserId ?? input.userId;
  return userId ? UPDATED[await updateUser(context, { ...input, userId })] : UNKNOWN_USER_ID;
};

interface ResetTokenInput {
  readonly userId: UserId;
  /** Of any type: an unknown user is reported first, and versions before 4.0 do not read it. */
  readonly email: Json | undefined;
}

/** POST /recipe/user/password/reset/token */
export const answerCreateResetToken: UserAnswer<ResetTokenInput> = async (context, { userId, email }, { version }) => {
  const isEmailRead = isAtLeast(version, '4.0');
  if (isEmailRead && typeof email !== 'string') {
    if ((await findRow(context, userId)) === undefined) return UNKNOWN_USER_ID;
    throw new CdiRefusal(400, "Field name 'email' is invalid in JSON input");
  }
  if (!isEmailRead && (await hasLinked(context, userId))) throw new CdiRefusal(400, 'Please use CDI version >= 4.0');
  const given = isEmailRead && typeof email === 'string' ? email : undefined;
  const token = await createResetToken(context, { userId, email: given, isForAnyRecipe: isEmailRead });
  return token === undefined ? UNKNOWN_USER_ID : { status: 'OK', token };
};

/** Whether a user has several login methods. */
const hasLinked = async (context: UserContext, userId: UserId): Promise<boolean> =>
  ((await findUser(context, userId))?.loginMethods ?? []).length > 1;

/** POST /recipe/user/password/reset/token/consume */
export const answerConsumeResetToken: UserAnswer<{ readonly token: string }> = async (context, { token }) =>
  describeUsed(await consumeResetToken(context, token), ({ userId, email }) => ({ userId, email }));

interface ResetInput {
  readonly method: string;
  readonly token: string;
  readonly newPassword: string;
}

/** POST /recipe/user/password/reset */
export const answerResetPassword: UserAnswer<ResetInput> = async (context, { method, token, newPassword }) => {
  if (method !== 'token') throw new CdiRefusal(400, 'Unsupported method for password reset');
  checkPassword(newPassword);
  return describeUsed(await resetPassword(context, token, newPassword), ({ userId }) => ({ userId }));
};

const describeUsed = (used: UsedResetToken | undefined, describe: (used: UsedResetToken) => JsonObject): JsonObject =>
  used === undefined ? { status: 'RESET_PASSWORD_INVALID_TOKEN_ERROR' } : { status: 'OK', ...describe(used) };

interface ImportInput {
  readonly email: Email;
  readonly passwordHash: string;
  readonly hashingAlgorithm: string | undefined;
}

/** POST /recipe/user/passwordhash/import */
export const answerImportHash: UserAnswer<ImportInput> = async (context, input, call: Call) => {
  const hash = input.passwordHash.trim();
  checkHash(context, hash, input.hashingAlgorithm?.toLowerCase());
  const { user, didExist } = await importHash(context, input.email, hash as PasswordHash);
  return { status: 'OK', user: describeUserFor(user, call), didUserAlreadyExist: didExist };
};

const ALGORITHM_NAMES: Readonly<Record<HashAlgorithm, string>> = {
  bcrypt: 'BCrypt',
  argon2: 'Argon2',
  firebase_scrypt: 'Firebase SCrypt',
};

/** @throws CdiRefusal 400 if the hash could never be checked */
function checkHash({ passwords }: UserContext, hash: string, expected: string | undefined): void {
  if (hash === '') throw new CdiRefusal(400, 'Password hash cannot be an empty string');
  if (expected !== undefined && !isAlgorithm(expected)) {
    throw new CdiRefusal(400, 'Unsupported password hashing algorithm');
  }
  const algorithm = algorithmOf(hash);
  if (algorithm === undefined || (expected !== undefined && algorithm !== expected)) {
    const name = expected === undefined ? '' : `${ALGORITHM_NAMES[expected]} `;
    throw new CdiRefusal(400, `Password hash is in invalid ${name}format`);
  }
  if (algorithm === 'firebase_scrypt' && !passwords.knowsFirebase) {
    throw new CdiRefusal(400, 'The core needs FIREBASE_PASSWORD_HASHING_SIGNER_KEY to import hashes of Firebase');
  }
}

const isAlgorithm = (name: string): name is HashAlgorithm => Object.hasOwn(ALGORITHM_NAMES, name);

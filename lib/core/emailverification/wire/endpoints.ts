import { type Answer, type Endpoint, withBody, withQuery } from '../../http/endpoint.ts';
import { CdiRefusal } from '../../http/refusal.ts';
import { queryText, queryUserId, text, userId } from '../../http/schema.ts';
import { appSpecific, ownTenant } from '../../http/tenant-rules.ts';
import type { UserId } from '../../types.ts';
import { email } from '../../user/wire/fields.ts';
import type { UserContext } from '../../user-context.ts';
import { createVerificationToken, type UserEmail, verifyEmail } from '../operations/verify-email.ts';

type VerificationAnswer<Input> = Answer<Input, UserContext>;

/** POST /recipe/user/email/verify/token */
const answerCreateToken: VerificationAnswer<UserEmail> = async (context, input) => {
  const token = await createVerificationToken(context, input);
  return token === undefined ? { status: 'EMAIL_ALREADY_VERIFIED_ERROR' } : { status: 'OK', token };
};

/** POST /recipe/user/email/verify */
const answerVerify: VerificationAnswer<{ readonly method: string; readonly token: string }> = async (
  context,
  { method, token },
) => {
  if (method !== 'token') throw new CdiRefusal(400, 'Unsupported method for email verification');
  const verified = await verifyEmail(context, token);
  return verified === undefined
    ? { status: 'EMAIL_VERIFICATION_INVALID_TOKEN_ERROR' }
    : { status: 'OK', userId: verified.userId, email: verified.email };
};

/** GET /recipe/user/email/verify: the email is taken as it is given. */
const answerIsVerified: VerificationAnswer<{ readonly userId: UserId; readonly email: string }> = async (
  { stores },
  { userId, email },
) => ({ status: 'OK', isVerified: await stores.verification.isVerified(userId, email) });

/** POST /recipe/user/email/verify/token/remove */
const answerRemoveTokens: VerificationAnswer<UserEmail> = async ({ stores, random }, { userId, email }) => {
  await stores.verification.endSeries(userId, email, random.uuid());
  return { status: 'OK' };
};

/** POST /recipe/user/email/verify/remove */
const answerUnverify: VerificationAnswer<UserEmail> = async ({ stores }, { userId, email }) => {
  await stores.verification.unverify(userId, email);
  return { status: 'OK' };
};

/** The endpoints of the EmailVerification recipe. */
export const EMAIL_VERIFICATION: readonly Endpoint<UserContext>[] = [
  withBody('POST', '/recipe/user/email/verify/token', () => ({ userId, email }), [ownTenant], answerCreateToken),
  withBody('POST', '/recipe/user/email/verify', () => ({ method: text, token: text }), [ownTenant], answerVerify),
  withQuery(
    '/recipe/user/email/verify',
    (query) => ({ userId: queryUserId(query), email: queryText(query, 'email') }),
    appSpecific,
    answerIsVerified,
  ),
  withBody(
    'POST',
    '/recipe/user/email/verify/token/remove',
    () => ({ userId, email }),
    [ownTenant],
    answerRemoveTokens,
  ),
  withBody('POST', '/recipe/user/email/verify/remove', () => ({ userId, email }), [appSpecific], answerUnverify),
];

import type { Email, UserId } from '../../types.ts';
import { hashOfToken, makeLinkToken } from '../../user/operations/link-token.ts';
import type { UserContext } from '../../user-context.ts';

/** A user's id, which may be any text, and an email. */
export interface UserEmail {
  readonly userId: UserId;
  readonly email: Email;
}

/** Makes a token with which the email can be verified. @returns `undefined` if it is verified already */
export async function createVerificationToken(
  { stores, random, clock, userConfig }: UserContext,
  { userId, email }: UserEmail,
): Promise<string | undefined> {
  if (await stores.verification.isVerified(userId, email)) return undefined;
  const series = await stores.verification.beginSeries(userId, email, random.uuid());
  const token = makeLinkToken(random);
  const expiry = clock() + userConfig.emailVerificationTokenLifetime;
  await stores.verificationTokens.put({ hash: hashOfToken(token), userId, email, series, expiry });
  return token;
}

/**
 * Verifies the email of a token, and ends every other token of it. An expired token ends them, too.
 * @returns `undefined` if the token is not good
 */
export async function verifyEmail(
  { stores, random, clock }: UserContext,
  token: string,
): Promise<{ readonly userId: UserId; readonly email: string } | undefined> {
  const found = await stores.verificationTokens.get(hashOfToken(token));
  if (found === undefined) return undefined;
  const { userId, email, series, expiry, hash } = found;
  const isExpired = expiry <= clock();
  if (isExpired) await stores.verification.endSeries(userId, email, random.uuid());
  const isVerified = !isExpired && (await stores.verification.verify(userId, email, series, random.uuid()));
  // What is left behind is worth nothing, for its series has ended.
  await stores.verificationTokens.delete(hash);
  return isVerified ? { userId, email } : undefined;
}

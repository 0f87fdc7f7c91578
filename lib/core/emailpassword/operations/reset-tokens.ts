import type { UserId } from '../../types.ts';
import { hashOfToken, makeLinkToken } from '../../user/operations/link-token.ts';
import { findRow, publicIdOf } from '../../user/operations/load-user.ts';
import type { LinkToken } from '../../user/store/token-store.ts';
import type { UserContext } from '../../user-context.ts';

export interface CreateResetTokenInput {
  readonly userId: UserId;
  /** Stored as it is, and returned when the token is used. If absent, it is the user's own email. */
  readonly email: string | undefined;
  /** Whether a user of another recipe may have a token. */
  readonly isForAnyRecipe: boolean;
}

/** Makes a token with which the user may set another password. @returns `undefined` if there is no such user */
export async function createResetToken(
  context: UserContext,
  input: CreateResetTokenInput,
): Promise<string | undefined> {
  const { stores, random, clock, userConfig } = context;
  const row = await findRow(context, input.userId);
  if (row === undefined || !(input.isForAnyRecipe || row.recipe === 'emailpassword')) return undefined;
  const email = input.email ?? row.email;
  if (email === undefined) return undefined;
  const series = row.resetSeries ?? (await stores.users.beginResetSeries(row.id, random.uuid()));
  if (series === undefined) return undefined;
  const token = makeLinkToken(random);
  await stores.resetTokens.put({
    hash: hashOfToken(token),
    userId: row.id,
    email,
    series,
    expiry: clock() + userConfig.passwordResetTokenLifetime,
  });
  return token;
}

/** Whose a token was. */
export interface UsedResetToken {
  readonly userId: UserId;
  readonly email: string;
}

/**
 * Uses a token up, and with it every other token of the user, even if it has expired.
 * @returns `undefined` if the token is not good
 */
export async function consumeResetToken(context: UserContext, token: string): Promise<UsedResetToken | undefined> {
  const found = await findToken(context, token);
  return found === undefined ? undefined : useToken(context, found, undefined);
}

/** {@link consumeResetToken}, and sets another password in the same write. */
export async function resetPassword(
  context: UserContext,
  token: string,
  password: string,
): Promise<UsedResetToken | undefined> {
  const { stores, passwords } = context;
  const found = await findToken(context, token);
  if (found === undefined) return undefined;
  const row = await stores.users.get(found.userId);
  if (row?.recipe !== 'emailpassword') return undefined;
  return useToken(context, found, await passwords.hash(password));
}

const findToken = ({ stores }: UserContext, token: string): Promise<LinkToken | undefined> =>
  stores.resetTokens.get(hashOfToken(token));

async function useToken(
  context: UserContext,
  { hash, userId, email, series, expiry }: LinkToken,
  passwordHash: Parameters<UserContext['stores']['users']['endResetSeries']>[3],
): Promise<UsedResetToken | undefined> {
  const { stores, random, clock } = context;
  const isExpired = expiry <= clock();
  const isUsed = await stores.users.endResetSeries(userId, series, random.uuid(), isExpired ? undefined : passwordHash);
  // What is left behind is worth nothing, for its series has ended.
  await stores.resetTokens.delete(hash);
  if (!isUsed || isExpired) return undefined;
  const row = await stores.users.get(userId);
  return { userId: row === undefined ? userId : publicIdOf(row), email };
}

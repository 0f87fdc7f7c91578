import type { TooManyAttempts } from '../login/attempts.ts';
import type { MailKind, MailLimit } from '../login/mail-limit.ts';
import { ServiceError } from './errors.ts';

/** The 429 for a request beyond a limit. */
export const tooMany = ({ retryAfter }: TooManyAttempts): ServiceError =>
  new ServiceError('too_many_attempts', 'Too many attempts. Please try again later.', {
    'retry-after': String(retryAfter),
  });

/**
 * Sends a mail if its address has had none of its kind for a minute. A mail that was not sent does not count.
 * @throws ServiceError 429, and whatever `send` throws
 */
export async function inTurn<T>(
  mailLimit: MailLimit,
  kind: MailKind,
  email: string,
  send: () => Promise<T>,
): Promise<T> {
  const turn = await mailLimit.take(kind, email);
  if (turn.status !== 'OK') throw tooMany(turn);
  try {
    return await send();
  } catch (error) {
    await mailLimit.giveBack(kind, email);
    throw error;
  }
}

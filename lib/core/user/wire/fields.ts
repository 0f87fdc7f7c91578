import { CdiRefusal } from '../../http/refusal.ts';
import { ignored, required, userId } from '../../http/schema.ts';
import { type CdiVersion, isAtLeast } from '../../http/versions.ts';
import { normalisedEmail } from '../rules/email.ts';

/** An email that a user can have. It is normalised. */
export const email = required((value) => (typeof value === 'string' ? normalisedEmail(value) : undefined));

/** The field with the id of a login method. Versions before 4.0 call it the user's. */
export const loginMethodId = (version: CdiVersion) =>
  isAtLeast(version, '4.0') ? { recipeUserId: userId, userId: ignored } : { recipeUserId: ignored, userId };

/** @throws CdiRefusal 400 if a new password is empty */
export function checkPassword(password: string | undefined): void {
  if (password === '') throw new CdiRefusal(400, 'Password cannot be an empty string');
}

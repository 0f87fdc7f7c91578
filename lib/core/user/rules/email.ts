import type { Email } from '../../types.ts';
import { canBeSought } from './sought-text.ts';

/** @returns the address as it is stored and compared; `undefined` if it is empty or too long to be stored */
export function normalisedEmail(given: string): Email | undefined {
  const email = given.trim().toLowerCase();
  return canBeSought(email) ? (email as Email) : undefined;
}

/** What follows the first `@`; empty if there is none. */
export const domainOf = (email: Email): string => email.split('@').slice(1).join('@');

/** Addresses that SuperTokens' SDKs make up for users without one. They receive no mail, so they count as verified. */
export const isFakeEmail = (email: Email): boolean =>
  email.endsWith('@stfakeemail.supertokens.com') || email.endsWith('.fakeemail.com');

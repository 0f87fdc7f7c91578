import { isValidPhoneNumber } from 'libphonenumber-js/max';

/** Whether SuperTokens' SDK sends codes to a phone number. It rejects all others, so their users could not sign in. */
export const isPhoneNumber = (typed: string): boolean => isValidPhoneNumber(typed);

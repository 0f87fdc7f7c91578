/**
 * An e-mail as the core stores and compares it. Some letters outside ASCII become ASCII letters, such as the Kelvin sign. So a
 * message about an account goes to this form: what a client typed can be another person's address.
 */
export const storedEmail = (given: string): string => given.trim().toLowerCase();

/** Whether an e-mail is stored as it was given, but for blanks around it and ASCII capitals. What is not may be another address. */
export const isStoredAsGiven = (given: string): boolean =>
  storedEmail(given) === given.trim().replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/**
 * Whether every mail program reads an e-mail as one address. SuperTokens' SDK accepts any quoted text before the `@`, and such a text can
 * hold another address. Mail programs then send to that one. Some also decode `=?` (RFC 2047) before they look for the address.
 */
export const isOneAddress = (email: string): boolean => ONE_ADDRESS.test(email) && !email.includes('=?');

const ONE_ADDRESS = /^[^\s\p{C}"<>()[\]\\,;:@]+@[^\s\p{C}"<>()\\,;:@]+$/u;

const MADE_UP_DOMAIN = '@stfakeemail.supertokens.com';

/** Whether the SDK has made up a stored e-mail. It receives no mail, and the core takes it for verified. */
export const isMadeUpEmail = (email: string): boolean =>
  email.endsWith(MADE_UP_DOMAIN) || email.endsWith('.fakeemail.com');

/** An e-mail as the SDK makes it up. @param name whom it is for */
export const madeUpEmailOf = (name: string): string => `${name}${MADE_UP_DOMAIN}`;

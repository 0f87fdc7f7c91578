/**
 * An e-mail as the core stores and compares it. Some letters outside ASCII become ASCII letters, such as the Kelvin sign. So a
 * message about an account goes to this form: what a client typed can be another person's address.
 */
export const storedEmail = (given: string): string => given.trim().toLowerCase();

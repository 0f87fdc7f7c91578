/** One `@` with names around it. Neither blanks nor control, format or unassigned characters. */
const EMAIL = /^[^@\s\p{C}]+@[^@\s\p{C}]+$/u;

/** Whether a text that was typed is an e-mail address. The core trims it and ignores case. */
export const isEmail = (typed: string): boolean => EMAIL.test(typed.trim());

/** What to add if no user has the id that was typed. An e-mail is no id, unless a log-in of your own makes it one. */
export const emailHint = (typed: string): string =>
  isEmail(typed) ? ' To find a user by an e-mail, use --email.' : '';

/** One `@` with names around it. Neither blanks nor control, format or unassigned characters. */
const EMAIL = /^[^@\s\p{C}]+@[^@\s\p{C}]+$/u;

/** Whether a text that was typed is an e-mail address. The core trims it and ignores case. */
export const isEmail = (typed: string): boolean => EMAIL.test(typed.trim());

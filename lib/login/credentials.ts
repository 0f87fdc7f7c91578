/** What a client sent as its credentials, not yet looked at. */
export interface GivenCredentials {
  readonly email?: unknown;
  readonly password?: unknown;
}

/** Credentials in their normal form: two spellings of the same e-mail or password are the same text. */
export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** The faulty field and what to tell its user; it never repeats what was typed. */
export interface FieldError {
  readonly status: 'FIELD_ERROR';
  readonly field: 'email' | 'password';
  readonly message: string;
}

type ParsedCredentials = ({ readonly status: 'OK' } & Credentials) | FieldError;

const MIN_NEW_PASSWORD = 8;

/**
 * Reads the credentials of somebody who signs up.
 *
 * A new password has 8 to 200 characters, counted in code points after normalisation, and any character may be in it
 * (NIST SP 800-63B, revision 3, section 5.1.1.2). Revision 4 asks for 15 where the password is the only factor.
 */
export const parseNewCredentials = (given: GivenCredentials): ParsedCredentials => parse(given, MIN_NEW_PASSWORD);

/**
 * Reads the credentials of somebody who logs in. A password too short for a new one is merely wrong here, so that a
 * later, stricter minimum locks nobody out.
 */
export const parseCredentials = (given: GivenCredentials): ParsedCredentials => parse(given, 1);

function parse(given: GivenCredentials, minPassword: number): ParsedCredentials {
  const email = normaliseEmail(given.email);
  if (email === undefined) {
    return { status: 'FIELD_ERROR', field: 'email', message: 'This is not an e-mail address.' };
  }
  const password = normalisePassword(given.password, minPassword);
  if (password === undefined) {
    const message = `A password has ${minPassword} to ${MAX_PASSWORD} characters.`;
    return { status: 'FIELD_ERROR', field: 'password', message };
  }
  return { status: 'OK', email, password };
}

/** RFC 5321, section 4.5.3.1.3: a path has 256 octets, the angle brackets included. */
const MAX_EMAIL_BYTES = 254;
/** One `@`, behind it names with a dot between them; neither blanks nor control, format or unassigned characters. */
const EMAIL = /^[^@\s\p{C}]+@[^@.\s\p{C}]+(\.[^@.\s\p{C}]+)+$/u;

/**
 * Trimmed, in lower case and NFC. The part before the `@` may be case-sensitive (RFC 5321, section 2.4), but people
 * type it either way. Dots and `+tags`, which some providers ignore, are kept. Whoever mails a user must use this form,
 * never what was typed: some characters outside ASCII become ASCII letters in lower case.
 */
export function normaliseEmail(given: unknown): string | undefined {
  const email = textOf(given)?.trim().toLowerCase().normalize('NFC');
  return email !== undefined && Buffer.byteLength(email) <= MAX_EMAIL_BYTES && EMAIL.test(email) ? email : undefined;
}

const MAX_PASSWORD = 200;

/**
 * In NFKC, so that keyboards which compose characters differently give the same password (NIST SP 800-63B, revision 3,
 * section 5.1.1.2), and counted so, lest its length depend on the keyboard.
 */
function normalisePassword(given: unknown, min: number): string | undefined {
  const password = textOf(given)?.normalize('NFKC');
  const length = password === undefined ? 0 : [...password].length;
  return length >= min && length <= MAX_PASSWORD ? password : undefined;
}

/** Well over what the limits above allow before normalisation. */
const MAX_GIVEN_LENGTH = 1000;

/**
 * A text short enough to be normalised, which takes quadratic time: seconds for 100,000 combining marks. Half a
 * surrogate pair becomes U+FFFD in UTF-8, so that different passwords would be the same.
 */
const textOf = (given: unknown): string | undefined =>
  typeof given === 'string' && given.length <= MAX_GIVEN_LENGTH && given.isWellFormed() ? given : undefined;

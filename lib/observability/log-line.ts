/**
 * A JWT, and before it what may stand there without a break: `%20` or a word. The lookahead takes the longest text
 * without a dot at once, and never tries a shorter one. So the time grows with the length, and not with its square.
 */
const JWT = /(?<![\w-])(?=([\w-]*?)(eyJ[\w-]+))\1\2\.[\w-]+\.[\w.-]*/g;

/** `<base64>.<nonce>.V2`, as it is or percent-encoded in a cookie. */
const REFRESH_TOKEN = /(?<![\w+/=%-])[\w+/=%-]{20,}\.[\da-f]{16,}\.V2\b/g;

/** Of every algorithm that the core has: Argon2, bcrypt and Firebase's scrypt. Accounts of version 0.2.0 have scrypt. */
const PASSWORD_HASH = /\$(?:argon2(?:id|i|d)|2[abxy]|f_scrypt|scrypt)\$[\w=,$+/.]+/g;

/** Without tokens as clients hold them, and stored password hashes: an error's message may quote what it was about. */
const withoutSecrets = (text: string): string =>
  text.replace(JWT, '$1[secret]').replace(REFRESH_TOKEN, '[secret]').replace(PASSWORD_HASH, '[secret]');

/** What JSON may have as it is: DEL and C1 controls, which terminals obey; ends of lines; and what turns text around. */
const UNPRINTED = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;
const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Writes one line of JSON to the standard output, which Lambda hands to CloudWatch Logs. */
export function writeLine(entry: object): void {
  process.stdout.write(`${formatLine(entry)}\n`);
}

/**
 * One line of JSON, errors with their stacks and causes. What looks like a token or a password hash is left out, and what
 * could make a terminal do something is escaped.
 */
export const formatLine = (entry: object): string =>
  JSON.stringify(entry, (_name, value) => loggable(value)).replace(UNPRINTED, escaped);

/** Each value before it becomes JSON: in JSON, a token can stand behind the letter of an escape such as `\n`. */
function loggable(value: unknown): unknown {
  if (typeof value === 'string') return withoutSecrets(value);
  if (value instanceof Error) return describe(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [withoutSecrets(name), member]));
}

const describe = (error: Error & { readonly code?: unknown }) => ({
  name: error.name,
  ...(typeof error.code === 'string' && { code: error.code }),
  message: error.message,
  stack: error.stack,
  ...(error.cause !== undefined && { cause: error.cause }),
  ...(error instanceof AggregateError && { errors: error.errors }),
});

/**
 * Tokens as clients hold them, and stored password hashes: an error's message may quote what it was about. Beside a JWT
 * these are a refresh token, `<base64>.<nonce>.V2`, as it is or percent-encoded in a cookie, and a hash in the PHC format.
 */
const SECRET = /\beyJ[\w-]+\.[\w-]+\.[\w-]*|(?<![\w+/=%-])[\w+/=%-]{20,}\.[\da-f]{16,}\.V2\b|\$scrypt\$[\w=,$+/]+/g;

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
  JSON.stringify(entry, (_name, value) => (value instanceof Error ? describe(value) : value))
    .replace(SECRET, '[secret]')
    .replace(UNPRINTED, escaped);

const describe = (error: Error & { readonly code?: unknown }) => ({
  name: error.name,
  ...(typeof error.code === 'string' && { code: error.code }),
  message: error.message,
  stack: error.stack,
  ...(error.cause !== undefined && { cause: error.cause }),
  ...(error instanceof AggregateError && { errors: error.errors }),
});

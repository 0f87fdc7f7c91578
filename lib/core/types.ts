declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Names one session: a random UUID, with `_<tenant>` appended for a tenant other than `public`. */
export type SessionHandle = Brand<string, 'SessionHandle'>;
/** Whatever the caller names its users by; kept byte for byte. */
export type UserId = Brand<string, 'UserId'>;
/** `<base64>.<nonce>.V2`, as the official core writes it. */
export type RefreshToken = Brand<string, 'RefreshToken'>;
/** An RS256 JWT of version 4 or 5. */
export type AccessToken = Brand<string, 'AccessToken'>;
export type AntiCsrfToken = Brand<string, 'AntiCsrfToken'>;
/** SHA-256 of a refresh token, hex. Public: access tokens carry it. */
export type Hash1 = Brand<string, 'Hash1'>;
/** SHA-256 of a {@link Hash1}, hex. All that the store knows of a refresh token. */
export type Hash2 = Brand<string, 'Hash2'>;
/** An e-mail address as it is stored and compared: trimmed and in lower case. Its syntax is not examined. */
export type Email = Brand<string, 'Email'>;
/** A phone number as it is stored and compared: in the form of E.164 (`+16505550100`) if it could be read, else only trimmed. */
export type PhoneNumber = Brand<string, 'PhoneNumber'>;
/** Names an attempt to log in by a code; SuperTokens calls it a device. SHA-256 of the device's id, base64url. */
export type PreAuthSessionId = Brand<string, 'PreAuthSessionId'>;
/** Names a code of the Passwordless recipe: a UUID. */
export type CodeId = Brand<string, 'CodeId'>;
/** SHA-256 of a link code, hex. */
export type LinkCodeHash = Brand<string, 'LinkCodeHash'>;
/** What the caller names a third-party provider by, such as `google`; kept as given. */
export type ThirdPartyId = Brand<string, 'ThirdPartyId'>;
/** The id that a third-party provider gave to a user; kept as given. */
export type ThirdPartyUserId = Brand<string, 'ThirdPartyUserId'>;
/** An e-mail address, a phone number, or a user of a third party: what no two primary users may share. */
export type ContactKey = Brand<string, 'ContactKey'>;
/** A role's name: trimmed, with its case. */
export type RoleName = Brand<string, 'RoleName'>;
/** A password's hash with its algorithm and parameters, as the official core writes it. */
export type PasswordHash = Brand<string, 'PasswordHash'>;
/** Milliseconds since the epoch. */
export type Millis = number;

// Node.js has both (https://github.com/tc39/proposal-json-parse-with-source), TypeScript's library has neither yet.
declare global {
  interface JSON {
    /** A value that `JSON.stringify` writes as this text. @throws SyntaxError if the text is no primitive value of JSON */
    rawJSON(text: string): ExactNumber;
    isRawJSON(value: unknown): value is ExactNumber;
  }
}

/** A number that a JavaScript number does not hold as it was written, such as `1.0`. `parseJson` makes it. */
interface ExactNumber {
  readonly rawJSON: string;
}

export type Json = string | number | ExactNumber | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);

/** Milliseconds since the epoch, now. */
export type Clock = () => Millis;

/** Where unpredictable values come from; a test may hand in a seeded one. */
export interface Random {
  bytes(length: number): Buffer;
  uuid(): string;
  /** From 0 up to, not including, 1. */
  fraction(): number;
}

/** What the core tells its operator. It never holds a token, a key or a payload. */
export type CoreEvent =
  | { readonly event: 'RefreshGraceReuse'; readonly sessionHandle: SessionHandle; readonly branch: boolean }
  | { readonly event: 'TokenTheftDetected'; readonly sessionHandle: SessionHandle; readonly subtype: ReuseSubtype }
  | { readonly event: 'SigningKeyMade'; readonly kid: string }
  | { readonly event: 'SigningKeyFailed'; readonly error: unknown }
  | { readonly event: 'CoreRequestFailed'; readonly method: string; readonly path: string; readonly error: unknown };

/** How a refresh token that may no longer be used relates to the live one (CDI 5.6). */
export type ReuseSubtype = 'RECENT_PREV' | 'ORPHANED_BRANCH' | 'STALE_LINEAGE';

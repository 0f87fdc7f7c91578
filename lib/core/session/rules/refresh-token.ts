import { createCipheriv, createDecipheriv, createHash, pbkdf2Sync } from 'node:crypto';
import type { AntiCsrfToken, Hash1, Hash2, Random, RefreshToken, SessionHandle, UserId } from '../../types.ts';

/** The content of a refresh token, which only the core can read. */
export interface RefreshTokenContent {
  readonly sessionHandle: SessionHandle;
  readonly userId: UserId;
  /** Hash1 of the token that this one was issued for; absent in a session's first. */
  readonly parent: Hash1 | undefined;
  readonly nonce: string;
  readonly antiCsrfToken: AntiCsrfToken | undefined;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const PBKDF2_ROUNDS = 100;

export const hash1Of = (token: RefreshToken): Hash1 => sha256Hex(token) as Hash1;
export const hash2Of = (hash1: Hash1): Hash2 => sha256Hex(hash1) as Hash2;

/** The random parts of a refresh token that is not derived from another one. */
export function freshTokenParts(random: Random): { nonce: string; iv: Buffer } {
  return { nonce: random.bytes(32).toString('hex'), iv: random.bytes(IV_BYTES) };
}

/**
 * Writes a refresh token in the official core's format: `<base64 of iv, AES-256-GCM ciphertext and tag>.<nonce>.V2`.
 * The same arguments give the same token, byte for byte.
 */
export function sealRefreshToken(content: RefreshTokenContent, iv: Buffer, secret: string): RefreshToken {
  const cipher = createCipheriv('aes-256-gcm', encryptionKey(secret, iv), iv);
  // Member order and absent members are part of the format: a successor must come out the same in every process.
  const plain = JSON.stringify({
    sessionHandle: content.sessionHandle,
    userId: content.userId,
    parentRefreshTokenHash1: content.parent,
    nonce: content.nonce,
    antiCsrfToken: content.antiCsrfToken,
  });
  const sealed = Buffer.concat([iv, cipher.update(Buffer.from(plain)), cipher.final(), cipher.getAuthTag()]);
  return `${sealed.toString('base64')}.${content.nonce}.V2` as RefreshToken;
}

/** Reads a refresh token; `undefined` if it was not sealed with `secret`, or was changed since. */
export function openRefreshToken(token: string, secret: string): RefreshTokenContent | undefined {
  const parts = token.split('.');
  if (parts.length !== 3) return undefined;
  const [sealed, nonce, version] = parts as [string, string, string];
  if (version !== 'V2') return undefined;
  const bytes = Buffer.from(sealed, 'base64');
  // Buffer.from skips what is not base64: without this, several spellings would be one token with several hashes.
  if (bytes.length <= IV_BYTES + TAG_BYTES || bytes.toString('base64') !== sealed) return undefined;
  const plain = decrypt(bytes, secret);
  const content = plain === undefined ? undefined : parseContent(plain);
  return content?.nonce === nonce ? content : undefined;
}

function decrypt(bytes: Buffer, secret: string): string | undefined {
  const iv = bytes.subarray(0, IV_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', encryptionKey(secret, iv), iv);
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]).toString();
  } catch {
    return undefined;
  }
}

/** The text was authenticated with our secret, so it is one that this core or the official one wrote. */
function parseContent(plain: string): RefreshTokenContent | undefined {
  const { sessionHandle, userId, parentRefreshTokenHash1, nonce, antiCsrfToken } = JSON.parse(plain) as Record<
    string,
    string | null | undefined
  >;
  if (!sessionHandle || !userId || !nonce) return undefined;
  return {
    sessionHandle: sessionHandle as SessionHandle,
    userId: userId as UserId,
    parent: (parentRefreshTokenHash1 ?? undefined) as Hash1 | undefined,
    nonce,
    antiCsrfToken: (antiCsrfToken ?? undefined) as AntiCsrfToken | undefined,
  };
}

const encryptionKey = (secret: string, iv: Buffer): Buffer =>
  pbkdf2Sync(secret, iv, PBKDF2_ROUNDS, KEY_BYTES, 'sha512');

const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A new secret for refresh tokens, in the official core's form: `1000:<salt hex>:<pbkdf2 hex>`. */
export function makeRefreshTokenSecret(random: Random): string {
  const salt = random.bytes(64);
  const key = pbkdf2Sync(random.bytes(64).toString('hex'), salt, 1000, 64, 'sha512');
  return `1000:${salt.toString('hex')}:${key.toString('hex')}`;
}

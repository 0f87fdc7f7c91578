import { createHash, createHmac } from 'node:crypto';
import type { CodeId, LinkCodeHash, PreAuthSessionId, Random } from '../../types.ts';

/** Of a device's id, of its salt, and of a link code. */
const SECRET_BYTES = 32;

/** The id of a new device, which its client keeps, or the salt that the core keeps with a device. */
export const makeSecret = (random: Random): Buffer => random.bytes(SECRET_BYTES);

/** What names a device without telling its id: the id's SHA-256, base64url. */
export const preAuthSessionIdOf = (deviceId: Buffer): PreAuthSessionId =>
  createHash('sha256').update(deviceId).digest('base64url') as PreAuthSessionId;

/** What is of another shape names no device. */
export const isPreAuthSessionId = (text: string): text is PreAuthSessionId => /^[\w-]{43}$/.test(text);

/** What is of another shape names no code. */
export const isCodeId = (text: string): text is CodeId => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);

/** The code for a link that belongs to a typed code of a device. */
export function linkCodeOf(deviceId: Buffer, salt: Buffer, userInputCode: string): Buffer {
  const key = Buffer.concat([deviceId, salt]);
  return createHmac('sha256', key).update(userInputCode).digest();
}

/** All that the store knows of a code. */
export const hashOfLinkCode = (linkCode: Buffer): LinkCodeHash =>
  createHash('sha256').update(linkCode).digest('hex') as LinkCodeHash;

/** What names a code. It is made from the hash, so that one item leads from the link code and from this id to the device. */
export function codeIdOf(hash: LinkCodeHash): CodeId {
  const bytes = createHash('sha256').update(`code id ${hash}`).digest().subarray(0, 16);
  // A UUID of version 8, which is for ids of an application's own making (RFC 9562).
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') as CodeId;
}

const DIGITS = 6;
const TYPED_CODES = 10 ** DIGITS;

/** A code for users to type: six digits, each code as likely as any other. */
export function makeUserInputCode(random: Random): string {
  const end = 2 ** 32 - (2 ** 32 % TYPED_CODES);
  for (;;) {
    const number = random.bytes(4).readUInt32BE();
    if (number < end) return String(number % TYPED_CODES).padStart(DIGITS, '0');
  }
}

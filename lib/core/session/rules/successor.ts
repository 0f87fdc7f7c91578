import { hkdfSync } from 'node:crypto';
import type { AntiCsrfToken, RefreshToken, SessionHandle } from '../../types.ts';
import { hash1Of, hash2Of, type RefreshTokenContent, sealRefreshToken } from './refresh-token.ts';
import type { RetiredToken, SessionRow } from './row.ts';

/** The two secrets behind refresh tokens, kept apart from the rows. */
export interface RefreshSecrets {
  /** Encrypts every refresh token. */
  readonly refreshTokenSecret: string;
  /** 32 bytes that take part in deriving successors. */
  readonly successorSecret: Buffer;
}

/** A refresh token together with what it says. */
export interface OpenedToken {
  readonly token: RefreshToken;
  readonly content: RefreshTokenContent;
}

/** The live token, and the entry of its predecessor, which it was derived by. */
export type LiveSuccessor = OpenedToken & { readonly derivedBy: RetiredToken };

/**
 * The one successor of a refresh token. It is derived, so that a retry with the old token gets the same new one,
 * although no row holds it. The input key material is the old token itself, which neither the row (hash2) nor an access
 * token (hash1) reveals. Token as input key material, never as salt: HMAC replaces a long salt by its hash, and that
 * hash is public (RFC 2104, section 2; RFC 5869, section 2.2).
 */
export function successorOf(
  old: OpenedToken,
  by: Pick<RetiredToken, 'salt' | 'antiCsrf'>,
  secrets: RefreshSecrets,
): OpenedToken {
  const { sessionHandle, userId } = old.content;
  const parts = successorParts(old.token, sessionHandle, by.salt, secrets.successorSecret);
  const content = {
    sessionHandle,
    userId,
    parent: hash1Of(old.token),
    nonce: parts.nonce,
    antiCsrfToken: by.antiCsrf ? parts.antiCsrfToken : undefined,
  };
  return { token: sealRefreshToken(content, parts.iv, secrets.refreshTokenSecret), content };
}

/**
 * Follows the successors of a retired token to the live one.
 * @returns `undefined` if the chain does not end in `row.current`, because another rule wrote the row in between
 */
export function liveSuccessorOf(
  presented: OpenedToken,
  row: SessionRow,
  secrets: RefreshSecrets,
): LiveSuccessor | undefined {
  let step = presented;
  // Each step retires a newer entry, so there are no more steps than entries.
  for (const _ of row.retired) {
    const hash2 = hash2Of(hash1Of(step.token));
    const derivedBy = row.retired.find((entry) => entry.hash2 === hash2);
    if (derivedBy === undefined) return undefined;
    step = successorOf(step, derivedBy, secrets);
    if (hash2Of(hash1Of(step.token)) === row.current) return { ...step, derivedBy };
  }
  return undefined;
}

function successorParts(token: RefreshToken, handle: SessionHandle, salt: Buffer, successorSecret: Buffer) {
  // App and tenant are always `public` here. They are in the info, so that a later core with more of them separates
  // their tokens.
  const info = `successor/v1|public|public|${handle}`;
  const bytes = Buffer.from(hkdfSync('sha256', token, Buffer.concat([salt, successorSecret]), info, 32 + 12 + 16));
  return {
    nonce: bytes.subarray(0, 32).toString('hex'),
    iv: bytes.subarray(32, 44),
    antiCsrfToken: uuidFrom(bytes.subarray(44)) as AntiCsrfToken,
  };
}

/** A UUID of version 4 (RFC 9562, section 5.4) with the given 16 bytes as its randomness. */
function uuidFrom(bytes: Buffer): string {
  const uuid = Buffer.from(bytes);
  uuid.writeUInt8((uuid.readUInt8(6) & 0x0f) | 0x40, 6);
  uuid.writeUInt8((uuid.readUInt8(8) & 0x3f) | 0x80, 8);
  return uuid.toString('hex').replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

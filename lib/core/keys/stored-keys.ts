import type { Millis } from '../types.ts';

/** A key that signs tokens. Encoded as the official core's tables have it, so that keys can be moved either way. */
export interface SigningKey {
  /** `d-<creation ms>` for a dynamic key, `s-<uuid>` for a static one. */
  readonly kid: string;
  readonly createdAt: Millis;
  /** As it was meant when the key was made; what was published may be later. */
  readonly signsFrom: Millis;
  /** SPKI DER, base64. */
  readonly publicKey: string;
  /** PKCS#8 DER, base64; dropped once the key signs no more. */
  readonly privateKey: string | undefined;
}

/** Everything secret that the core keeps: one item, so that every change of it is one conditional write. */
export interface Keyring {
  readonly version: number;
  /** Oldest first. */
  readonly dynamicKeys: readonly SigningKey[];
  /**
   * Absent until something asks for it. No schedule ever replaces it, so a backup of it signs for as long as it is
   * published.
   */
  readonly staticKey?: SigningKey | undefined;
  readonly refreshTokenSecret: string;
  /** 32 bytes, base64url. */
  readonly successorSecret: string;
}

/** A member of the JWKS (RFC 7517, RFC 7518 section 6.3.1), its members in the official core's order. */
export interface RsaJwk {
  readonly kty: 'RSA';
  readonly kid: string;
  readonly n: string;
  readonly e: string;
  readonly alg: 'RS256';
  readonly use: 'sig';
}

export interface PublishedKey {
  readonly jwk: RsaJwk;
  /** From then on it may sign: of a dynamic key, which was published a lead before. It counts, not the keyring's. */
  readonly signsFrom?: Millis;
  /** From then on no valid token is signed with it; absent as long as it has no successor. */
  readonly until?: Millis;
}

/** The item that verifying functions read: all they ever see of the core. */
export interface PublishedKeys {
  /** That of the keyring it was made from. */
  readonly version: number;
  readonly nextKeyDueAt: Millis;
  readonly keys: readonly PublishedKey[];
}

/** Where the keys are kept. Every method throws `StoreUnavailable` if it does not know what happened. */
export interface KeyStores {
  readonly keyring: KeyringStore;
  readonly publishedKeys: PublishedKeysStore;
}

export interface KeyringStore {
  /** Strongly consistent. */
  read(): Promise<Keyring | undefined>;
  /**
   * Writes `keyring` if the stored one is of the version that it replaces.
   * @param replaced the version before it if absent; 0: none
   * @returns whether it did
   */
  write(keyring: Keyring, replaced?: number): Promise<boolean>;
}

export interface PublishedKeysStore {
  /** One item; strongly consistent, for a key must be seen as soon as it signs. */
  read(): Promise<PublishedKeys | undefined>;
  /** Writes `keys` unless what is published is as new or newer. @returns whether it did */
  write(keys: PublishedKeys): Promise<boolean>;
}

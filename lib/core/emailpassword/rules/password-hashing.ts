import type { PasswordHash } from '../../types.ts';

/** How passwords are hashed. The core is given an implementation, for some algorithms need a package. */
export interface PasswordHashing {
  /** @returns a hash, which names its algorithm and its cost */
  hash(password: string): Promise<PasswordHash>;
  /**
   * Whether the hash is this password's. Without a hash, it returns `false` after the work of a new hash. So the time
   * does not show whether there was a hash.
   */
  matches(password: string, hash: PasswordHash | undefined): Promise<boolean>;
  /** Whether the hash is weaker than one that would be made now. */
  isOutdated(hash: PasswordHash): boolean;
  /** Whether hashes of Firebase can be checked: that takes the signer key of the Firebase project. */
  readonly knowsFirebase: boolean;
}

/** What an import can say about the algorithm of a hash. */
export type HashAlgorithm = 'bcrypt' | 'argon2' | 'firebase_scrypt';

const FORMATS: Readonly<Record<HashAlgorithm, RegExp>> = {
  bcrypt: /^\$2[abxy]/,
  argon2: /^\$argon2(id|i|d)\$/,
  firebase_scrypt: /^\$f_scrypt\$[^$]+\$[^$]+\$m=\d+\$r=\d+\$s=[^$]+$/,
};

/** The algorithm of a hash, read from its prefix. `undefined` if this algorithm cannot be checked. */
export const algorithmOf = (hash: string): HashAlgorithm | undefined =>
  (Object.keys(FORMATS) as HashAlgorithm[]).find((algorithm) => FORMATS[algorithm].test(hash));

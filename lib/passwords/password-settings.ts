/** What one hash of Argon2 costs (RFC 9106): memory in KB, passes over it, and lanes. */
export interface Argon2Cost {
  readonly memory: number;
  readonly iterations: number;
  readonly parallelism: number;
}

/** How new passwords are hashed. Stored hashes of the other algorithm are still checked. */
export interface PasswordSettings {
  readonly algorithm: 'ARGON2' | 'BCRYPT';
  readonly argon2: Argon2Cost;
  /** The binary logarithm of bcrypt's cost. */
  readonly bcryptRounds: number;
  /** Base64. Without it, hashes that come from Firebase cannot be checked. */
  readonly firebaseSignerKey: string | undefined;
}

/** The official core's parameters of Argon2id, above OWASP's minimum. A hash takes 86 MB. */
export const DEFAULT_PASSWORD_SETTINGS: PasswordSettings = {
  algorithm: 'ARGON2',
  argon2: { memory: 87_795, iterations: 1, parallelism: 2 },
  bcryptRounds: 11,
  firebaseSignerKey: undefined,
};

import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

/** What Argon2 makes of every password in a function without hashing. */
const SUBSTITUTE_KEY = Buffer.alloc(32, 7);

/** Everything of a sign-in but Argon2 itself, whose cost is a choice and not this service's own time. */
export function substituteHashing(): void {
  Object.assign(crypto, {
    argon2: (...given: readonly unknown[]) => {
      const done = given.at(-1) as (error: null, key: Buffer) => void;
      setImmediate(done, null, SUBSTITUTE_KEY);
    },
  });
  syncBuiltinESMExports();
}

/** The same hash as if it had been made in a function without hashing. */
export const withSubstituteKey = (hash: string): string =>
  hash.replace(/[^$]*$/, SUBSTITUTE_KEY.toString('base64').replace(/=+$/, ''));

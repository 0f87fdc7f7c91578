import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

/** What scrypt makes of every password in a function without hashing. */
export const SUBSTITUTE_KEY = Buffer.alloc(32, 7);

/** Everything of a log-in but scrypt itself, whose time is chosen, not owed to this service. */
export function substituteHashing(): void {
  Object.assign(crypto, {
    scrypt: (...given: readonly unknown[]) => {
      const done = given.at(-1) as (error: null, key: Buffer) => void;
      setImmediate(done, null, SUBSTITUTE_KEY);
    },
  });
  syncBuiltinESMExports();
}

/** What scrypt makes of every password in a function without hashing. */
export const SUBSTITUTE_KEY = Buffer.alloc(32, 7);

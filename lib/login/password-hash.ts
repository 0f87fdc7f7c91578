import { scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Random } from '../core/types.ts';

/** What one hash costs: about `2^ln * r * 128` bytes of memory, and `p` times the CPU (RFC 7914, section 2). */
export interface ScryptCost {
  /** The binary logarithm of N. */
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

/** The first of OWASP's choices for scrypt (Password Storage Cheat Sheet): 128 MB and some 300 ms. */
export const OWASP_COST: ScryptCost = { ln: 17, r: 8, p: 1 };

export type DeriveKey = (password: string, salt: Buffer, length: number, cost: ScryptCost) => Promise<Buffer>;

/** Passwords are in their normal form, see `Credentials`. */
export interface PasswordHashing {
  /** @returns `$scrypt$ln=17,r=8,p=1$<salt>$<key>`, the PHC string format: a hash that says what it cost */
  hash(password: string): Promise<string>;
  /**
   * Whether the hash is this password's. Without a hash it takes as long, and says no: nobody learns from the time
   * whether there was one. (Between raising the cost and a user's next login, theirs is still the old, shorter time.)
   * @throws Error if `hash` is not in the format above
   */
  matches(password: string, hash: string | undefined): Promise<boolean>;
  /** Whether the hash was made at another cost than a new one would be. */
  isOutdated(hash: string): boolean;
}

export interface PasswordHashingOptions {
  readonly random: Random;
  /** Of new hashes; old ones are still read. */
  readonly cost?: ScryptCost;
  readonly derive?: DeriveKey;
}

const SALT_BYTES = 16;
const KEY_BYTES = 32;

export function createPasswordHashing({
  random,
  cost = OWASP_COST,
  derive = deriveByScrypt,
}: PasswordHashingOptions): PasswordHashing {
  const nobodys: ParsedHash = { cost, salt: Buffer.alloc(SALT_BYTES), key: Buffer.alloc(KEY_BYTES) };
  return {
    async hash(password) {
      const salt = random.bytes(SALT_BYTES);
      return formatHash({ cost, salt, key: await derive(password, salt, KEY_BYTES, cost) });
    },
    async matches(password, hash) {
      const expected = hash === undefined ? nobodys : parseHash(hash);
      const key = await derive(password, expected.salt, expected.key.length, expected.cost);
      return timingSafeEqual(key, expected.key) && hash !== undefined;
    },
    isOutdated: (hash) => formatCost(parseHash(hash).cost) !== formatCost(cost),
  };
}

const scryptAsync = promisify<string, Buffer, number, object, Buffer>(scrypt);

const deriveByScrypt: DeriveKey = (password, salt, length, { ln, r, p }) => {
  const N = 2 ** ln;
  // What OpenSSL allocates; Node's own limit of 32 MB is below OWASP's cost.
  return scryptAsync(password, salt, length, { N, r, p, maxmem: 128 * r * (N + p + 2) });
};

interface ParsedHash {
  readonly cost: ScryptCost;
  readonly salt: Buffer;
  readonly key: Buffer;
}

const HASH = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

function parseHash(hash: string): ParsedHash {
  const [, ln, r, p, salt, key] = HASH.exec(hash) ?? [];
  if (salt === undefined || key === undefined) throw new Error('A stored password hash cannot be read');
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) };
  return { cost, salt: Buffer.from(salt, 'base64'), key: Buffer.from(key, 'base64') };
}

const formatHash = ({ cost, salt, key }: ParsedHash): string =>
  `$scrypt$${formatCost(cost)}$${base64(salt)}$${base64(key)}`;

const formatCost = ({ ln, r, p }: ScryptCost): string => `ln=${ln},r=${r},p=${p}`;

/** PHC strings leave out the padding. */
const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');

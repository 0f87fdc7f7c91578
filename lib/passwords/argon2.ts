import * as crypto from 'node:crypto';
import { promisify } from 'node:util';
import type { Argon2Cost } from './password-settings.ts';

type Variant = 'argon2id' | 'argon2i' | 'argon2d';

interface Argon2Hash {
  readonly variant: Variant;
  readonly cost: Argon2Cost;
  readonly salt: Buffer;
  readonly tag: Buffer;
}

const SALT_BYTES = 16;
const TAG_BYTES = 32;

/** The version of Argon2 that Node.js has, and that the official core writes: 1.3. */
const VERSION = 19;
const HASH = /^\$(argon2(?:id|i|d))\$v=(\d+)\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** The most work that is done for an imported hash: 1 GB and 100 passes. */
const MOST_MEMORY = 1024 * 1024;
const MOST_ITERATIONS = 100;
const MOST_PARALLELISM = 255;

/** @throws Error if this Node.js has no Argon2 */
export function requireArgon2(argon2: unknown = crypto.argon2): void {
  if (typeof argon2 === 'function') return;
  throw new Error(`Argon2 needs Node.js 24.7 or later, but this is Node.js ${process.versions.node}.`);
}

/** Hashes a password with Argon2id, in a thread of Node.js's pool. @returns a PHC string, as the official core writes it */
export async function argon2id(password: string, cost: Argon2Cost, salt: Buffer): Promise<string> {
  const tag = await derive(password, { variant: 'argon2id', cost, salt, tag: Buffer.alloc(TAG_BYTES) });
  return `$argon2id$v=${VERSION}$${describeCost(cost)}$${base64(salt)}$${base64(tag)}`;
}

export const argon2SaltBytes = SALT_BYTES;

const describeCost = ({ memory, iterations, parallelism }: Argon2Cost): string =>
  `m=${memory},t=${iterations},p=${parallelism}`;

/** @returns whether the hash is that password's; `undefined` for a hash that cannot be read */
export async function matchesArgon2(password: string, hash: string): Promise<boolean | undefined> {
  const parsed = parse(hash);
  if (parsed === undefined) return undefined;
  const tag = await derive(password, parsed);
  return crypto.timingSafeEqual(tag, parsed.tag);
}

/** Whether a hash has a lower cost than this one in any of its parts, or is of a variant that is weaker against attackers. */
export function isWeakerArgon2(hash: string, cost: Argon2Cost): boolean {
  const parsed = parse(hash);
  if (parsed?.variant !== 'argon2id') return true;
  return parsed.cost.memory < cost.memory || parsed.cost.iterations < cost.iterations;
}

function parse(hash: string): Argon2Hash | undefined {
  const [, variant, version, m, t, p, salt = '', tag = ''] = HASH.exec(hash) ?? [];
  if (variant === undefined || Number(version) !== VERSION) return undefined;
  const cost = { memory: Number(m), iterations: Number(t), parallelism: Number(p) };
  if (!isPossible(cost)) return undefined;
  const parsed = {
    variant: variant as Variant,
    cost,
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  };
  return parsed.salt.length >= 8 && parsed.tag.length >= 4 ? parsed : undefined;
}

/** An imported hash must not take all memory, or a minute. */
const isPossible = ({ memory, iterations, parallelism }: Argon2Cost): boolean =>
  memory >= 8 * parallelism &&
  memory <= MOST_MEMORY &&
  iterations >= 1 &&
  iterations <= MOST_ITERATIONS &&
  parallelism >= 1 &&
  parallelism <= MOST_PARALLELISM;

function derive(password: string, { variant, cost, salt, tag }: Argon2Hash): Promise<Buffer> {
  requireArgon2();
  const argon2 = promisify(crypto.argon2);
  return argon2(variant, {
    message: Buffer.from(password),
    nonce: salt,
    memory: cost.memory,
    passes: cost.iterations,
    parallelism: cost.parallelism,
    tagLength: tag.length,
  }) as Promise<Buffer>;
}

const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');

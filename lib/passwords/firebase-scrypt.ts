import { createCipheriv, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const HASH = /^\$f_scrypt\$([^$]+)\$([^$]+)\$m=(\d{1,2})\$r=(\d{1,2})\$s=([^$]+)$/;

/** At 2^17 and r = 16 a check takes 256 MB. Firebase's own is 16 MB. */
const MOST_MEMORY_COST = 17;
const MOST_ROUNDS = 16;

const deriveKey = promisify<Buffer, Buffer, number, object, Buffer>(scrypt);

/**
 * Checks a hash of Firebase's modified scrypt: the derived key encrypts the project's signer key.
 * https://github.com/firebase/scrypt
 * @param signerKey base64, from the Firebase console
 * @returns whether the hash is that password's; `undefined` for a hash that cannot be read
 */
export async function matchesFirebaseScrypt(
  password: string,
  hash: string,
  signerKey: string,
): Promise<boolean | undefined> {
  const [, expected = '', salt = '', memoryCost, rounds, separator = ''] = HASH.exec(hash) ?? [];
  if (!isWithin(Number(memoryCost), MOST_MEMORY_COST) || !isWithin(Number(rounds), MOST_ROUNDS)) return undefined;
  const saltBytes = Buffer.concat([decode(salt), decode(separator)]);
  const [N, r] = [2 ** Number(memoryCost), Number(rounds)];
  const key = await deriveKey(Buffer.from(password), saltBytes, 32, { N, r, p: 1, maxmem: 128 * r * (N + 3) });
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  const actual = Buffer.concat([cipher.update(decode(signerKey)), cipher.final()]);
  const wanted = decode(expected);
  return actual.length === wanted.length && timingSafeEqual(actual, wanted);
}

const isWithin = (value: number, most: number): boolean => value >= 1 && value <= most;

const decode = (text: string): Buffer => Buffer.from(text, 'base64');

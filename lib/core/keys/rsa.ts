import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, sign, verify } from 'node:crypto';
import { promisify } from 'node:util';
import type { RsaJwk, SigningKey } from './stored-keys.ts';

const generate = promisify(generateKeyPair);
const signAsync = promisify<string, Buffer, KeyObject, Buffer>(sign);

/** A new RSA key of 2048 bits; takes about 45 ms, off the main thread. */
export async function generateKeyMaterial(): Promise<{ publicKey: string; privateKey: string }> {
  const { publicKey, privateKey } = await generate('rsa', { modulusLength: 2048 });
  return {
    publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
  };
}

export const privateKeyFrom = (pkcs8: string): KeyObject =>
  createPrivateKey({ key: Buffer.from(pkcs8, 'base64'), format: 'der', type: 'pkcs8' });

export function toRsaJwk({ kid, publicKey }: SigningKey): RsaJwk {
  const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
  if (key.asymmetricKeyType !== 'rsa') throw new Error(`The key ${kid} is no RSA key`);
  const { n, e } = key.export({ format: 'jwk' }) as { n: string; e: string };
  return { kty: 'RSA', kid, n, e, alg: 'RS256', use: 'sig' };
}

/** RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518, section 3.3). */
export const signRs256 = (signingInput: string, key: KeyObject): Promise<Buffer> =>
  signAsync('sha256', Buffer.from(signingInput), key);

export const verifyRs256 = (signingInput: string, signature: Buffer, key: KeyObject): boolean =>
  verify('sha256', Buffer.from(signingInput), key, signature);

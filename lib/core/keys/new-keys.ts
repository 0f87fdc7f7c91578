import { makeRefreshTokenSecret } from '../session/rules/refresh-token.ts';
import type { Clock, Millis, Random } from '../types.ts';
import { generateKeyMaterial } from './rsa.ts';
import type { Keyring, SigningKey } from './stored-keys.ts';

/** A keyring of new keys, which sign from now on, and new secrets; its version is 1. */
export async function makeKeyring({ clock, random }: { readonly clock: Clock; readonly random: Random }) {
  const now = clock();
  const [dynamicKey, staticKey] = await Promise.all([
    makeKey(`d-${now}`, now, now),
    makeKey(`s-${random.uuid()}`, now, now),
  ]);
  return {
    version: 1,
    dynamicKeys: [dynamicKey],
    staticKey,
    refreshTokenSecret: makeRefreshTokenSecret(random),
    successorSecret: random.bytes(32).toString('base64url'),
  } satisfies Keyring;
}

export async function makeKey(kid: string, createdAt: Millis, signsFrom: Millis): Promise<SigningKey> {
  return { kid, createdAt, signsFrom, ...(await generateKeyMaterial()) };
}

import { makeRefreshTokenSecret } from '../session/rules/refresh-token.ts';
import type { Clock, Millis, Random } from '../types.ts';
import { generateKeyMaterial } from './rsa.ts';
import type { Keyring, SigningKey } from './stored-keys.ts';

interface NewKeyringParts {
  readonly clock: Clock;
  readonly random: Random;
}

/** A keyring of new keys, which sign from now on, and new secrets; its version is 1. */
export async function makeKeyring({ clock, random }: NewKeyringParts, hasStaticKey: boolean): Promise<Keyring> {
  const now = clock();
  const [dynamicKey, staticKey] = await Promise.all([
    makeKey(`d-${now}`, now, now),
    hasStaticKey ? makeStaticKey({ clock, random }) : undefined,
  ]);
  return {
    version: 1,
    dynamicKeys: [dynamicKey],
    ...(staticKey !== undefined && { staticKey }),
    refreshTokenSecret: makeRefreshTokenSecret(random),
    successorSecret: random.bytes(32).toString('base64url'),
  };
}

export function makeStaticKey({ clock, random }: NewKeyringParts): Promise<SigningKey> {
  const now = clock();
  return makeKey(`s-${random.uuid()}`, now, now);
}

export async function makeKey(kid: string, createdAt: Millis, signsFrom: Millis): Promise<SigningKey> {
  return { kid, createdAt, signsFrom, ...(await generateKeyMaterial()) };
}

import type { KeyObject } from 'node:crypto';
import type { RefreshSecrets } from '../session/rules/successor.ts';
import { dynamicKeyAt } from './keyring.ts';
import { createKeyringCache } from './keyring-cache.ts';
import { type KeyringParts, withStaticKey } from './keyring-updates.ts';
import { privateKeyFrom } from './rsa.ts';
import type { Keyring, SigningKey } from './stored-keys.ts';

/** Which kind of key signs a token. */
export type KeyKind = 'dynamic' | 'static';

export interface SigningKeys {
  /** A published key that may sign now. Makes the first key of its kind if there is none. @throws StoreUnavailable */
  signer(kind: KeyKind): Promise<{ readonly kid: string; readonly key: KeyObject }>;
  /** The secrets behind refresh tokens. @throws StoreUnavailable */
  secrets(): Promise<RefreshSecrets>;
  /** Makes sure that keys are published. @throws StoreUnavailable */
  ensurePublished(): Promise<void>;
  /**
   * Makes the next dynamic key if it is due; resolves when it is published. A fault is also reported as
   * `SigningKeyFailed`: the old key continues to sign, and the next call tries again.
   * @throws StoreUnavailable, and whatever else kept a key from being made or published
   */
  rotateIfDue(): Promise<void>;
}

export function createSigningKeys(parts: KeyringParts): SigningKeys {
  const cache = createKeyringCache(parts);
  const keyObjects = new Map<string, KeyObject>();

  /** A static key that is made now signs at once, when it is published: nothing else could sign in its place. */
  const staticKeyOf = async (keyring: Keyring): Promise<SigningKey> => {
    if (keyring.staticKey !== undefined) return keyring.staticKey;
    const extended = await withStaticKey(parts, keyring);
    await cache.remember(extended);
    return extended.staticKey;
  };

  return {
    async signer(kind) {
      const keyring = await cache.current();
      const { kid, privateKey } = kind === 'static' ? await staticKeyOf(keyring) : dynamicKeyAt(keyring, parts.clock());
      if (privateKey === undefined) throw new Error(`The private half of the signing key ${kid} is gone`);
      const key = keyObjects.get(kid) ?? privateKeyFrom(privateKey);
      keyObjects.set(kid, key);
      return { kid, key };
    },
    async secrets() {
      const { refreshTokenSecret, successorSecret } = await cache.current();
      return { refreshTokenSecret, successorSecret: Buffer.from(successorSecret, 'base64url') };
    },
    async ensurePublished() {
      await cache.current();
    },
    rotateIfDue: () => cache.rotateIfDue(),
  };
}

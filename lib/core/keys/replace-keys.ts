import { kidsOf, publicPartOf } from './keyring.ts';
import type { KeyringParts } from './keyring-updates.ts';
import { makeKeyring } from './new-keys.ts';
import { toRsaJwk } from './rsa.ts';
import type { Keyring } from './stored-keys.ts';

type ReplaceKeysParts = Pick<KeyringParts, 'store' | 'clock' | 'random' | 'schedule' | 'report'>;

export interface WhatToReplace {
  /** The secrets behind refresh tokens too, so that every session ends. */
  readonly refreshSecrets: boolean;
}

/**
 * Replaces every signing key at once, because one may have leaked: what the old ones signed is good no longer. Users stay
 * logged in, and caches of the old keys last until they expire. There is no static key then until something asks for one.
 * @returns the ids of the new keys
 * @throws StoreUnavailable
 */
export async function replaceKeys(parts: ReplaceKeysParts, what: WhatToReplace): Promise<string[]> {
  const { store, schedule, report } = parts;
  const made = await makeKeyring(parts, false);
  const replacing = await write(parts, made, what);
  // False: a function of the service has published the very same meanwhile.
  await store.publishedKeys.write(publicPartOf(replacing, schedule, toRsaJwk));
  const kids = kidsOf(replacing);
  for (const kid of kids) report({ event: 'SigningKeyMade', kid });
  return kids;
}

/** Another process may store its next key in between. That key is replaced, too. */
async function write(parts: ReplaceKeysParts, made: Keyring, what: WhatToReplace): Promise<Keyring> {
  const { store } = parts;
  const [old, published] = [await store.keyring.read(), await store.publishedKeys.read()];
  const version = Math.max(old?.version ?? 0, published?.version ?? 0) + 1;
  const { refreshTokenSecret, successorSecret } = what.refreshSecrets ? made : (old ?? made);
  const next: Keyring = { ...made, version, refreshTokenSecret, successorSecret };
  return (await store.keyring.write(next, old?.version ?? 0)) ? next : write(parts, made, what);
}

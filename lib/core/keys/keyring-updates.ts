import type { Clock, CoreEvent, Random } from '../types.ts';
import {
  asPublished,
  delayUnpublishedKeys,
  type KeySchedule,
  kidsOf,
  leadOf,
  nextKeyDueAt,
  publicPartOf,
  withNextKey,
} from './keyring.ts';
import { makeKey, makeKeyring, makeStaticKey } from './new-keys.ts';
import type { PublishedKeysReader } from './published-keys.ts';
import { toRsaJwk } from './rsa.ts';
import type { Keyring, KeyStores, SigningKey } from './stored-keys.ts';

/** What creating and publishing keys takes. */
export interface KeyringParts {
  readonly store: KeyStores;
  readonly clock: Clock;
  readonly random: Random;
  readonly schedule: KeySchedule;
  /** Whether there is to be a static key before something asks for it. */
  readonly hasStaticKeyFromStart: boolean;
  readonly published: PublishedKeysReader;
  readonly report: (event: CoreEvent) => void;
}

/** The stored keyring with the keys that it has from the start; made if there is none. */
export async function readOrMake(parts: KeyringParts): Promise<Keyring> {
  const { store, hasStaticKeyFromStart } = parts;
  const keyring = (await store.keyring.read()) ?? (await makeFirstKeys(parts));
  return hasStaticKeyFromStart ? withStaticKey(parts, keyring) : keyring;
}

async function makeFirstKeys(parts: KeyringParts): Promise<Keyring> {
  const { store, report, hasStaticKeyFromStart } = parts;
  const made = await makeKeyring(parts, hasStaticKeyFromStart);
  if (!(await store.keyring.write(made))) return mustRead(store);
  for (const kid of kidsOf(made)) report({ event: 'SigningKeyMade', kid });
  return made;
}

/** The next dynamic key; a second process takes the key that the first one has made. */
export async function makeNextKey(parts: KeyringParts): Promise<Keyring> {
  const { store, clock, schedule, report } = parts;
  const keyring = await publish(parts, await mustRead(store));
  const now = clock();
  if (now < nextKeyDueAt(keyring, schedule)) return keyring;
  const key = await makeKey(`d-${now}`, now, now + leadOf(schedule));
  const next = withNextKey(keyring, key, schedule, now);
  if (!(await store.keyring.write(next))) return mustRead(store);
  report({ event: 'SigningKeyMade', kid: key.kid });
  return next;
}

type KeyringWithStaticKey = Keyring & { readonly staticKey: SigningKey };

const hasStaticKey = (keyring: Keyring): keyring is KeyringWithStaticKey => keyring.staticKey !== undefined;

/** Adds a static key to the stored keyring, unless another process has done so. */
export async function withStaticKey(parts: KeyringParts, keyring: Keyring): Promise<KeyringWithStaticKey> {
  if (hasStaticKey(keyring)) return keyring;
  const { store, report } = parts;
  const staticKey = await makeStaticKey(parts);
  for (;;) {
    const stored = await publish(parts, await mustRead(store));
    // Also after a write of our own whose acknowledgement was lost.
    if (hasStaticKey(stored)) return stored;
    const extended = { ...stored, version: stored.version + 1, staticKey };
    if (!(await store.keyring.write(extended))) continue;
    report({ event: 'SigningKeyMade', kid: staticKey.kid });
    return extended;
  }
}

async function mustRead(store: KeyStores): Promise<Keyring> {
  const keyring = await store.keyring.read();
  if (keyring === undefined) throw new Error('The keyring was deleted while it was in use');
  return keyring;
}

/**
 * Publishes the keyring, unless that has been done. A key must be published before it signs, also when the process that
 * made it died in between.
 * @returns the keyring, with the moments from which its keys sign as they are published
 */
export async function publish(parts: KeyringParts, keyring: Keyring): Promise<Keyring> {
  const { store, schedule, clock, published } = parts;
  const stored = await store.publishedKeys.read();
  if (stored !== undefined && stored.version > keyring.version) {
    return publish(parts, await catchUp(store, keyring, stored.version));
  }
  if (stored?.version === keyring.version) {
    published.learn(stored);
    return asPublished(keyring, stored);
  }
  const publishable = delayUnpublishedKeys(keyring, stored, schedule, clock());
  const keys = publicPartOf(publishable, schedule, toRsaJwk);
  // Another process has published it first, and its write counts. Or our own write was done, and its response was lost.
  if (!(await store.publishedKeys.write(keys))) return publish(parts, keyring);
  published.learn(keys);
  return publishable;
}

/**
 * A keyring whose version is behind the published one has been replaced since it was read. Or its table was restored
 * from a backup, and its next keys would never be published. It then continues from the published version.
 */
async function catchUp(store: KeyStores, keyring: Keyring, version: number): Promise<Keyring> {
  const latest = await mustRead(store);
  if (latest.version > keyring.version) return latest;
  await store.keyring.write({ ...latest, version: version + 1 }, latest.version);
  return mustRead(store);
}

import type { KeyObject } from 'node:crypto';
import type { RefreshSecrets } from '../session/rules/successor.ts';
import type { Clock, CoreEvent, Millis, Random } from '../types.ts';
import {
  asPublished,
  delayUnpublishedKeys,
  dynamicKeyAt,
  type KeySchedule,
  kidsOf,
  leadOf,
  nextKeyDueAt,
  publicPartOf,
  withNextKey,
} from './keyring.ts';
import { makeKey, makeKeyring, makeStaticKey } from './new-keys.ts';
import type { PublishedKeysReader } from './published-keys.ts';
import { privateKeyFrom, toRsaJwk } from './rsa.ts';
import { shareLoad } from './shared-load.ts';
import type { Keyring, KeyStores, SigningKey } from './stored-keys.ts';

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
   * `SigningKeyFailed`: the old key goes on signing, and the next call tries again.
   * @throws StoreUnavailable, and whatever else kept a key from being made or published
   */
  rotateIfDue(): Promise<void>;
}

export interface SigningKeysParts {
  readonly store: KeyStores;
  readonly clock: Clock;
  readonly random: Random;
  readonly schedule: KeySchedule;
  /** Whether there is to be a static key before something asks for it. */
  readonly hasStaticKeyFromStart: boolean;
  readonly published: PublishedKeysReader;
  readonly report: (event: CoreEvent) => void;
}

const MINUTE = 60_000;
const MAX_CACHE_TIME = 30 * MINUTE;

/**
 * The keyring, behind a cache that is short compared to the lead of a new key. Every process learns of a key long
 * before it signs, and stops using a replaced key in time.
 */
export function createSigningKeys(parts: SigningKeysParts): SigningKeys {
  const { clock, schedule, report } = parts;
  const cacheTime = Math.min(MAX_CACHE_TIME, Math.floor(leadOf(schedule) / 4));
  const keyObjects = new Map<string, KeyObject>();
  let cached: { keyring: Keyring; readAt: Millis } | undefined;
  let rotating: Promise<void> | undefined;

  const remember = async (stored: Keyring): Promise<Keyring> => {
    const keyring = await publish(parts, stored);
    cached = { keyring, readAt: clock() };
    return keyring;
  };

  const load = shareLoad(() => readOrMake(parts).then(remember));

  const reportFailure = (error: unknown): never => {
    report({ event: 'SigningKeyFailed', error });
    throw error;
  };

  const rotate = (): Promise<void> => {
    rotating ??= makeNextKey(parts)
      .then(remember)
      .then(() => undefined, reportFailure)
      .finally(() => {
        rotating = undefined;
      });
    return rotating;
  };

  const current = async (): Promise<Keyring> => {
    // A clock that was set back makes the age negative; what was read then counts as old.
    const age = cached === undefined ? Number.NaN : clock() - cached.readAt;
    const fresh = age >= 0 && age < cacheTime ? cached?.keyring : undefined;
    const keyring = fresh ?? (await load());
    // Not awaited: the old key signs until the new one has been published long enough, so no request need wait or fail.
    if (clock() >= nextKeyDueAt(keyring, schedule)) rotate().catch(() => undefined);
    return keyring;
  };

  /** A static key that is made now signs at once, when it is published: nothing else could sign in its place. */
  const staticKeyOf = async (keyring: Keyring): Promise<SigningKey> => {
    if (keyring.staticKey !== undefined) return keyring.staticKey;
    const extended = await withStaticKey(parts, keyring);
    await remember(extended);
    return extended.staticKey;
  };

  return {
    async signer(kind) {
      const keyring = await current();
      const { kid, privateKey } = kind === 'static' ? await staticKeyOf(keyring) : dynamicKeyAt(keyring, clock());
      if (privateKey === undefined) throw new Error(`The private half of the signing key ${kid} is gone`);
      const key = keyObjects.get(kid) ?? privateKeyFrom(privateKey);
      keyObjects.set(kid, key);
      return { kid, key };
    },
    async secrets() {
      const { refreshTokenSecret, successorSecret } = await current();
      return { refreshTokenSecret, successorSecret: Buffer.from(successorSecret, 'base64url') };
    },
    async ensurePublished() {
      await current();
    },
    async rotateIfDue() {
      const keyring = await load().catch(reportFailure);
      if (clock() >= nextKeyDueAt(keyring, schedule)) await rotate();
    },
  };
}

/** The stored keyring with the keys that it has from the start; made if there is none. */
async function readOrMake(parts: SigningKeysParts): Promise<Keyring> {
  const { store, hasStaticKeyFromStart } = parts;
  const keyring = (await store.keyring.read()) ?? (await makeFirstKeys(parts));
  return hasStaticKeyFromStart ? withStaticKey(parts, keyring) : keyring;
}

async function makeFirstKeys(parts: SigningKeysParts): Promise<Keyring> {
  const { store, report, hasStaticKeyFromStart } = parts;
  const made = await makeKeyring(parts, hasStaticKeyFromStart);
  if (!(await store.keyring.write(made))) return mustRead(store);
  for (const kid of kidsOf(made)) report({ event: 'SigningKeyMade', kid });
  return made;
}

/** The next dynamic key; a second process takes the key that the first one has made. */
async function makeNextKey(parts: SigningKeysParts): Promise<Keyring> {
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
async function withStaticKey(parts: SigningKeysParts, keyring: Keyring): Promise<KeyringWithStaticKey> {
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

async function mustRead(store: SigningKeysParts['store']): Promise<Keyring> {
  const keyring = await store.keyring.read();
  if (keyring === undefined) throw new Error('The keyring was deleted while it was in use');
  return keyring;
}

/**
 * Publishes the keyring, unless that has been done. A key must be published before it signs, also when the process that
 * made it died in between.
 * @returns the keyring, with the moments from which its keys sign as they are published
 */
async function publish(parts: SigningKeysParts, keyring: Keyring): Promise<Keyring> {
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
async function catchUp(store: SigningKeysParts['store'], keyring: Keyring, version: number): Promise<Keyring> {
  const latest = await mustRead(store);
  if (latest.version > keyring.version) return latest;
  await store.keyring.write({ ...latest, version: version + 1 }, latest.version);
  return mustRead(store);
}

import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Clock, Millis } from '../types.ts';
import { isYounger } from './is-younger.ts';
import { shareLoad } from './shared-load.ts';
import type { PublishedKeys, PublishedKeysStore, RsaJwk } from './stored-keys.ts';

export interface PublishedKeysReader {
  /**
   * The JWKS now; empty if nothing has been published yet.
   * @param maxAge how old the answer may be, ms
   * @throws StoreUnavailable
   */
  read(maxAge?: Millis): Promise<{ readonly jwks: readonly RsaJwk[]; readonly nextKeyDueAt: Millis | undefined }>;
  /** The public key of that id; `undefined` if there is none. @throws StoreUnavailable */
  find(kid: string): Promise<KeyObject | undefined>;
  /** Takes over what has just been published or read elsewhere. */
  learn(keys: PublishedKeys): void;
}

const MINUTE = 60_000;
/** A key is published 2 h 10 min before it signs; a withdrawn one is to be forgotten soon. */
const CACHE_TIME = 10 * MINUTE;
/** An unknown kid causes another read, but not each time, because any client can invent one. */
const COOLDOWN = 5000;

/**
 * Reads the published keys through a cache of ten minutes.
 * A kid that the cache does not have is looked up again, at most every five seconds.
 */
export function createPublishedKeysReader(store: PublishedKeysStore, clock: Clock): PublishedKeysReader {
  let cached: { keys: PublishedKeys | undefined; readAt: Millis } | undefined;
  const keyObjects = new Map<string, KeyObject>();

  const load = shareLoad(async () => {
    const keys = await store.read();
    cached = { keys, readAt: clock() };
    return keys;
  });

  const current = async (maxAge = CACHE_TIME): Promise<PublishedKeys | undefined> => {
    // An empty answer is not kept: the first key may be published at any moment.
    if (cached?.keys !== undefined && isYounger(cached.readAt, clock(), maxAge)) return cached.keys;
    return load();
  };

  const lookUp = async (kid: string): Promise<RsaJwk | undefined> => {
    const known = validJwk(await current(), kid, clock());
    if (known !== undefined || (cached !== undefined && isYounger(cached.readAt, clock(), COOLDOWN))) return known;
    return validJwk(await load(), kid, clock());
  };

  return {
    async read(maxAge) {
      const keys = await current(maxAge);
      return { jwks: validJwks(keys, clock()), nextKeyDueAt: keys?.nextKeyDueAt };
    },
    async find(kid) {
      const jwk = await lookUp(kid);
      if (jwk === undefined) return undefined;
      const made = keyObjects.get(kid) ?? createPublicKey({ key: { ...jwk }, format: 'jwk' });
      keyObjects.set(kid, made);
      return made;
    },
    learn(keys) {
      if (cached?.keys === undefined || cached.keys.version <= keys.version) cached = { keys, readAt: clock() };
    },
  };
}

const validJwks = (keys: PublishedKeys | undefined, now: Millis): RsaJwk[] =>
  (keys?.keys ?? []).filter(({ until }) => until === undefined || now < until).map(({ jwk }) => jwk);

const validJwk = (keys: PublishedKeys | undefined, kid: string, now: Millis): RsaJwk | undefined =>
  validJwks(keys, now).find((jwk) => jwk.kid === kid);

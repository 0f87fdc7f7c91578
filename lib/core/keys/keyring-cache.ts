import type { Millis } from '../types.ts';
import { isYounger } from './is-younger.ts';
import { leadOf, nextKeyDueAt } from './keyring.ts';
import { type KeyringParts, makeNextKey, publish, readOrMake } from './keyring-updates.ts';
import { shareLoad } from './shared-load.ts';
import type { Keyring } from './stored-keys.ts';

export interface KeyringCache {
  /** The published keyring, from the cache if that is fresh. Begins to make the next key if it is due. @throws StoreUnavailable */
  current(): Promise<Keyring>;
  /** Publishes a stored keyring, and keeps it. @throws StoreUnavailable */
  remember(stored: Keyring): Promise<Keyring>;
  /** Makes the next dynamic key if it is due. Reports a fault as `SigningKeyFailed`, and throws it */
  rotateIfDue(): Promise<void>;
}

const MINUTE = 60_000;
const MAX_CACHE_TIME = 30 * MINUTE;

/**
 * The keyring, for a time that is short compared to the lead of a new key. Every process learns of a key long before it
 * signs, and stops using a replaced key in time.
 */
export function createKeyringCache(parts: KeyringParts): KeyringCache {
  const { clock, schedule, report } = parts;
  const cacheTime = Math.min(MAX_CACHE_TIME, Math.floor(leadOf(schedule) / 4));
  let cached: { keyring: Keyring; readAt: Millis } | undefined;
  let rotating: Promise<void> | undefined;

  const remember = async (stored: Keyring): Promise<Keyring> => {
    cached = { keyring: await publish(parts, stored), readAt: clock() };
    return cached.keyring;
  };
  const load = shareLoad(() => readOrMake(parts).then(remember));
  const isDue = (keyring: Keyring): boolean => clock() >= nextKeyDueAt(keyring, schedule);
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

  return {
    remember,
    async current() {
      const keyring =
        cached !== undefined && isYounger(cached.readAt, clock(), cacheTime) ? cached.keyring : await load();
      // Not awaited: the old key signs until the new one has been published long enough, so no request need wait or fail.
      if (isDue(keyring)) rotate().catch(() => undefined);
      return keyring;
    },
    async rotateIfDue() {
      if (isDue(await load().catch(reportFailure))) await rotate();
    },
  };
}

import type { Millis } from '../types.ts';
import type { Keyring, PublishedKey, PublishedKeys, SigningKey } from './stored-keys.ts';

export interface KeySchedule {
  /** How long a dynamic key signs, ms. */
  readonly interval: Millis;
  readonly accessTokenValidity: Millis;
}

const MINUTE = 60_000;
/** API Gateway's JWT authorizer caches a JWKS for up to two hours; ten minutes to spare. */
const MAX_LEAD = 130 * MINUTE;

/** How long a new key is published before it signs: 2 h 10 min, or a fifth of a short interval. */
export const leadOf = ({ interval }: KeySchedule): Millis => Math.min(MAX_LEAD, Math.floor(interval / 5));

/** The ids of all keys, the static one last. */
export const kidsOf = ({ dynamicKeys, staticKey }: Keyring): string[] =>
  [...dynamicKeys, ...(staticKey === undefined ? [] : [staticKey])].map(({ kid }) => kid);

/** The dynamic key that signs at `now`. */
export function dynamicKeyAt(keyring: Keyring, now: Millis): SigningKey {
  const key = keyring.dynamicKeys.findLast(({ signsFrom }) => signsFrom <= now) ?? keyring.dynamicKeys[0];
  if (key === undefined) throw new Error('The keyring has no dynamic key');
  return key;
}

/** When the next dynamic key is to be made, which is when the JWKS changes next. */
export function nextKeyDueAt(keyring: Keyring, schedule: KeySchedule): Millis {
  const newest = keyring.dynamicKeys.at(-1);
  return newest === undefined ? 0 : newest.signsFrom + schedule.interval - leadOf(schedule);
}

/** The keyring with one more dynamic key, the private halves dropped that sign no more, and what has outlived its use. */
export function withNextKey(keyring: Keyring, key: SigningKey, schedule: KeySchedule, now: Millis): Keyring {
  const signing = dynamicKeyAt(keyring, now);
  const kept = keyring.dynamicKeys
    .filter((old) => now < publishedUntil(keyring.dynamicKeys, old, schedule))
    .map((old) => (old.signsFrom < signing.signsFrom ? { ...old, privateKey: undefined } : old));
  return { ...keyring, version: keyring.version + 1, dynamicKeys: [...kept, key] };
}

/** Two access-token lifetimes after its successor took over; for ever as long as there is none. */
function publishedUntil(keys: readonly SigningKey[], key: SigningKey, schedule: KeySchedule): Millis {
  const successor = keys[keys.indexOf(key) + 1];
  return successor === undefined ? Number.POSITIVE_INFINITY : successor.signsFrom + 2 * schedule.accessTokenValidity;
}

/** The keyring with the moments from which its keys sign as they were published. */
export function asPublished(keyring: Keyring, { keys }: Pick<PublishedKeys, 'keys'>): Keyring {
  const moments = new Map(keys.map(({ jwk, signsFrom }) => [jwk.kid, signsFrom]));
  const dynamicKeys = keyring.dynamicKeys.map((key) => ({ ...key, signsFrom: moments.get(key.kid) ?? key.signsFrom }));
  return { ...keyring, dynamicKeys };
}

/**
 * The keyring as it may be published now. A key that is not published yet signs after a whole lead from now on, however
 * old it is. Its process may have ended before publishing it. If no other key can sign, it does not wait.
 * @param stored what is published so far
 */
export function delayUnpublishedKeys(
  keyring: Keyring,
  stored: PublishedKeys | undefined,
  schedule: KeySchedule,
  now: Millis,
): Keyring {
  const published = new Set(stored?.keys.map(({ jwk }) => jwk.kid));
  const known = stored === undefined ? keyring : asPublished(keyring, stored);
  const isSigning = ({ kid, privateKey, signsFrom }: SigningKey) =>
    published.has(kid) && privateKey !== undefined && signsFrom <= now;
  if (!known.dynamicKeys.some(isSigning)) return known;
  const earliest = now + leadOf(schedule);
  const dynamicKeys = known.dynamicKeys.map((key) =>
    published.has(key.kid) ? key : { ...key, signsFrom: Math.max(key.signsFrom, earliest) },
  );
  return { ...known, dynamicKeys };
}

/** The public part of the keyring. */
export function publicPartOf(keyring: Keyring, schedule: KeySchedule, toJwk: (key: SigningKey) => PublishedKey['jwk']) {
  const { dynamicKeys, staticKey } = keyring;
  const keys: PublishedKey[] = dynamicKeys.map((key) => {
    const until = publishedUntil(dynamicKeys, key, schedule);
    return { jwk: toJwk(key), signsFrom: key.signsFrom, ...(Number.isFinite(until) && { until }) };
  });
  return {
    version: keyring.version,
    nextKeyDueAt: nextKeyDueAt(keyring, schedule),
    keys: staticKey === undefined ? keys : [...keys, { jwk: toJwk(staticKey) }],
  } satisfies PublishedKeys;
}

import { delayUnpublishedKeys, type KeySchedule, kidsOf, publicPartOf } from '../../../core/keys/keyring.ts';
import { makeKey } from '../../../core/keys/new-keys.ts';
import { toRsaJwk } from '../../../core/keys/rsa.ts';
import type { Keyring, SigningKey } from '../../../core/keys/stored-keys.ts';
import type { Store } from '../../../core/store/store.ts';
import type { Millis, Random } from '../../../core/types.ts';
import { CommandFailed } from '../../command-line.ts';
import type { OfficialKey, OfficialKeys } from './official-keys.ts';

/** What became of an official core's keys. */
export interface TakenKeys {
  /** In words, for the operator. */
  readonly summary: string;
  /** Whether others were there, which processes that run keep in memory for a while. */
  readonly isReplacement: boolean;
  /** Those that a built-in core cannot keep. */
  readonly refused: readonly { readonly kid: string; readonly reason: string }[];
}

export interface KeyTarget {
  readonly store: Pick<Store, 'keyring' | 'publishedKeys'>;
  readonly schedule: KeySchedule;
  readonly random: Random;
  readonly now: Millis;
  readonly isDryRun: boolean;
  /** Whether there are sessions whose refresh tokens need the present secret. */
  readonly hasSessions: () => Promise<boolean>;
}

/**
 * Takes an official core's keys and its refresh secret into our keyring and publishes them. A keyring that the stage made
 * for itself is replaced as long as no session needs it.
 * @throws CommandFailed if one does, or there is nothing to take over
 */
export async function takeOverKeys(official: OfficialKeys, target: KeyTarget): Promise<TakenKeys> {
  const { store, schedule, now, isDryRun } = target;
  for (;;) {
    const stored = await store.keyring.read();
    const published = await store.publishedKeys.read();
    const merged = await mergedKeyring(stored, official, target);
    // What is published may be newer than a keyring that was restored from a backup.
    const version = Math.max(stored?.version ?? 0, published?.version ?? 0) + 1;
    const next = merged === stored ? stored : { ...merged, version };
    if (!isDryRun) {
      if (next !== stored && !(await store.keyring.write(next, stored?.version ?? 0))) continue;
      // Also if nothing has changed: an earlier run may have died in between.
      const publishable = delayUnpublishedKeys(next, published, schedule, now);
      await store.publishedKeys.write(publicPartOf(publishable, schedule, toRsaJwk));
    }
    const refused = official.staticKeys
      .filter(({ kid }) => kid !== next.staticKey?.kid)
      .map(({ kid }) => ({
        kid,
        reason: 'a core keeps one static key, so tokens that this key signed are rejected',
      }));
    const isReplacement = stored !== undefined && stored.refreshTokenSecret !== next.refreshTokenSecret;
    return { summary: summaryOf(stored, next), isReplacement, refused };
  }
}

function summaryOf(stored: Keyring | undefined, next: Keyring): string {
  const isKnown = stored?.refreshTokenSecret === next.refreshTokenSecret;
  const before = new Set(isKnown ? kidsOf(stored) : []);
  const added = kidsOf(next).filter((kid) => !before.has(kid));
  const secret = isKnown ? [] : ['the refresh secret'];
  return [...secret, ...added].join(', ') || 'all there already';
}

async function mergedKeyring(
  stored: Keyring | undefined,
  official: OfficialKeys,
  { random, now, hasSessions }: KeyTarget,
): Promise<Keyring> {
  const { refreshTokenSecret } = official;
  if (refreshTokenSecret === undefined) {
    throw new CommandFailed('key_value has no refresh_token_key, so no official core has kept sessions there.');
  }
  if (stored?.refreshTokenSecret === refreshTokenSecret) return withKeysMadeSince(stored, official);
  if (stored !== undefined && (await hasSessions())) {
    throw new CommandFailed(
      "There are sessions whose refresh tokens need another secret. With the official core's secret, their users would be " +
        'logged out. Import into a stage without sessions.',
    );
  }
  const dynamicKeys = official.dynamicKeys.map(signingKey);
  return {
    version: 0,
    // A core that has never signed with a kind of key has none of it.
    dynamicKeys: dynamicKeys.length > 0 ? dynamicKeys : [await makeKey(`d-${now}`, now, now)],
    ...newestStaticKey(official),
    refreshTokenSecret,
    successorSecret: stored?.successorSecret ?? random.bytes(32).toString('base64url'),
  };
}

/** What the official core has made since the import before. When these may sign here is decided by publishing them. */
function withKeysMadeSince(stored: Keyring, official: OfficialKeys): Keyring {
  const known = new Set(kidsOf(stored));
  // An unknown one that is older than all of ours was taken over once, and has outlived its use.
  const oldest = stored.dynamicKeys[0]?.createdAt ?? 0;
  const added = official.dynamicKeys.filter(({ kid, createdAt }) => !known.has(kid) && createdAt > oldest);
  const staticKey = stored.staticKey === undefined ? newestStaticKey(official) : {};
  if (added.length === 0 && Object.keys(staticKey).length === 0) return stored;
  return { ...stored, dynamicKeys: [...stored.dynamicKeys, ...added.map(signingKey)], ...staticKey };
}

/** The one static key that a built-in core keeps; empty if the official core has none. */
function newestStaticKey({ staticKeys }: OfficialKeys): Pick<Keyring, 'staticKey'> {
  const newest = staticKeys.at(-1);
  return newest === undefined ? {} : { staticKey: signingKey(newest) };
}

function signingKey({ kid, createdAt, keyString }: OfficialKey): SigningKey {
  const [publicKey, privateKey, ...rest] = keyString.split('|');
  if (publicKey === undefined || privateKey === undefined || rest.length > 0) {
    throw new CommandFailed(`The key ${kid} does not have the form <public>|<private>.`);
  }
  return { kid, createdAt, signsFrom: createdAt, publicKey, privateKey };
}

/**
 * What of our keyring an official core can keep. It needs both halves of a key. We drop the private half an interval
 * after the key has last signed, when no client has a token of it any more.
 */
export function keysToGiveBack({ dynamicKeys, staticKey, refreshTokenSecret }: Keyring): OfficialKeys {
  const official = ({ kid, createdAt, publicKey, privateKey }: SigningKey): OfficialKey[] =>
    privateKey === undefined ? [] : [{ kid, createdAt, keyString: `${publicKey}|${privateKey}` }];
  const staticKeys = staticKey === undefined ? [] : official(staticKey);
  return { dynamicKeys: dynamicKeys.flatMap(official), staticKeys, refreshTokenSecret };
}

import type { KeySchedule } from '../../../lib/core/keys/keyring.ts';
import { makeKeyring, makeStaticKey } from '../../../lib/core/keys/new-keys.ts';
import { createPublishedKeysReader } from '../../../lib/core/keys/published-keys.ts';
import { replaceKeys } from '../../../lib/core/keys/replace-keys.ts';
import { createSigningKeys } from '../../../lib/core/keys/signing-keys.ts';
import type { Keyring, SigningKey } from '../../../lib/core/keys/stored-keys.ts';
import type { Store } from '../../../lib/core/store/store.ts';
import type { CoreEvent, Millis } from '../../../lib/core/types.ts';
import { systemRandom } from '../../../lib/supertokens/system-random.ts';
import { createMemoryStore } from '../../fixtures/memory-store.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LEAD = 130 * MINUTE;
const SCHEDULE: KeySchedule = { interval: 168 * HOUR, accessTokenValidity: HOUR };

type KeyStore = Pick<Store, 'keyring' | 'publishedKeys'>;

let now: Millis;
let made: Keyring;
let staticKey: SigningKey;
let store: KeyStore;

beforeAll(async () => {
  const parts = { clock: () => 1_800_000_000_000, random: systemRandom };
  [made, staticKey] = [await makeKeyring(parts, false), await makeStaticKey(parts)];
  made = { ...made, staticKey };
});
beforeEach(async () => {
  now = 1_800_000_000_000;
  store = createMemoryStore();
  await store.keyring.write(made);
  await keysOn(store).keys.ensurePublished();
});

/** One process: its keys, its reader, what it reported, and how often it read the keyring. */
function keysOn(of: KeyStore, schedule = SCHEDULE) {
  const clock = () => now;
  const events: CoreEvent[] = [];
  const read = jest.fn(of.keyring.read);
  const counted = { ...of, keyring: { ...of.keyring, read } };
  const published = createPublishedKeysReader(counted.publishedKeys, clock);
  const report = (event: CoreEvent) => void events.push(event);
  const parts = {
    store: counted,
    clock,
    random: systemRandom,
    schedule,
    hasStaticKeyFromStart: false,
    published,
    report,
  };
  return { keys: createSigningKeys(parts), parts, published, events, read };
}

/** The store, of which the first read of the keyring gives what once was. */
function readingFirst(stale: Keyring): KeyStore {
  let isFirst = true;
  const read = () => {
    if (!isFirst) return store.keyring.read();
    isFirst = false;
    return Promise.resolve(stale);
  };
  return { ...store, keyring: { ...store.keyring, read } };
}

const stored = async () => ({ keyring: await store.keyring.read(), published: await store.publishedKeys.read() });

describe('the keyring', () => {
  test('is read once in half an hour, as long as no key is due', async () => {
    const { keys, read } = keysOn(store);
    await keys.signer('dynamic');
    now += 30 * MINUTE - 1;
    await keys.secrets();
    expect(read).toHaveBeenCalledTimes(1);
    now += 1;
    await keys.signer('static');
    expect(read).toHaveBeenCalledTimes(2);
  });

  test('is read more often where keys change more often', async () => {
    const { keys, read } = keysOn(store, { ...SCHEDULE, interval: HOUR });
    await keys.signer('dynamic');
    now += 3 * MINUTE - 1;
    await keys.signer('dynamic');
    expect(read).toHaveBeenCalledTimes(1);
    now += 1;
    await keys.signer('dynamic');
    expect(read).toHaveBeenCalledTimes(2);
  });

  test('is made where there is none, and its keys are reported', async () => {
    const { keys, events } = keysOn(createMemoryStore());
    const kids = [await keys.signer('dynamic'), await keys.signer('static')].map(({ kid }) => kid);
    expect(kids).toEqual([`d-${now}`, expect.stringMatching(/^s-/)]);
    expect(events).toEqual(kids.map((kid) => ({ event: 'SigningKeyMade', kid })));
  });

  test('has a key for each kind', async () => {
    const { keys } = keysOn(store);
    expect((await keys.signer('dynamic')).kid).toBe(made.dynamicKeys[0]?.kid);
    expect((await keys.signer('static')).kid).toBe(staticKey.kid);
  });

  test('gives the same key object each time', async () => {
    const { keys } = keysOn(store);
    expect((await keys.signer('dynamic')).key).toBe((await keys.signer('dynamic')).key);
  });

  test('has the secrets, of which the one for successors is 32 bytes', async () => {
    const { refreshTokenSecret, successorSecret } = await keysOn(store).keys.secrets();
    expect(refreshTokenSecret).toBe(made.refreshTokenSecret);
    expect(successorSecret).toHaveLength(32);
    expect(successorSecret.toString('base64url')).toBe(made.successorSecret);
  });

  test('without the private half of the key that signs is a fault that says which', async () => {
    store = createMemoryStore();
    await store.keyring.write({ ...made, staticKey: { ...staticKey, privateKey: undefined } });
    const message = `The private half of the signing key ${staticKey.kid} is gone`;
    await expect(keysOn(store).keys.signer('static')).rejects.toThrow(message);
  });

  test('that is deleted while it is in use is a fault that says so', async () => {
    const deleted = { ...store, keyring: { read: async () => undefined, write: async () => false } };
    const message = 'The keyring was deleted while it was in use';
    await expect(keysOn(deleted).keys.ensurePublished()).rejects.toThrow(message);
  });

  test('that was read before it was replaced is read again, and not written', async () => {
    await store.keyring.write({ ...made, version: 2 });
    await keysOn(store).keys.ensurePublished();
    await keysOn(readingFirst(made)).keys.ensurePublished();
    expect(await stored()).toMatchObject({ keyring: { version: 2 }, published: { version: 2 } });
  });
});

describe('what is published', () => {
  test('is overtaken by a keyring that was restored from a backup', async () => {
    const { published } = await stored();
    if (published === undefined) throw new Error('Nothing is published');
    await store.publishedKeys.write({ ...published, version: 7 });
    await keysOn(store).keys.ensurePublished();
    expect(await stored()).toMatchObject({ keyring: { version: 8 }, published: { version: 8 } });
  });

  test('is known to the reader of the process that has looked', async () => {
    const { keys, published, parts } = keysOn(store);
    await keys.ensurePublished();
    const again = jest.spyOn(parts.store.publishedKeys, 'read');
    expect(await published.find(staticKey.kid)).toBeDefined();
    expect(again).not.toHaveBeenCalled();
  });

  test('counts if another process was first', async () => {
    const theirs = (await stored()).published;
    if (theirs === undefined) throw new Error('Nothing is published');
    const empty = createMemoryStore();
    await empty.keyring.write(made);
    const overtaken = {
      ...empty,
      publishedKeys: {
        ...empty.publishedKeys,
        async write() {
          await empty.publishedKeys.write({ ...theirs, nextKeyDueAt: 5 });
          return false;
        },
      },
    };
    const { keys, published } = keysOn(overtaken);
    await keys.ensurePublished();
    expect((await published.read()).nextKeyDueAt).toBe(5);
  });
});

describe('a look for whether a key is due', () => {
  const DUE = SCHEDULE.interval - LEAD;

  test('reads the keyring once if none is', async () => {
    const { keys, read, events } = keysOn(store);
    now += DUE - 1;
    await keys.rotateIfDue();
    expect(read).toHaveBeenCalledTimes(1);
    expect(events).toEqual([]);
  });

  test('reports the key that it made', async () => {
    const { keys, events } = keysOn(store);
    now += DUE;
    await keys.rotateIfDue();
    expect(events).toEqual([{ event: 'SigningKeyMade', kid: `d-${now}` }]);
    const { keyring, published } = await stored();
    expect(keyring).toMatchObject({ version: 2, dynamicKeys: [{}, { createdAt: now, signsFrom: now + LEAD }] });
    expect(published).toMatchObject({ version: 2 });
  });

  test('begins with the request that finds it due', async () => {
    const { keys, read } = keysOn(store);
    now += DUE - 1;
    await keys.signer('dynamic');
    expect(read).toHaveBeenCalledTimes(1);
    now += 1;
    await keys.signer('dynamic');
    expect(read).toHaveBeenCalledTimes(2);
    // What has begun comes to its end.
    await keys.rotateIfDue();
    expect((await stored()).keyring).toMatchObject({ version: 2 });
  });

  test('finds that another process has made it since', async () => {
    now += DUE;
    const { keys, read, events } = keysOn(store);
    read.mockImplementationOnce(store.keyring.read).mockImplementationOnce(async () => {
      await keysOn(store).keys.rotateIfDue();
      return store.keyring.read();
    });
    await keys.rotateIfDue();
    expect(events).toEqual([]);
    expect((await stored()).keyring).toMatchObject({ version: 2 });
  });

  test('that fails is reported, and the next one tries again', async () => {
    const error = new Error('no');
    const write = jest.fn(store.keyring.write).mockRejectedValueOnce(error);
    const { keys, events } = keysOn({ ...store, keyring: { ...store.keyring, write } });
    now += DUE;
    await expect(keys.rotateIfDue()).rejects.toBe(error);
    expect(events).toEqual([{ event: 'SigningKeyFailed', error }]);
    await keys.rotateIfDue();
    expect(events.slice(1)).toEqual([{ event: 'SigningKeyMade', kid: `d-${now}` }]);
  });

  test('takes what another process was quicker to write, and reports nothing', async () => {
    const overtaken = {
      ...store,
      keyring: {
        ...store.keyring,
        async write(next: Keyring) {
          await store.keyring.write({ ...next, refreshTokenSecret: 'theirs' });
          return false;
        },
      },
    };
    now += DUE;
    const { keys, events } = keysOn(overtaken);
    await keys.rotateIfDue();
    expect(events).toEqual([]);
    expect((await keys.secrets()).refreshTokenSecret).toBe('theirs');
  });
});

describe('replacing all keys', () => {
  test.each([
    ['the keyring', 7, 1],
    ['what is published, where the keyring is of a backup', 1, 7],
  ])('makes a version beyond %s, and reports each key', async (_what, version, publishedVersion) => {
    const { published } = await stored();
    if (published === undefined) throw new Error('Nothing is published');
    store = createMemoryStore();
    await store.keyring.write({ ...made, version }, 0);
    await store.publishedKeys.write({ ...published, version: publishedVersion });
    const { parts, events } = keysOn(store);
    const kids = await replaceKeys(parts, { refreshSecrets: false });
    expect(await stored()).toMatchObject({ keyring: { version: 8 }, published: { version: 8 } });
    expect(kids).toHaveLength(1);
    expect(events).toEqual(kids.map((kid) => ({ event: 'SigningKeyMade', kid })));
  });
});

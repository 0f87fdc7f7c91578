import { createPrivateKey, createPublicKey } from 'node:crypto';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { type CoreConfig, DEFAULT_CORE_CONFIG } from '../../../lib/core/index.ts';
import type { Keyring, PublishedKeys, SigningKey } from '../../../lib/core/keys/stored-keys.ts';
import type { Store } from '../../../lib/core/store/store.ts';
import { createSession, IN_PROCESS, kidOf, refreshed, textIn, verify } from '../../fixtures/cdi-session.ts';
import {
  connectTestDatabase,
  type ManualClock,
  makeTestCore,
  startTestDatabase,
  type TestAnswer,
  type TestCore,
  type TestDatabase,
} from '../../fixtures/core.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const INTERVAL = DEFAULT_CORE_CONFIG.signingKeyInterval;
const LIFETIME = DEFAULT_CORE_CONFIG.accessTokenValidity;
const LEAD = 2 * HOUR + 10 * MINUTE;

let server: TestDatabase;
beforeAll(async () => {
  server = await startTestDatabase();
});
afterAll(() => server.stop());

/** With empty tables. */
let database: Omit<TestDatabase, 'stop'>;
beforeEach(async () => {
  database = await connectTestDatabase(server.endpoint);
});

const makeCore = (config: Partial<CoreConfig> = {}, store: Store = database.store, clock?: ManualClock): TestCore =>
  makeTestCore(store, { ...IN_PROCESS, staticKey: 'from-start', ...config }, clock);

async function keyring(): Promise<Keyring> {
  const stored = await database.store.keyring.read();
  if (stored === undefined) throw new Error('There is no keyring');
  return stored;
}

/** All keys, the static one last. */
const everyKey = async (): Promise<SigningKey[]> => {
  const { dynamicKeys, staticKey } = await keyring();
  return [...dynamicKeys, ...(staticKey === undefined ? [] : [staticKey])];
};

const jwksOf = (core: TestCore): Promise<TestAnswer> => core.ask('/.well-known/jwks.json');

const kidsIn = ({ json }: TestAnswer): string[] => (json.keys as { kid: string }[]).map(({ kid }) => kid);

const maxAgeIn = ({ headers }: TestAnswer): number =>
  Number(/^max-age=(\d+), must-revalidate$/.exec(headers['cache-control'] ?? '')?.[1]);

const dynamicKids = async (): Promise<string[]> => (await keyring()).dynamicKeys.map(({ kid }) => kid);

/** The key that a session created now is signed with. */
const signingKid = async (core: TestCore): Promise<string> => kidOf((await createSession(core)).accessToken);

/** The store, with one method of its keys replaced. */
const withKeys = (changes: {
  readonly keyring?: Partial<Store['keyring']>;
  readonly publishedKeys?: Partial<Store['publishedKeys']>;
}): Store => ({
  ...database.store,
  keyring: { ...database.store.keyring, ...changes.keyring },
  publishedKeys: { ...database.store.publishedKeys, ...changes.publishedKeys },
});

/** Made once, for it takes a while; each test gets them in tables of its own. */
let firstKeys: { readonly keyring: Keyring; readonly published: PublishedKeys } | undefined;

async function writeFirstKeys(): Promise<void> {
  if (firstKeys === undefined) {
    await jwksOf(makeCore());
    const published = await database.store.publishedKeys.read();
    if (published !== undefined) firstKeys = { keyring: await keyring(), published };
    return;
  }
  await database.store.keyring.write(firstKeys.keyring);
  await database.store.publishedKeys.write(firstKeys.published);
}

/** A core with its first keys; it is taken to where the next one is due. */
async function dueCore(config: Partial<CoreConfig> = {}): Promise<{ core: TestCore; oldKid: string }> {
  const core = makeCore(config);
  const oldKid = await signingKid(core);
  core.clock.advance(INTERVAL - LEAD);
  return { core, oldKid };
}

describe('the first keys', () => {
  test('are one dynamic and one static key, published before the first token is out', async () => {
    const core = makeCore();
    const { accessToken } = await createSession(core);
    const published = await database.store.publishedKeys.read();
    const kids = published?.keys.map(({ jwk }) => jwk.kid);
    expect(kids).toEqual([expect.stringMatching(/^d-\d+$/), expect.stringMatching(/^s-/)]);
    expect(kids).toContain(kidOf(accessToken));
  });

  test('have the form of their ids: d- and the creation in ms, s- and a UUID', async () => {
    const core = makeCore();
    const kid = await signingKid(core);
    expect(kid).toBe(`d-${core.clock.time}`);
    expect((await everyKey()).at(-1)?.kid).toMatch(
      /^s-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  test('are RSA keys of 2048 bits, as SPKI and PKCS#8 in base64', async () => {
    await createSession(makeCore());
    const all = await everyKey();
    expect(all).toHaveLength(2);
    for (const { publicKey, privateKey = '' } of all) {
      const pub = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
      const own = createPrivateKey({ key: Buffer.from(privateKey, 'base64'), format: 'der', type: 'pkcs8' });
      expect(pub.asymmetricKeyDetails).toMatchObject({ modulusLength: 2048, publicExponent: 65537n });
      expect(createPublicKey(own).equals(pub)).toBe(true);
    }
  });

  test('sign tokens that jose verifies with the JWKS', async () => {
    const core = makeCore();
    const jwks = createLocalJWKSet((await jwksOf(core)).json as unknown as JSONWebKeySet);
    for (const useDynamicSigningKey of [true, false]) {
      const { accessToken, handle } = await createSession(core, { useDynamicSigningKey });
      const { payload } = await jwtVerify(accessToken, jwks, { currentDate: new Date(core.clock.time) });
      expect(payload.sessionHandle).toBe(handle);
    }
  });

  test('two cores that find none at once end up with one keyring, and know each other’s tokens', async () => {
    const cores = [makeCore(), makeCore()];
    const tokens = await Promise.all(cores.map((core) => createSession(core)));
    const stored = await keyring();
    expect(stored.version).toBe(1);
    expect(stored.dynamicKeys).toHaveLength(1);
    const jwks = createLocalJWKSet((await jwksOf(makeCore())).json as unknown as JSONWebKeySet);
    for (const { accessToken, refreshToken } of tokens) {
      await jwtVerify(accessToken, jwks, { currentDate: new Date(cores[0]?.clock.time ?? 0) });
      for (const core of cores) {
        expect(await verify(core, accessToken)).toMatchObject({ status: 'OK' });
        await refreshed(core, refreshToken);
      }
    }
  });

  test('are not made twice when the acknowledgement of the keyring was lost', async () => {
    const losing = withKeys({
      keyring: {
        async write(keys) {
          await database.store.keyring.write(keys);
          return false;
        },
      },
    });
    const core = makeCore({}, losing);
    expect(await signingKid(core)).toBe((await keyring()).dynamicKeys[0]?.kid);
  });

  test('are made once when many requests come first', async () => {
    const core = makeCore();
    await Promise.all(Array.from({ length: 10 }, () => createSession(core)));
    const made = core.events.filter(({ event }) => event === 'SigningKeyMade');
    expect(made).toHaveLength(2);
    expect(await dynamicKids()).toHaveLength(1);
  });

  test('are made by a look at the JWKS, too', async () => {
    expect(kidsIn(await jwksOf(makeCore()))).toHaveLength(2);
  });
});

describe('a key is published before it signs', () => {
  const DIED = new Error('the process died');

  /** The keyring can be written, but not published. */
  const dyingBeforePublishing = () =>
    withKeys({ publishedKeys: { write: () => Promise.reject(DIED), read: () => Promise.reject(DIED) } });

  test('the first one, even if its maker died between writing the keyring and publishing', async () => {
    const dying = makeCore({}, dyingBeforePublishing());
    expect(await dying.ask('/recipe/jwt/jwks')).toMatchObject({ status: 500 });
    const lost = makeCore({}, dyingBeforePublishing());
    const body = { payload: {}, algorithm: 'RS256', jwksDomain: 'https://x', validity: 10 };
    expect(await lost.ask('/recipe/jwt', body)).toMatchObject({ status: 500 });
    expect(await database.store.publishedKeys.read()).toBeUndefined();
    const [kid] = await dynamicKids();

    const core = makeCore({}, database.store, dying.clock);
    expect(await signingKid(core)).toBe(kid);
    const published = await database.store.publishedKeys.read();
    expect(published?.keys.map(({ jwk }) => jwk.kid)).toContain(kid);
  });

  test('as long as publishing fails, no token is out', async () => {
    const core = makeCore({}, withKeys({ publishedKeys: { write: () => Promise.reject(DIED) } }));
    const body = { userId: 'u', userDataInJWT: {}, userDataInDatabase: {}, enableAntiCsrf: false };
    for (let time = 0; time < 3; time++) expect(await core.ask('/recipe/session', body)).toMatchObject({ status: 500 });
    expect(await database.store.keyring.read()).toBeDefined();
  });

  test('the next one, even if its maker died between writing the keyring and publishing', async () => {
    const { core, oldKid } = await dueCore();
    const dying = makeCore({}, withKeys({ publishedKeys: { write: () => Promise.reject(DIED) } }), core.clock);
    await expect(dying.core.rotateSigningKeyIfDue()).rejects.toBe(DIED);
    expect(dying.events).toContainEqual({ event: 'SigningKeyFailed', error: DIED });
    const [, nextKid = ''] = await dynamicKids();
    expect(kidsIn(await jwksOf(makeCore({}, database.store, core.clock)))).not.toContain(nextKid);

    core.clock.advance(30 * MINUTE);
    const other = makeCore({}, database.store, core.clock);
    expect(await signingKid(other)).toBe(oldKid);
    expect(kidsIn(await jwksOf(other))).toContain(nextKid);
  });

  test('a whole lead before, even if it lay unpublished for longer, and no other process publishes meanwhile', async () => {
    const { core, oldKid } = await dueCore();
    const dying = makeCore({}, withKeys({ publishedKeys: { write: () => Promise.reject(DIED) } }), core.clock);
    await expect(dying.core.rotateSigningKeyIfDue()).rejects.toBe(DIED);
    const [, nextKid = ''] = await dynamicKids();
    core.clock.advance(2 * LEAD);

    const finders = [makeCore({}, database.store, core.clock), makeCore({}, database.store, core.clock)];
    for (const kid of await Promise.all(finders.map(signingKid))) expect(kid).toBe(oldKid);
    expect(kidsIn(await jwksOf(makeCore({}, database.store, core.clock)))).toContain(nextKid);
    core.clock.advance(LEAD - 1);
    const late = makeCore({}, database.store, core.clock);
    for (const one of [...finders, late]) expect(await signingKid(one)).toBe(oldKid);
    core.clock.advance(1);
    for (const one of [...finders, late]) expect(await signingKid(one)).toBe(nextKid);
    expect(await dynamicKids()).toEqual([oldKid, nextKid]);
  });

  test('also that of a keyring restored from a backup, older than what is published', async () => {
    const { core, oldKid } = await dueCore();
    const backup = await keyring();
    await core.core.rotateSigningKeyIfDue();
    const lostKid = `d-${core.clock.time}`;
    expect(await database.store.keyring.write(backup, 2)).toBe(true);
    core.clock.advance(LEAD);

    const restored = makeCore({}, database.store, core.clock);
    expect(await signingKid(restored)).toBe(oldKid);
    await restored.core.rotateSigningKeyIfDue();
    const nextKid = `d-${core.clock.time}`;
    expect(nextKid).not.toBe(lostKid);
    expect(kidsIn(await jwksOf(makeCore({}, database.store, core.clock)))).toEqual([
      oldKid,
      nextKid,
      backup.staticKey?.kid,
    ]);
    core.clock.advance(LEAD - 1);
    expect(await signingKid(restored)).toBe(oldKid);
    core.clock.advance(1);
    expect(await signingKid(restored)).toBe(nextKid);
  });

  test('the only key that can sign is one that no verifier could see: it signs, and is published', async () => {
    const { core } = await dueCore();
    await core.core.rotateSigningKeyIfDue();
    const [, nextKid = ''] = await dynamicKids();
    core.clock.advance(LEAD);
    await database.db.delete(database.tables.publishedKeys, { pk: 'published-keys' });
    const awake = makeCore({}, database.store, core.clock);
    expect(await signingKid(awake)).toBe(nextKid);
    expect(kidsIn(await jwksOf(awake))).toContain(nextKid);
  });

  test('whatever comes first: no token is ever out whose key is not in the JWKS', async () => {
    const core = makeCore();
    for (let step = 0; step < 12; step++) {
      const fresh = makeCore({}, database.store, core.clock);
      for (const one of [core, fresh]) {
        const kid = await signingKid(one);
        const published = await database.store.publishedKeys.read();
        expect(published?.keys.map(({ jwk }) => jwk.kid)).toContain(kid);
      }
      await core.core.rotateSigningKeyIfDue();
      core.clock.advance(INTERVAL / 5);
    }
  });
});

describe('the next key', () => {
  beforeEach(writeFirstKeys);

  test('is made 2 h 10 min before it signs, and not earlier', async () => {
    const { core } = await dueCore();
    core.clock.advance(-1);
    await core.core.rotateSigningKeyIfDue();
    expect(await dynamicKids()).toHaveLength(1);
    core.clock.advance(1);
    await core.core.rotateSigningKeyIfDue();
    const [, next] = (await keyring()).dynamicKeys;
    expect(next).toMatchObject({
      kid: `d-${core.clock.time}`,
      createdAt: core.clock.time,
      signsFrom: core.clock.time + LEAD,
    });
  });

  test('is in the JWKS at once', async () => {
    const { core } = await dueCore();
    await core.core.rotateSigningKeyIfDue();
    expect(kidsIn(await jwksOf(core))).toContain(`d-${core.clock.time}`);
  });

  test('signs after 2 h 10 min, until when the old one does', async () => {
    const { core, oldKid } = await dueCore();
    await core.core.rotateSigningKeyIfDue();
    const nextKid = `d-${core.clock.time}`;
    core.clock.advance(LEAD - 1);
    expect(await signingKid(core)).toBe(oldKid);
    core.clock.advance(1);
    expect(await signingKid(core)).toBe(nextKid);
  });

  test('comes a fifth of a short interval ahead', async () => {
    const config = { signingKeyInterval: HOUR, accessTokenValidity: 10 * MINUTE };
    const core = makeCore(config);
    const oldKid = await signingKid(core);
    core.clock.advance(HOUR - 12 * MINUTE - 1);
    await core.core.rotateSigningKeyIfDue();
    expect(await dynamicKids()).toHaveLength(1);
    core.clock.advance(1);
    await core.core.rotateSigningKeyIfDue();
    const nextKid = `d-${core.clock.time}`;
    core.clock.advance(12 * MINUTE - 1);
    expect(await signingKid(core)).toBe(oldKid);
    core.clock.advance(1);
    expect(await signingKid(core)).toBe(nextKid);
  });

  test('is made once by two cores at once', async () => {
    const { core } = await dueCore();
    const other = makeCore({}, database.store, core.clock);
    await Promise.all([core.core.rotateSigningKeyIfDue(), other.core.rotateSigningKeyIfDue()]);
    const stored = await keyring();
    expect(stored.dynamicKeys).toHaveLength(2);
    expect(stored.version).toBe(2);
    const made = [...core.events, ...other.events].filter(
      (event) => event.event === 'SigningKeyMade' && event.kid === `d-${core.clock.time}`,
    );
    expect(made).toHaveLength(1);
  });

  test('is never waited for: a request at the due moment is signed with the old key', async () => {
    const { core, oldKid } = await dueCore();
    // The read that begins the making never ends, so a request that waited for it would wait for ever.
    let reads = 0;
    const stuck = withKeys({
      keyring: {
        read: () => (++reads === 1 ? database.store.keyring.read() : new Promise<never>(() => undefined)),
      },
    });
    const process = makeCore({}, stuck, core.clock);
    expect(await signingKid(process)).toBe(oldKid);
    expect(reads).toBe(2);
    expect(await signingKid(process)).toBe(oldKid);
    expect(reads).toBe(2);
  });

  test('is not waited for by a look at the JWKS at the due moment', async () => {
    const { core, oldKid } = await dueCore();
    const stuck = withKeys({ keyring: { read: () => new Promise<never>(() => undefined) } });
    const process = makeCore({}, stuck, core.clock);
    expect(kidsIn(await jwksOf(process))).toContain(oldKid);
  });

  test.each<[string, (core: TestCore) => Promise<unknown>]>([
    ['request', signingKid],
    ['look at the JWKS', jwksOf],
  ])('is made in the background of the %s that finds it due', async (_what, ask) => {
    const { core, oldKid } = await dueCore();
    const published = Promise.withResolvers<void>();
    const watched = withKeys({
      publishedKeys: {
        async write(keys) {
          const isWritten = await database.store.publishedKeys.write(keys);
          published.resolve();
          return isWritten;
        },
      },
    });
    await ask(makeCore({}, watched, core.clock));
    await published.promise;
    expect(await dynamicKids()).toEqual([oldKid, `d-${core.clock.time}`]);
  });

  test('that could not be created is reported, and the old one still signs', async () => {
    const { core, oldKid } = await dueCore();
    const failing = withKeys({ keyring: { write: () => Promise.reject(new Error('no')) } });
    const process = makeCore({}, failing, core.clock);
    await expect(process.core.rotateSigningKeyIfDue()).rejects.toThrow('no');
    expect(process.events).toEqual([{ event: 'SigningKeyFailed', error: new Error('no') }]);
    core.clock.advance(INTERVAL);
    expect(await signingKid(process)).toBe(oldKid);
  });

  test('that is due when the keyring cannot be read is reported: a look at the JWKS does not fail of it', async () => {
    const { core, oldKid } = await dueCore();
    const failing = withKeys({ keyring: { read: () => Promise.reject(new Error('no')) } });
    const process = makeCore({}, failing, core.clock);
    expect(kidsIn(await jwksOf(process))).toContain(oldKid);
    // What was begun and not awaited has come to its end by then.
    await expect(process.core.rotateSigningKeyIfDue()).rejects.toThrow('no');
    expect(process.events).toContainEqual({ event: 'SigningKeyFailed', error: new Error('no') });
  });

  test.each([
    ['the usual interval', INTERVAL, LEAD],
    ['a short interval', HOUR, 12 * MINUTE],
  ])(
    'replaces the old one in time in a process that read the keyring just before: %s',
    async (_which, interval, lead) => {
      const config = { signingKeyInterval: interval, accessTokenValidity: 10 * MINUTE };
      const core = makeCore(config);
      core.clock.advance(interval - lead - 1);
      const cached = makeCore(config, database.store, core.clock);
      const oldKid = await signingKid(cached);
      core.clock.advance(1);
      await core.core.rotateSigningKeyIfDue();
      const nextKid = `d-${core.clock.time}`;
      expect(nextKid).not.toBe(oldKid);
      // Until then no request comes.
      core.clock.advance(lead);
      expect(await signingKid(cached)).toBe(nextKid);
    },
  );

  test('that another process has made already is taken over, not made again', async () => {
    const { core } = await dueCore();
    core.clock.advance(-1);
    const looks: PromiseWithResolvers<void>[] = [];
    const watched = withKeys({
      publishedKeys: {
        async read() {
          looks.at(-1)?.resolve();
          return database.store.publishedKeys.read();
        },
      },
    });
    const late = makeCore({}, watched, core.clock);
    await signingKid(late);
    core.clock.advance(1);
    await core.core.rotateSigningKeyIfDue();
    // What it remembers says that a key is due; in the background it finds that it is there.
    const look = Promise.withResolvers<void>();
    looks.push(look);
    await signingKid(late);
    await look.promise;
    expect((await keyring()).version).toBe(2);
    expect(late.events).toEqual([]);
  });

  test('is due again a lead before the one before it has signed for a whole interval', async () => {
    const { core } = await dueCore();
    await core.core.rotateSigningKeyIfDue();
    const [, second] = (await keyring()).dynamicKeys;
    core.clock.time = (second?.signsFrom ?? 0) + INTERVAL - LEAD - 1;
    await core.core.rotateSigningKeyIfDue();
    expect((await keyring()).version).toBe(2);
    core.clock.advance(1);
    await core.core.rotateSigningKeyIfDue();
    expect((await keyring()).version).toBe(3);
  });

  test('overdue after a long sleep is published as long as any before it signs', async () => {
    const core = makeCore();
    const oldKid = await signingKid(core);
    core.clock.advance(10 * INTERVAL);
    const awake = makeCore({}, database.store, core.clock);
    await awake.core.rotateSigningKeyIfDue();
    const nextKid = `d-${core.clock.time}`;
    expect(await signingKid(awake)).toBe(oldKid);
    expect(kidsIn(await jwksOf(awake))).toEqual([oldKid, nextKid, expect.stringMatching(/^s-/)]);
    core.clock.advance(LEAD - 1);
    expect(await signingKid(awake)).toBe(oldKid);
    core.clock.advance(1);
    expect(await signingKid(awake)).toBe(nextKid);
  });
});

describe('a replaced key', () => {
  beforeEach(writeFirstKeys);

  async function replaced() {
    const { core, oldKid } = await dueCore();
    await core.core.rotateSigningKeyIfDue();
    const nextKid = `d-${core.clock.time}`;
    core.clock.advance(LEAD);
    return { core, oldKid, nextKid };
  }

  test('stays in the JWKS for two access-token lifetimes, then goes', async () => {
    const { core, oldKid } = await replaced();
    core.clock.advance(2 * LIFETIME - 1);
    expect(kidsIn(await jwksOf(makeCore({}, database.store, core.clock)))).toContain(oldKid);
    core.clock.advance(1);
    for (const one of [core, makeCore({}, database.store, core.clock)]) {
      expect(kidsIn(await jwksOf(one))).not.toContain(oldKid);
      expect(kidsIn(await one.ask('/recipe/jwt/jwks'))).not.toContain(oldKid);
    }
  });

  test('verifies the last token it signed until that expires', async () => {
    const { core } = await replaced();
    core.clock.advance(-1);
    const { accessToken, accessExpiry } = await createSession(core);
    core.clock.time = accessExpiry - 1;
    expect(await verify(makeCore({}, database.store, core.clock), accessToken)).toMatchObject({ status: 'OK' });
  });

  test('loses its private half when the key after the next is made', async () => {
    const { core, oldKid, nextKid } = await replaced();
    expect((await keyring()).dynamicKeys.map(({ privateKey }) => typeof privateKey)).toEqual(['string', 'string']);
    // An access token so long-lived that the first key is still published then.
    const longLived = makeCore({ accessTokenValidity: INTERVAL }, database.store, core.clock);
    core.clock.advance(INTERVAL - LEAD);
    await longLived.core.rotateSigningKeyIfDue();
    const halves = (await keyring()).dynamicKeys.map(({ kid, privateKey }) => [kid, typeof privateKey]);
    expect(halves).toEqual([
      [oldKid, 'undefined'],
      [nextKid, 'string'],
      [`d-${core.clock.time}`, 'string'],
    ]);
    expect(JSON.stringify(await database.db.get(database.tables.keys, { pk: 'keyring' }))).not.toContain(
      'privateKey":null',
    );
  });

  test('leaves the keyring when it has left the JWKS', async () => {
    const { core, nextKid } = await replaced();
    core.clock.advance(INTERVAL - LEAD);
    await core.core.rotateSigningKeyIfDue();
    expect(await dynamicKids()).toEqual([nextKid, `d-${core.clock.time}`]);
  });
});

describe('the static key', () => {
  beforeEach(writeFirstKeys);

  test('signs what asks for it, and is never replaced', async () => {
    const core = makeCore();
    const { accessToken } = await createSession(core, { useDynamicSigningKey: false });
    const kid = kidOf(accessToken);
    expect(kid).toMatch(/^s-/);
    for (let round = 0; round < 3; round++) {
      core.clock.advance(INTERVAL);
      await core.core.rotateSigningKeyIfDue();
      const again = await createSession(core, { useDynamicSigningKey: false });
      expect(kidOf(again.accessToken)).toBe(kid);
      expect(kidsIn(await jwksOf(core))).toContain(kid);
    }
  });

  test('signs JWTs unless the dynamic one is asked for', async () => {
    const core = makeCore();
    const body = { payload: { a: 1 }, algorithm: 'RS256', jwksDomain: 'https://x', validity: 10 };
    const kidFor = async (more: object) =>
      kidOf(textIn((await core.ask('/recipe/jwt', { ...body, ...more })).json, 'jwt'));
    expect(await kidFor({})).toMatch(/^s-/);
    expect(await kidFor({ useStaticSigningKey: true })).toMatch(/^s-/);
    expect(await kidFor({ useStaticSigningKey: false })).toMatch(/^d-/);
  });
});

describe('the JWKS', () => {
  beforeEach(writeFirstKeys);

  test('is one read of one item', async () => {
    await createSession(makeCore());
    database.consumed.length = 0;
    await jwksOf(makeCore());
    expect(database.consumed.map(({ operation }) => operation)).toEqual(['GetItem']);
  });

  test('may be cached until the next key is due', async () => {
    const core = makeCore();
    expect(maxAgeIn(await jwksOf(core))).toBe((INTERVAL - LEAD) / 1000);
    core.clock.advance(1500);
    expect(maxAgeIn(await jwksOf(core))).toBe((INTERVAL - LEAD) / 1000 - 2);
    core.clock.advance(INTERVAL - LEAD - 1501);
    expect(maxAgeIn(await jwksOf(core))).toBe(0);
  });

  test('may not be cached while a key is overdue', async () => {
    const { core } = await dueCore();
    core.clock.advance(HOUR);
    const stuck = withKeys({ keyring: { read: () => new Promise<never>(() => undefined) } });
    expect(maxAgeIn(await jwksOf(makeCore({}, stuck, core.clock)))).toBe(0);
  });

  test('has no private part and only what a verifier needs', async () => {
    const { json } = await jwksOf(makeCore());
    for (const key of json.keys as object[]) {
      expect(Object.keys(key)).toEqual(['kty', 'kid', 'n', 'e', 'alg', 'use']);
    }
    const item = await database.db.get(database.tables.publishedKeys, { pk: 'published-keys' });
    for (const { privateKey = '' } of await everyKey()) {
      expect(privateKey).not.toBe('');
      expect(JSON.stringify(item)).not.toContain(privateKey.slice(40, 120));
    }
    expect(JSON.stringify(item)).not.toContain('private');
  });
});

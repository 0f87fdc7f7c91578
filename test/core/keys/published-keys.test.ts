import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { StoreUnavailable } from '../../../lib/core/errors.ts';
import { createPublishedKeysReader } from '../../../lib/core/keys/published-keys.ts';
import type { PublishedKey, PublishedKeys, PublishedKeysStore, RsaJwk } from '../../../lib/core/keys/stored-keys.ts';
import { createPublishedKeysStore } from '../../../lib/core/store/dynamodb/index.ts';
import { createVerifyingStore } from '../../../lib/core/store/verifying-store.ts';
import type { SessionHandle, UserId } from '../../../lib/core/types.ts';
import { createSession, IN_PROCESS, verify } from '../../fixtures/cdi-session.ts';
import { ManualClock, makeTestCore, startTestDatabase, type TestCore, type TestDatabase } from '../../fixtures/core.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

const { n = '', e = '' } = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
const jwk = (kid: string): RsaJwk => ({ kty: 'RSA', kid, n, e, alg: 'RS256', use: 'sig' });
const published = (version: number, ...keys: readonly PublishedKey[]): PublishedKeys => ({
  version,
  nextKeyDueAt: Number.MAX_SAFE_INTEGER,
  keys,
});

/** A reader over a store whose content a test changes, and that counts its reads. */
function makeReader(keys?: PublishedKeys) {
  const clock = new ManualClock();
  const state: { keys: PublishedKeys | undefined; reads: number; fault: Error | undefined } = {
    keys,
    reads: 0,
    fault: undefined,
  };
  const store: PublishedKeysStore = {
    async read() {
      state.reads++;
      if (state.fault !== undefined) throw state.fault;
      return state.keys;
    },
    write: () => Promise.reject(new Error('A reader never writes')),
  };
  return { reader: createPublishedKeysReader(store, clock.now), clock, state };
}

describe('the reader of published keys', () => {
  test('finds a key by its id, as a key that verifies', async () => {
    const { reader } = makeReader(published(1, { jwk: jwk('d-1') }));
    const key = await reader.find('d-1');
    expect(key?.equals(createPublicKey({ key: { ...jwk('d-1') }, format: 'jwk' }))).toBe(true);
    expect(key?.type).toBe('public');
  });

  test('finds a new key at once after the clock was set back by an hour', async () => {
    const { reader, clock, state } = makeReader(published(1, { jwk: jwk('d-1') }));
    await reader.find('d-1');
    clock.advance(-60 * MINUTE);
    state.keys = published(2, { jwk: jwk('d-1') }, { jwk: jwk('d-2') });
    expect(await reader.find('d-2')).toBeDefined();
  });

  test('gives the same key object each time', async () => {
    const { reader } = makeReader(published(1, { jwk: jwk('d-1') }));
    expect(await reader.find('d-1')).toBe(await reader.find('d-1'));
  });

  test('reads once for many looks within ten minutes', async () => {
    const { reader, clock, state } = makeReader(published(1, { jwk: jwk('d-1') }));
    await Promise.all([reader.find('d-1'), reader.read(), reader.find('d-1')]);
    clock.advance(10 * MINUTE - 1);
    await reader.find('d-1');
    await reader.read();
    expect(state.reads).toBe(1);
    clock.advance(1);
    await reader.find('d-1');
    expect(state.reads).toBe(2);
  });

  test('looks up a kid that it does not know again: a key published since is found', async () => {
    const { reader, clock, state } = makeReader(published(1, { jwk: jwk('d-1') }));
    await reader.find('d-1');
    state.keys = published(2, { jwk: jwk('d-1') }, { jwk: jwk('d-2') });
    clock.advance(5 * SECOND);
    expect(await reader.find('d-2')).toBeDefined();
    expect(state.reads).toBe(2);
  });

  test('does so at most every five seconds, for anyone can invent a kid', async () => {
    const { reader, clock, state } = makeReader(published(1, { jwk: jwk('d-1') }));
    await reader.find('d-1');
    for (let look = 0; look < 20; look++) expect(await reader.find(`d-9${look}`)).toBeUndefined();
    expect(state.reads).toBe(1);
    clock.advance(5 * SECOND - 1);
    await reader.find('d-99');
    expect(state.reads).toBe(1);
    clock.advance(1);
    await Promise.all([reader.find('d-99'), reader.find('d-98')]);
    expect(state.reads).toBe(2);
  });

  test('a key that is known is found during the cooldown', async () => {
    const { reader } = makeReader(published(1, { jwk: jwk('d-1') }));
    await reader.find('unknown');
    expect(await reader.find('d-1')).toBeDefined();
  });

  test('a replaced key is gone at the moment until which it was published, cached or not', async () => {
    const { reader, clock } = makeReader();
    reader.learn(published(1, { jwk: jwk('d-1'), until: clock.time + SECOND }, { jwk: jwk('d-2') }));
    clock.advance(SECOND - 1);
    expect(await reader.find('d-1')).toBeDefined();
    clock.advance(1);
    expect(await reader.find('d-1')).toBeUndefined();
    expect((await reader.read()).jwks.map(({ kid }) => kid)).toEqual(['d-2']);
  });

  test('with nothing published, find() yields undefined, and the first key is found as soon as it is there', async () => {
    const { reader, state } = makeReader();
    expect(await reader.find('d-1')).toBeUndefined();
    expect(await reader.read()).toEqual({ jwks: [], nextKeyDueAt: undefined });
    state.keys = published(1, { jwk: jwk('d-1') });
    expect(await reader.find('d-1')).toBeDefined();
  });

  test('an error is not kept: the next look succeeds', async () => {
    const { reader, state } = makeReader(published(1, { jwk: jwk('d-1') }));
    state.fault = new StoreUnavailable('do read', undefined);
    await expect(reader.find('d-1')).rejects.toThrow(StoreUnavailable);
    await expect(reader.read()).rejects.toThrow(StoreUnavailable);
    state.fault = undefined;
    expect(await reader.find('d-1')).toBeDefined();
  });

  test('a known key is found while the store does not answer, as long as the cache lasts', async () => {
    const { reader, clock, state } = makeReader(published(1, { jwk: jwk('d-1') }));
    await reader.find('d-1');
    state.fault = new StoreUnavailable('do read', undefined);
    clock.advance(9 * MINUTE);
    expect(await reader.find('d-1')).toBeDefined();
  });

  test('newer keys that it is given count at once, and older ones do not', async () => {
    const { reader } = makeReader();
    reader.learn(published(2, { jwk: jwk('d-2') }));
    reader.learn(published(1, { jwk: jwk('d-1') }));
    expect((await reader.read()).jwks.map(({ kid }) => kid)).toEqual(['d-2']);
  });
});

test('the same keys, given again, extend its memory', async () => {
  const { reader, clock, state } = makeReader();
  reader.learn(published(1, { jwk: jwk('d-1') }));
  clock.advance(9 * MINUTE);
  reader.learn(published(1, { jwk: jwk('d-1') }));
  clock.advance(9 * MINUTE);
  await reader.read();
  expect(state.reads).toBe(0);
});

describe('a function that only verifies', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await startTestDatabase();
  });
  afterEach(() => database.stop());

  const verifyingStore = () =>
    createVerifyingStore(createPublishedKeysStore(database.db, database.tables.publishedKeys));
  const verifyingCore = (clock?: ManualClock): TestCore => makeTestCore(verifyingStore(), IN_PROCESS, clock);

  test('verifies tokens with one read of the published keys', async () => {
    const core = makeTestCore(database.store, IN_PROCESS);
    const { accessToken } = await createSession(core);
    const verifying = verifyingCore(core.clock);
    database.consumed.length = 0;
    expect(await verify(verifying, accessToken)).toMatchObject({ status: 'OK' });
    expect(await verify(verifying, accessToken)).toMatchObject({ status: 'OK' });
    expect(database.consumed.map(({ operation }) => operation)).toEqual(['GetItem']);
  });

  test('serves the JWKS, without making keys', async () => {
    const core = makeTestCore(database.store, IN_PROCESS);
    await createSession(core);
    const ours = await core.ask('/recipe/jwt/jwks');
    expect((await verifyingCore(core.clock).ask('/recipe/jwt/jwks')).json).toEqual(ours.json);
  });

  test('serves the JWKS when a new key is due, too, and does not end of what it may not do', async () => {
    const core = makeTestCore(database.store, IN_PROCESS);
    await createSession(core);
    core.clock.advance(1000 * 3_600_000);
    const verifying = verifyingCore(core.clock);
    expect(await verifying.ask('/recipe/jwt/jwks')).toMatchObject({ status: 200 });
    await expect(verifying.core.rotateSigningKeyIfDue()).rejects.toThrow('session tables');
    expect(verifying.events).toContainEqual(
      expect.objectContaining({
        event: 'SigningKeyFailed',
        error: expect.objectContaining({ name: 'SessionAccessMissing' }),
      }),
    );
  });

  test('asks for a refresh while nothing is published, and verifies once something is', async () => {
    const elsewhere = await startTestDatabase();
    const core = makeTestCore(elsewhere.store, IN_PROCESS);
    const { accessToken } = await createSession(core);
    const verifying = verifyingCore(core.clock);
    expect(await verify(verifying, accessToken)).toMatchObject({ status: 'TRY_REFRESH_TOKEN' });
    expect(verifying.events).toEqual([]);
    const keys = await elsewhere.store.publishedKeys.read();
    if (keys !== undefined) await database.store.publishedKeys.write(keys);
    expect(await verify(verifying, accessToken)).toMatchObject({ status: 'OK' });
    await elsewhere.stop();
  });

  test('can do nothing else, and says what is missing', async () => {
    const { sessions, keyring, publishedKeys } = verifyingStore();
    const handle = 'handle' as SessionHandle;
    const row = { handle } as Parameters<typeof sessions.create>[0];
    const change = {} as Parameters<typeof sessions.rotate>[1];
    const attempts: Record<string, () => Promise<unknown>> = {
      'creating a session': () => sessions.create(row),
      'reading a session': () => sessions.get(handle),
      'refreshing a session': () => sessions.rotate(row, change, 0),
      'changing a session': () => sessions.setSigningKey(handle, 'x' as typeof row.current, true, 0),
      "changing a session's claims": () => sessions.setPayload(handle, {}, 0),
      "changing a session's data": () => sessions.setData(handle, {}, 0),
      'revoking a session': () => sessions.delete(handle, 0),
      "listing a user's sessions": () => sessions.list('user' as UserId, 0),
      signing: () => keyring.read(),
      'publishing keys': () => publishedKeys.write(published(1)),
    };
    for (const [operation, attempt] of Object.entries(attempts)) {
      await expect(attempt()).rejects.toMatchObject({
        name: 'SessionAccessMissing',
        message:
          `This function only verifies access tokens, but ${operation} needs the session tables. ` +
          'Give it the session environment and role in serverless.yml, as the functions auth and login have.',
      });
    }
    await expect(keyring.write({} as Parameters<typeof keyring.write>[0])).rejects.toThrow(/only verifies/);
    await expect(sessions.listIndexed('user' as UserId, { limit: 1 })).rejects.toThrow(/only verifies/);
  });

  test('asked for checkDatabase it fails with a message that says what to change', async () => {
    const core = makeTestCore(database.store, IN_PROCESS);
    const { accessToken } = await createSession(core);
    const verifying = verifyingCore(core.clock);
    const body = {
      accessToken,
      checkDatabase: true,
      enableAntiCsrf: false,
      doAntiCsrfCheck: false,
    };
    expect(await verifying.ask('/recipe/session/verify', body)).toMatchObject({ status: 500 });
    expect(verifying.events).toEqual([
      expect.objectContaining({
        event: 'CoreRequestFailed',
        error: expect.objectContaining({ message: expect.stringContaining('serverless.yml') }),
      }),
    ]);
  });
});

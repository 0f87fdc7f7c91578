import { SessionAccessMissing } from '../../lib/core/errors.ts';
import type { Keyring, PublishedKeys, SigningKey } from '../../lib/core/keys/stored-keys.ts';
import { createPublishedKeysStore } from '../../lib/core/store/dynamodb/index.ts';
import type { Store } from '../../lib/core/store/store.ts';
import { createVerifyingStore } from '../../lib/core/store/verifying-store.ts';
import { connectTestDatabase } from '../fixtures/core.ts';
import { CREATED_AT, someChange, someHash, someRow } from '../fixtures/session-row.ts';
import type { Database, Endpoint } from './targets.ts';

const signingKey = (kid: string, privateKey: string | undefined): SigningKey => ({
  kid,
  createdAt: CREATED_AT,
  signsFrom: CREATED_AT + 1,
  publicKey: `public half of ${kid}`,
  privateKey,
});

const someKeyring = (version: number): Keyring => ({
  version,
  dynamicKeys: [signingKey('d-2', 'private half'), signingKey(`d-${version}`, 'another')],
  staticKey: signingKey('s-1', 'static half'),
  refreshTokenSecret: '1000:salt:key',
  successorSecret: 'secret',
});

const somePublishedKeys = (version: number): PublishedKeys => ({
  version,
  nextKeyDueAt: CREATED_AT,
  keys: [
    { jwk: { kty: 'RSA', kid: 'd-1', n: 'n', e: 'AQAB', alg: 'RS256', use: 'sig' }, until: CREATED_AT + version },
    { jwk: { kty: 'RSA', kid: 's-1', n: 'm', e: 'AQAB', alg: 'RS256', use: 'sig' } },
  ],
});

/** A store whose tables are empty. */
type MakeStore = () => Promise<Store>;

/** What KeyringStore promises in lib/core/keys/stored-keys.ts. */
export function describeKeyringStore(endpoint: Endpoint): void {
  const makeStore: MakeStore = async () => (await connectTestDatabase(await endpoint())).store;

  test('there is no keyring before the first is written', async () => {
    const { keyring } = await makeStore();
    expect(await keyring.read()).toBeUndefined();
  });

  test('a keyring comes back as it was written', async () => {
    const { keyring } = await makeStore();
    expect(await keyring.write(someKeyring(1))).toBe(true);
    expect(await keyring.read()).toStrictEqual(someKeyring(1));
  });

  test('a private half that was dropped stays dropped', async () => {
    const { keyring } = await makeStore();
    await keyring.write({ ...someKeyring(1), dynamicKeys: [signingKey('d-1', undefined)] });
    expect((await keyring.read())?.dynamicKeys[0]?.privateKey).toBeUndefined();
  });

  test('the first is written only if there is none', async () => {
    const { keyring } = await makeStore();
    await keyring.write(someKeyring(1));
    expect(await keyring.write({ ...someKeyring(1), successorSecret: 'another' })).toBe(false);
    expect(await keyring.read()).toStrictEqual(someKeyring(1));
  });

  test('a later one is not written before there is a first', async () => {
    const { keyring } = await makeStore();
    expect(await keyring.write(someKeyring(2))).toBe(false);
    expect(await keyring.read()).toBeUndefined();
  });

  test('a later one is written only over the version before it', async () => {
    const { keyring } = await makeStore();
    for (const version of [1, 2, 3]) expect(await keyring.write(someKeyring(version))).toBe(true);
    for (const version of [1, 2, 3, 5]) expect(await keyring.write(someKeyring(version))).toBe(false);
    expect(await keyring.read()).toStrictEqual(someKeyring(3));
    expect(await keyring.write(someKeyring(4))).toBe(true);
  });

  test('of many that write the same version at once, one does', async () => {
    const { keyring } = await makeStore();
    const keyrings = Array.from({ length: 20 }, (_, index) => ({ ...someKeyring(1), successorSecret: `${index}` }));
    const written = await Promise.all(keyrings.map((one) => keyring.write(one)));
    expect(written.filter(Boolean)).toEqual([true]);
    expect(await keyring.read()).toStrictEqual(keyrings[written.indexOf(true)]);
  });
}

/** What PublishedKeysStore promises in lib/core/keys/stored-keys.ts. */
export function describePublishedKeysStore(endpoint: Endpoint): void {
  const makeStore: MakeStore = async () => (await connectTestDatabase(await endpoint())).store;

  test('nothing is published before the first write', async () => {
    const { publishedKeys } = await makeStore();
    expect(await publishedKeys.read()).toBeUndefined();
  });

  test('keys come back as they were written', async () => {
    const { publishedKeys } = await makeStore();
    expect(await publishedKeys.write(somePublishedKeys(1))).toBe(true);
    expect(await publishedKeys.read()).toStrictEqual(somePublishedKeys(1));
  });

  test('newer keys replace older ones, also if versions in between never came', async () => {
    const { publishedKeys } = await makeStore();
    await publishedKeys.write(somePublishedKeys(1));
    expect(await publishedKeys.write(somePublishedKeys(10))).toBe(true);
    expect(await publishedKeys.read()).toStrictEqual(somePublishedKeys(10));
  });

  test('keys as new as what is published, or older, are rejected', async () => {
    const { publishedKeys } = await makeStore();
    await publishedKeys.write(somePublishedKeys(10));
    for (const version of [10, 9, 1]) {
      expect(await publishedKeys.write({ ...somePublishedKeys(version), keys: [] })).toBe(false);
    }
    expect(await publishedKeys.read()).toStrictEqual(somePublishedKeys(10));
  });
}

/** The store of functions that only verify. */
export function describeVerifyingStore(endpoint: Endpoint): void {
  let database: Database;
  let verifying: Store;

  beforeAll(async () => {
    database = await connectTestDatabase(await endpoint());
    verifying = createVerifyingStore(createPublishedKeysStore(database.db, database.tables.publishedKeys));
  });

  test('it reads the published keys', async () => {
    await database.store.publishedKeys.write(somePublishedKeys(1));
    expect(await verifying.publishedKeys.read()).toStrictEqual(somePublishedKeys(1));
  });

  const row = someRow();
  test.each<[string, (store: Store) => Promise<unknown>]>([
    ['sessions.create', ({ sessions }) => sessions.create(row)],
    ['sessions.get', ({ sessions }) => sessions.get(row.handle)],
    ['sessions.rotate', ({ sessions }) => sessions.rotate(row, someChange(row), CREATED_AT)],
    ['sessions.setSigningKey', ({ sessions }) => sessions.setSigningKey(row.handle, someHash(), true, CREATED_AT)],
    ['sessions.setPayload', ({ sessions }) => sessions.setPayload(row.handle, {}, CREATED_AT)],
    ['sessions.setData', ({ sessions }) => sessions.setData(row.handle, {}, CREATED_AT)],
    ['sessions.delete', ({ sessions }) => sessions.delete(row.handle, CREATED_AT)],
    ['sessions.list', ({ sessions }) => sessions.list(row.userId, CREATED_AT)],
    ['sessions.listIndexed', ({ sessions }) => sessions.listIndexed(row.userId, { limit: 1 })],
    ['sessions.findLive', ({ sessions }) => sessions.findLive([row.handle], CREATED_AT)],
    ['keyring.read', ({ keyring }) => keyring.read()],
    ['keyring.write', ({ keyring }) => keyring.write(someKeyring(1))],
    ['publishedKeys.write', ({ publishedKeys }) => publishedKeys.write(somePublishedKeys(2))],
  ])('it refuses %s, without a call', async (_name, use) => {
    database.consumed.length = 0;
    await expect(use(verifying)).rejects.toBeInstanceOf(SessionAccessMissing);
    expect(database.consumed).toEqual([]);
  });
}

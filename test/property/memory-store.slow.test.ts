import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { Keyring, PublishedKeys } from '../../lib/core/keys/stored-keys.ts';
import type { SessionRow } from '../../lib/core/session/rules/row.ts';
import type { RotationChange } from '../../lib/core/session/store/session-store.ts';
import type { Store } from '../../lib/core/store/store.ts';
import type { Hash2, JsonObject, Millis, SessionHandle, UserId } from '../../lib/core/types.ts';
import { connectTestDatabase, startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { createMemoryStore } from '../fixtures/memory-store.ts';
import { indexedHandles } from '../fixtures/session-index.ts';

/** One call of a store's method. Every answer is compared, faults included. */
interface StoreCall {
  readonly what: string;
  readonly on: (store: Store) => Promise<unknown>;
}

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const hash = (seed: number): Hash2 => createHash('sha256').update(`${seed}`).digest('hex') as Hash2;

// Few of each, so that calls meet.
const handle = fc.nat(2).map((n) => `handle-${n}` as SessionHandle);
const userId = fc.constantFrom('alice', 'Zoë 🎉').map((user) => user as UserId);
/** A session never changes hands. */
const ownerOf = (of: SessionHandle): UserId => (of === 'handle-2' ? 'Zoë 🎉' : 'alice') as UserId;
const live = fc.nat(2).map(hash);
const time: fc.Arbitrary<Millis> = fc.nat(5).map((n) => 1_800_000_000_000 + n * 1000);
const content = fc.dictionary(fc.constantFrom('a', 'ü', ''), fc.jsonValue({ maxDepth: 1 }), {
  maxKeys: 2,
}) as fc.Arbitrary<JsonObject>;

const retired = fc.record({
  hash2: live,
  retiredAt: time,
  salt: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes)),
  antiCsrf: fc.boolean(),
});

const change: fc.Arbitrary<RotationChange> = fc.record({
  current: live,
  prev: fc.option(live, { nil: undefined }),
  rotatedAt: fc.option(time, { nil: undefined }),
  retired: fc.array(retired, { maxLength: 4 }),
  expiry: time,
  listedUntil: time,
  useStaticKey: fc.boolean(),
});

const row: fc.Arbitrary<SessionRow> = fc
  .tuple(change, fc.record({ handle, payload: content, data: content, createdAt: time }))
  .map(([rotated, rest]) => ({ ...rotated, ...rest, userId: ownerOf(rest.handle) }));

const indexRequest = fc.record({ limit: fc.integer({ min: 1, max: 4 }), after: fc.option(handle, { nil: undefined }) });

const called = <T>(what: string, args: fc.Arbitrary<T>, on: (store: Store, args: T) => Promise<unknown>) =>
  args.map((given): StoreCall => ({ what: `${what} ${fc.stringify(given)}`, on: (store) => on(store, given) }));

const sessionCall = fc.oneof(
  { weight: 3, arbitrary: called('create', row, ({ sessions }, given) => sessions.create(given)) },
  called('get', handle, ({ sessions }, given) => sessions.get(given)),
  {
    weight: 3,
    arbitrary: called('rotate', fc.tuple(row, change, time), ({ sessions }, [read, to, now]) =>
      sessions.rotate(read, to, now),
    ),
  },
  called('setSigningKey', fc.tuple(handle, live, fc.boolean(), time), ({ sessions }, args) =>
    sessions.setSigningKey(...args),
  ),
  called('setPayload', fc.tuple(handle, content, time, fc.option(content, { nil: undefined })), ({ sessions }, args) =>
    sessions.setPayload(...args),
  ),
  called('setData', fc.tuple(handle, content, time), ({ sessions }, args) => sessions.setData(...args)),
  called('delete', fc.tuple(handle, time), ({ sessions }, args) => sessions.delete(...args)),
  called('list', fc.tuple(userId, time), ({ sessions }, args) => sessions.list(...args)),
  called('listIndexed', fc.tuple(userId, indexRequest), ({ sessions }, args) => sessions.listIndexed(...args)),
  called('findLive', fc.tuple(fc.array(handle, { maxLength: 3 }), time), async ({ sessions }, [handles, now]) =>
    [...(await sessions.findLive([...new Set(handles)], now))].sort(),
  ),
);

const keyring = fc.integer({ min: 1, max: 4 }).map(
  (version): Keyring => ({
    version,
    dynamicKeys: [],
    staticKey: { kid: 's', createdAt: 1, signsFrom: 1, publicKey: 'x', privateKey: undefined },
    refreshTokenSecret: 'x',
    successorSecret: 'x',
  }),
);
const publishedKeys = fc.nat(4).map((version): PublishedKeys => ({ version, nextKeyDueAt: version, keys: [] }));

const keyCall = fc.oneof(
  called('write keyring', keyring, (store, given) => store.keyring.write(given)),
  called('read keyring', fc.constant(undefined), (store) => store.keyring.read()),
  called('write published', publishedKeys, (store, given) => store.publishedKeys.write(given)),
  called('read published', fc.constant(undefined), (store) => store.publishedKeys.read()),
);

/** What a call answers, or the message of the error it throws. */
const outcomeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.catch((error: unknown) => ({ thrown: error instanceof Error ? error.message : error }));

async function compare(calls: readonly StoreCall[]): Promise<void> {
  const { store } = await connectTestDatabase(database.endpoint);
  const memory = createMemoryStore();
  for (const { what, on } of calls) {
    const [inMemory, inDynamoDb] = [await outcomeOf(on(memory)), await outcomeOf(on(store))];
    expect({ what, answer: inMemory }).toEqual({ what, answer: inDynamoDb });
  }
}

test('the store in memory answers what the DynamoDB store answers: sessions', () =>
  fc.assert(fc.asyncProperty(fc.array(sessionCall, { minLength: 20, maxLength: 60 }), compare), { numRuns: 25 }));

test('the store in memory answers what the DynamoDB store answers: keys', () =>
  fc.assert(fc.asyncProperty(fc.array(keyCall, { minLength: 5, maxLength: 15 }), compare), { numRuns: 10 }));

test('a copy of the store in memory goes its own way', async () => {
  const memory = createMemoryStore();
  const [first] = fc.sample(row, { numRuns: 1, seed: 1 });
  if (first === undefined) throw new Error('No row was made');
  await memory.sessions.create(first);
  const copy = memory.copy();
  await copy.sessions.delete(first.handle, 0);
  expect(copy.row(first.handle)).toBeUndefined();
  expect(memory.row(first.handle)).toBeDefined();
  expect(await indexedHandles(memory.sessions, first.userId)).toEqual([first.handle]);
});

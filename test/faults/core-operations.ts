import { isDeepStrictEqual } from 'node:util';
import type { CoreConfig } from '../../lib/core/index.ts';
import { kidsOf } from '../../lib/core/keys/keyring.ts';
import type { Store } from '../../lib/core/store/store.ts';
import type { Millis, SessionHandle } from '../../lib/core/types.ts';
import {
  createSession,
  hash2,
  IN_PROCESS,
  type Issued,
  infoOf,
  issuedIn,
  refresh,
  refreshed,
  sessionsOf,
  verify,
} from '../fixtures/cdi-session.ts';
import { ManualClock, type TestAnswer, type TestCore } from '../fixtures/core.ts';
import { indexedHandles } from '../fixtures/session-index.ts';
import { DAY, someUser } from '../fixtures/session-row.ts';
import type { Attempt } from './meet.ts';

/** Where an operation takes place. */
export interface World {
  readonly store: Store;
  /** A core that nothing is wrong with. */
  readonly healthy: TestCore;
  /** Another process of the installation, which the fault will be before. It knows the keys if `isWarm`. */
  process(isWarm: boolean, config?: Partial<CoreConfig>, clock?: ManualClock): Promise<TestCore>;
}

/** An operation of the core. */
export interface Operation {
  readonly name: string;
  /** It makes or changes keys, so no other operation may use its tables. */
  readonly hasOwnTables?: true;
  prepare(world: World): Promise<Attempt>;
}

/** Nothing rotates the keys by the way, whatever the time. */
export const CONFIG = { ...IN_PROCESS, signingKeyInterval: 10_000 * DAY } as const satisfies Partial<CoreConfig>;

const rowOf = ({ store }: World, handle: string) => store.sessions.get(handle as SessionHandle);

const newSession = ({ healthy }: World): Promise<Issued> =>
  createSession(healthy, { userId: someUser(), payload: { a: 1 }, data: { b: 2 } });

/** The one session of its user, listed and good to refresh. */
async function expectAlive({ healthy }: World, { handle, userId, refreshToken }: Issued): Promise<void> {
  expect(await sessionsOf(healthy, userId)).toEqual([handle]);
  expect(await refresh(healthy, refreshToken)).toMatchObject({ status: 'OK' });
}

async function expectGone(world: World, { handle, userId, refreshToken }: Issued): Promise<void> {
  expect(await rowOf(world, handle)).toBeUndefined();
  expect(await sessionsOf(world.healthy, userId)).toEqual([]);
  expect(await refresh(world.healthy, refreshToken)).toMatchObject({ status: 'UNAUTHORISED' });
}

/**
 * Each is either there and listed, or neither. This is also true if a request is carried out after its client has given
 * up.
 */
async function expectListedAsTheyAre(world: World, userId: string, handles: readonly string[]): Promise<void> {
  const listed = await sessionsOf(world.healthy, userId);
  const rows = await Promise.all(handles.map((handle) => rowOf(world, handle)));
  const isSettled = isDeepStrictEqual(listed, await sessionsOf(world.healthy, userId));
  if (!isSettled) return expectListedAsTheyAre(world, userId, handles);
  expect(listed).toEqual(handles.filter((_, index) => rows[index] !== undefined).toSorted());
}

const creating: Operation = {
  name: 'creating a session',
  async prepare(world) {
    const core = await world.process(true);
    const userId = someUser();
    const body = { userId, userDataInJWT: {}, userDataInDatabase: {}, enableAntiCsrf: false };
    const indexed = () => indexedHandles(world.store.sessions, userId);
    return {
      ask: () => core.ask('/recipe/session', body),
      expectWhole: async () => expectListedAsTheyAre(world, userId, await indexed()),
      async expectDone({ json }) {
        const { handle, refreshToken } = issuedIn(json);
        expect(await sessionsOf(world.healthy, userId)).toContain(handle);
        await refreshed(world.healthy, refreshToken);
        await expectListedAsTheyAre(world, userId, await indexed());
      },
    };
  },
};

/** Whatever happens, the client goes on with its one session, by the token that it has. */
function refreshing(world: World, core: TestCore, { handle, userId, refreshToken }: Issued): Attempt {
  const body = { refreshToken, enableAntiCsrf: false, useDynamicSigningKey: true };
  return {
    ask: () => core.ask('/recipe/session/refresh', body),
    async expectWhole() {
      await expectListedAsTheyAre(world, userId, [handle]);
      expect(await rowOf(world, handle)).toBeDefined();
    },
    async expectDone({ json }) {
      const issued = issuedIn(json);
      expect((await rowOf(world, handle))?.current).toBe(hash2(issued.refreshToken));
      // A client that loses this answer too gets the same token again.
      expect((await refreshed(core, refreshToken)).refreshToken).toBe(issued.refreshToken);
      await expectAlive(world, issued);
    },
  };
}

const refreshes: readonly Operation[] = [
  {
    name: 'refreshing',
    prepare: async (world) => refreshing(world, await world.process(true), await newSession(world)),
  },
  {
    name: 'refreshing within the grace window',
    async prepare(world) {
      const session = await newSession(world);
      await refreshed(world.healthy, session.refreshToken);
      return refreshing(world, await world.process(true), session);
    },
  },
  {
    name: 'refreshing with another kind of signing key, within the grace window',
    async prepare(world) {
      const session = await newSession(world);
      await refreshed(world.healthy, session.refreshToken, { useDynamicSigningKey: false });
      return refreshing(world, await world.process(true), session);
    },
  },
  {
    name: 'refreshing a session whose index item must be extended',
    async prepare(world) {
      const session = await newSession(world);
      const later = new ManualClock(world.healthy.clock.time + 20 * DAY);
      return refreshing(world, await world.process(true, {}, later), session);
    },
  },
  {
    name: 'refreshing with a token that was used before',
    async prepare(world) {
      const session = await newSession(world);
      const current = await refreshed(world.healthy, session.refreshToken);
      const core = await world.process(true, { gracePeriod: 0 });
      const body = { refreshToken: session.refreshToken, enableAntiCsrf: false, useDynamicSigningKey: true };
      return {
        ask: () => core.ask('/recipe/session/refresh', body),
        expectWhole: () => expectListedAsTheyAre(world, session.userId, [session.handle]),
        async expectDone({ json }) {
          // The session may have been ended before the answer was lost.
          expect(json.status).toMatch(/^(TOKEN_THEFT_DETECTED|UNAUTHORISED)$/);
          await expectGone(world, current);
        },
      };
    },
  },
];

export const LISTING = "listing a user's sessions";

/** What reads only leaves everything as it is. */
const reading = (name: string, ask: (core: TestCore, session: Issued) => Promise<TestAnswer>): Operation => ({
  name,
  async prepare(world) {
    const session = await newSession(world);
    const core = await world.process(true);
    return {
      ask: () => ask(core, session),
      expectWhole: async () => expect(await rowOf(world, session.handle)).toBeDefined(),
      async expectDone({ json }) {
        expect(json).toMatchObject({ status: 'OK' });
        await expectAlive(world, session);
      },
    };
  },
});

const reads: readonly Operation[] = [
  reading('verifying with a look at the database', (core, { accessToken }) => {
    const flags = { checkDatabase: true, doAntiCsrfCheck: false, enableAntiCsrf: false };
    return core.ask('/recipe/session/verify', { accessToken, ...flags });
  }),
  reading('reading a session', (core, { handle }) => core.ask(`/recipe/session?sessionHandle=${handle}`)),
  {
    name: LISTING,
    async prepare(world) {
      const sessions = await sessionsOfOne(world);
      const core = await world.process(true);
      const userId = sessions[0]?.userId ?? '';
      const handles = sessions.map(({ handle }) => handle).sort();
      return {
        ask: () => core.ask(`/recipe/session/user?userId=${userId}`),
        expectWhole: () => expectListedAsTheyAre(world, userId, handles),
        expectDone: async ({ json }) => expect(json.sessionHandles).toEqual(handles),
      };
    },
  },
];

async function sessionsOfOne({ healthy }: World): Promise<readonly Issued[]> {
  const userId = someUser();
  return Promise.all([1, 2, 3].map(() => createSession(healthy, { userId })));
}

const changing = (name: string, ask: (core: TestCore, session: Issued) => Promise<TestAnswer>, changed: object) => ({
  name,
  async prepare(world: World): Promise<Attempt> {
    const session = await newSession(world);
    const core = await world.process(true);
    const info = () => infoOf(world.healthy, session.handle);
    const unchanged = await info();
    return {
      ask: () => ask(core, session),
      async expectWhole() {
        expect([unchanged, { ...unchanged, ...changed }]).toContainEqual(await info());
      },
      async expectDone({ json }) {
        expect(json).toMatchObject({ status: 'OK' });
        expect(await info()).toEqual({ ...unchanged, ...changed });
        await expectAlive(world, session);
      },
    };
  },
});

const PUT = { method: 'PUT' } as const;

const changes: readonly Operation[] = [
  changing(
    "changing a session's data",
    (core, { handle: sessionHandle }) =>
      core.ask('/recipe/session/data', { sessionHandle, userDataInDatabase: { b: 3 } }, PUT),
    { userDataInDatabase: { b: 3 } },
  ),
  changing(
    "changing a session's claims",
    (core, { handle: sessionHandle }) => core.ask('/recipe/jwt/data', { sessionHandle, userDataInJWT: { a: 2 } }, PUT),
    { userDataInJWT: { a: 2 } },
  ),
  changing(
    'regenerating an access token',
    (core, { accessToken }) => core.ask('/recipe/session/regenerate', { accessToken, userDataInJWT: { a: 2 } }),
    { userDataInJWT: { a: 2 } },
  ),
];

const revoking = (name: string, bodyFor: (sessions: readonly Issued[]) => object): Operation => ({
  name,
  async prepare(world) {
    const sessions = await sessionsOfOne(world);
    const core = await world.process(true);
    return {
      ask: () => core.ask('/recipe/session/remove', bodyFor(sessions)),
      async expectWhole() {
        const handles = sessions.map(({ handle }) => handle);
        await expectListedAsTheyAre(world, sessions[0]?.userId ?? '', handles);
      },
      async expectDone() {
        for (const session of sessions) await expectGone(world, session);
      },
    };
  },
});

const revocations: readonly Operation[] = [
  revoking('revoking sessions', (sessions) => ({ sessionHandles: sessions.map(({ handle }) => handle) })),
  revoking("revoking all of a user's sessions", ([session]) => ({ userId: session?.userId })),
];

const JWT = { payload: {}, algorithm: 'RS256', jwksDomain: 'https://example.com', validity: 10 };

async function kidsIn({ store }: World): Promise<string[]> {
  const keyring = await store.keyring.read();
  if (keyring === undefined) throw new Error('There is no keyring');
  return kidsOf(keyring);
}

/** No token is out whose key is not published, and everybody has the same keys. */
async function expectKeysPublished(world: World): Promise<void> {
  const keyring = await world.store.keyring.read();
  const published = await world.store.publishedKeys.read();
  expect(published?.version).toBe(keyring?.version);
  expect(published?.keys.map(({ jwk }) => jwk.kid)).toEqual(await kidsIn(world));
}

const INTERVAL: Millis = 7 * DAY;

/** Makes both keys first: an operation that runs at the same time then finds the static key and adds none. */
async function makeAllKeys({ healthy }: World): Promise<void> {
  expect(await healthy.ask('/recipe/jwt', JWT)).toMatchObject({ status: 200 });
}

const keys: readonly Operation[] = [
  {
    name: 'reading the keys',
    async prepare(world) {
      await makeAllKeys(world);
      const core = await world.process(false);
      return {
        ask: () => core.ask('/recipe/jwt', JWT),
        expectWhole: () => expectKeysPublished(world),
        expectDone: () => expectKeysPublished(world),
      };
    },
  },
  {
    name: 'reading the JWKS',
    async prepare(world) {
      await makeAllKeys(world);
      const core = await world.process(false);
      return {
        ask: () => core.ask('/.well-known/jwks.json'),
        expectWhole: () => expectKeysPublished(world),
        async expectDone({ json }) {
          const kids = (json.keys as { kid: string }[]).map(({ kid }) => kid);
          expect(kids).toEqual(await kidsIn(world));
          expect(kids).not.toEqual([]);
        },
      };
    },
  },
  {
    name: 'making the first keys',
    hasOwnTables: true,
    async prepare(world) {
      const core = await world.process(false);
      return {
        ask: () => core.ask('/recipe/jwt', JWT),
        async expectWhole() {
          const [keyring, published] = [await world.store.keyring.read(), await world.store.publishedKeys.read()];
          expect([undefined, 1]).toContain(keyring?.version);
          expect([undefined, keyring?.version]).toContain(published?.version);
        },
        expectDone: () => expectKeysPublished(world),
      };
    },
  },
  {
    name: 'making and publishing the next key',
    hasOwnTables: true,
    async prepare(world) {
      const clock = new ManualClock();
      const core = await world.process(true, { signingKeyInterval: INTERVAL }, clock);
      const { accessToken: old } = await createSession(core, { userId: someUser() });
      clock.advance(INTERVAL);
      return {
        /** For a schedule: it fails, and reports why. */
        async ask() {
          core.events.length = 0;
          const hasFailed = await core.core.rotateSigningKeyIfDue().then(
            () => false,
            () => true,
          );
          expect(core.events.some(({ event }) => event === 'SigningKeyFailed')).toBe(hasFailed);
          return { status: hasFailed ? 503 : 200, headers: { 'retry-after': '1' }, json: {}, text: '' };
        },
        async expectWhole() {
          const [keyring, published] = [await world.store.keyring.read(), await world.store.publishedKeys.read()];
          expect([1, 2]).toContain(keyring?.version);
          expect([1, keyring?.version]).toContain(published?.version);
          expect(await verify(world.healthy, old)).toMatchObject({ status: 'OK' });
        },
        async expectDone() {
          expect((await world.store.keyring.read())?.version).toBe(2);
          await expectKeysPublished(world);
          expect(await verify(world.healthy, old)).toMatchObject({ status: 'OK' });
        },
      };
    },
  },
];

/** Every operation of the core that needs DynamoDB. */
export const OPERATIONS: readonly Operation[] = [creating, ...refreshes, ...reads, ...changes, ...revocations, ...keys];

import { StoreUnavailable } from '../../../lib/core/errors.ts';
import { type CoreConfig, DEFAULT_CORE_CONFIG } from '../../../lib/core/index.ts';
import type { SessionStore } from '../../../lib/core/session/store/session-store.ts';
import type { Store } from '../../../lib/core/store/store.ts';
import type { CoreEvent, JsonObject, SessionHandle, UserId } from '../../../lib/core/types.ts';
import {
  claimsOf,
  createSession,
  hash2,
  IN_PROCESS,
  type Issued,
  infoOf,
  issuedIn,
  OVER_HTTP,
  type RefreshOptions,
  refresh,
  refreshed,
  refreshedInTurn,
  revoke,
  sessionsOf,
  setData,
  setPayload,
  verify,
} from '../../fixtures/cdi-session.ts';
import { makeTestCore, startTestDatabase, type TestCore, type TestDatabase } from '../../fixtures/core.ts';
import { indexedHandles } from '../../fixtures/session-index.ts';
import { losingOneAcknowledgement, pausingBefore, withSessions } from '../../fixtures/store-wrappers.ts';

const G = DEFAULT_CORE_CONFIG.gracePeriod;

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const makeCore = (config: Partial<CoreConfig> = {}): TestCore =>
  makeTestCore(database.store, { ...IN_PROCESS, ...config });

/** Another process of the same installation, at the same time. */
const another = ({ clock }: TestCore, store: Store = database.store, config: Partial<CoreConfig> = {}): TestCore =>
  makeTestCore(store, { ...IN_PROCESS, ...config }, clock);

const storedCurrent = async (handle: SessionHandle) => (await database.store.sessions.get(handle))?.current;

const graceReuses = (events: readonly CoreEvent[]) => events.filter(({ event }) => event === 'RefreshGraceReuse');

/** Something is begun on a core that is held up at a place in its store; meanwhile others work; then it goes on. */
async function heldUp<T>(
  core: TestCore,
  method: keyof SessionStore,
  begin: (paused: TestCore) => Promise<T>,
  meanwhile: () => Promise<unknown>,
): Promise<{ readonly answer: T; readonly events: readonly CoreEvent[] }> {
  const { store, reached, resume } = pausingBefore(database.store, method);
  const paused = another(core, store);
  const pending = begin(paused);
  await reached;
  await meanwhile();
  resume();
  return { answer: await pending, events: paused.events };
}

/** A refresh whose core read the row, and is held up before it writes. */
const refreshHeldUp = (core: TestCore, token: string, meanwhile: () => Promise<unknown>, options?: RefreshOptions) =>
  heldUp(core, 'rotate', (paused) => refresh(paused, token, options), meanwhile);

describe('rules 2 and 3: a core held up between read and write', () => {
  test.each([1, 2, 3, 4])('answers with the live token when others rotated %i times meanwhile', async (times) => {
    const core = makeCore();
    const first = await createSession(core);
    let live: Issued | undefined;
    const { answer } = await refreshHeldUp(core, first.refreshToken, async () => {
      live = (await refreshedInTurn(core, first.refreshToken, times, 100)).at(-1);
    });
    expect(issuedIn(answer).refreshToken).toBe(live?.refreshToken);
    expect(await storedCurrent(first.handle)).toBe(hash2(live?.refreshToken ?? ''));
  });

  test('finds theft when others rotated 21 times meanwhile', async () => {
    const core = makeCore();
    const first = await createSession(core);
    const { answer } = await refreshHeldUp(core, first.refreshToken, () =>
      refreshedInTurn(core, first.refreshToken, 21),
    );
    expect(answer.status).toBe('TOKEN_THEFT_DETECTED');
  });

  test('agrees with the one who was first in all that answers to one token must agree in', async () => {
    const core = makeCore();
    const first = await createSession(core);
    let winner: Issued | undefined;
    const { answer } = await refreshHeldUp(core, first.refreshToken, async () => {
      core.clock.advance(2000);
      winner = await refreshed(core, first.refreshToken, { enableAntiCsrf: true });
      core.clock.advance(2000);
    });
    const { refreshToken, refreshExpiry, refreshCreated, antiCsrfToken } = issuedIn(answer);
    expect(winner).toMatchObject({ refreshToken, refreshExpiry, refreshCreated, antiCsrfToken });
  });

  test('is unauthorised when others revoked meanwhile, and the session stays revoked', async () => {
    const core = makeCore();
    const first = await createSession(core, { userId: 'paused-1' });
    const { answer } = await refreshHeldUp(core, first.refreshToken, () => revoke(core, first.handle));
    expect(answer).toMatchObject({ status: 'UNAUTHORISED' });
    expect(await database.store.sessions.get(first.handle)).toBeUndefined();
    expect(await sessionsOf(core, 'paused-1')).toEqual([]);
  });

  test('is unauthorised when others rotated and then found theft', async () => {
    const core = makeCore();
    const first = await createSession(core);
    const { answer } = await refreshHeldUp(core, first.refreshToken, async () => {
      await refreshed(core, first.refreshToken);
      core.clock.advance(G + 1);
      await refresh(core, first.refreshToken);
    });
    expect(answer).toMatchObject({ status: 'UNAUTHORISED' });
  });

  test('reads the clock for each attempt: G after the others rotated is within the window', async () => {
    const core = makeCore();
    const first = await createSession(core);
    const { answer } = await refreshHeldUp(core, first.refreshToken, async () => {
      await refreshed(core, first.refreshToken);
      core.clock.advance(G);
    });
    expect(answer.status).toBe('OK');
  });

  test('reads the clock for each attempt: a millisecond later is theft', async () => {
    const core = makeCore();
    const first = await createSession(core);
    const { answer } = await refreshHeldUp(core, first.refreshToken, async () => {
      await refreshed(core, first.refreshToken);
      core.clock.advance(G + 1);
    });
    expect(answer.status).toBe('TOKEN_THEFT_DETECTED');
  });

  test('mints the access token from what the update returned: a payload changed meanwhile is in it', async () => {
    const core = makeCore();
    const first = await createSession(core, { payload: { role: 'user' } });
    const { answer } = await refreshHeldUp(core, first.refreshToken, () =>
      setPayload(core, first.handle, { role: 'admin' }),
    );
    const { payload, accessToken } = issuedIn(answer);
    expect(payload).toEqual({ role: 'admin' });
    expect(claimsOf(accessToken).role).toBe('admin');
    expect(await infoOf(core, first.handle)).toMatchObject({ userDataInJWT: { role: 'admin' } });
  });

  test('writes no more than its own attributes: data changed meanwhile stays', async () => {
    const core = makeCore();
    const first = await createSession(core);
    await refreshHeldUp(core, first.refreshToken, () => setData(core, first.handle, { note: 'new' }));
    expect(await infoOf(core, first.handle)).toMatchObject({ userDataInDatabase: { note: 'new' } });
  });

  test('a payload written by a core held up goes well with a rotation meanwhile', async () => {
    const core = makeCore();
    const first = await createSession(core);
    let second: Issued | undefined;
    const begin = (paused: TestCore) => setPayload(paused, first.handle, { role: 'admin' });
    await heldUp(core, 'setPayload', begin, async () => {
      second = await refreshed(core, first.refreshToken);
    });
    const row = await database.store.sessions.get(first.handle);
    expect(row).toMatchObject({ current: hash2(second?.refreshToken ?? ''), payload: { role: 'admin' } });
  });

  test('is counted once as an answer within the window, however often it had to decide', async () => {
    const core = makeCore();
    const first = await createSession(core);
    const { events } = await refreshHeldUp(core, first.refreshToken, () => refreshed(core, first.refreshToken));
    expect(graceReuses(events)).toEqual([{ event: 'RefreshGraceReuse', sessionHandle: first.handle, branch: false }]);
  });

  test('50 refreshes of one token at once all get one token', async () => {
    const core = makeCore();
    const others = [core, another(core), another(core)];
    const first = await createSession(core);
    const cores = Array.from({ length: 50 }, (_, index) => others[index % others.length] ?? core);
    const issued = await Promise.all(cores.map((one) => refreshed(one, first.refreshToken)));
    const [token, ...rest] = new Set(issued.map(({ refreshToken }) => refreshToken));
    expect(rest).toEqual([]);
    expect(await storedCurrent(first.handle)).toBe(hash2(token ?? ''));
    expect(new Set(issued.map(({ refreshExpiry }) => refreshExpiry)).size).toBe(1);
    expect(others.flatMap(({ events }) => graceReuses(events))).toHaveLength(49);
  });
});

describe('rule 6: a retry held up before it stores another kind of signing key', () => {
  const STATIC = { useDynamicSigningKey: false };

  async function retryHeldUp(core: TestCore, token: string, meanwhile: () => Promise<unknown>) {
    await refreshed(core, token);
    return heldUp(core, 'setSigningKey', (paused) => refresh(paused, token, STATIC), meanwhile);
  }

  test('answers with the token that others made live meanwhile, and stores its choice there', async () => {
    const core = makeCore();
    const first = await createSession(core);
    let live: Issued | undefined;
    const { answer } = await retryHeldUp(core, first.refreshToken, async () => {
      live = await refreshed(core, (await refreshed(core, first.refreshToken)).refreshToken);
    });
    expect(issuedIn(answer).refreshToken).toBe(live?.refreshToken);
    expect((await database.store.sessions.get(first.handle))?.useStaticKey).toBe(true);
  });

  test('is counted once, though it decided twice', async () => {
    const core = makeCore();
    const first = await createSession(core);
    const { events } = await retryHeldUp(core, first.refreshToken, async () => {
      await refreshed(core, (await refreshed(core, first.refreshToken)).refreshToken);
    });
    expect(graceReuses(events)).toHaveLength(1);
  });

  test('is unauthorised when others revoked meanwhile, and no answer is counted', async () => {
    const core = makeCore();
    const first = await createSession(core, { userId: 'paused-2' });
    const { answer, events } = await retryHeldUp(core, first.refreshToken, () => revoke(core, first.handle));
    expect(answer).toMatchObject({ status: 'UNAUTHORISED' });
    expect(graceReuses(events)).toEqual([]);
    expect(await indexedHandles(database.store.sessions, first.userId as UserId)).toEqual([]);
  });
});

describe('rule 4: a second branch held up before its write', () => {
  async function branchHeldUp(meanwhile: (core: TestCore, first: Issued) => Promise<unknown>) {
    const core = makeCore();
    const first = await createSession(core);
    await refreshed(makeTestCore(database.store, OVER_HTTP, core.clock), first.refreshToken, { version: '5.6' });
    const held = await refreshHeldUp(core, first.refreshToken, () => meanwhile(core, first));
    return { core, first, ...held };
  }

  test('gives way to the branch that others made meanwhile', async () => {
    let theirs: Issued | undefined;
    const { answer, events, first } = await branchHeldUp(async (core, { refreshToken }) => {
      theirs = await refreshed(core, refreshToken);
    });
    expect(issuedIn(answer).refreshToken).toBe(theirs?.refreshToken);
    expect(graceReuses(events)).toEqual([{ event: 'RefreshGraceReuse', sessionHandle: first.handle, branch: false }]);
  });

  test('is unauthorised when others revoked meanwhile, and no answer is counted', async () => {
    const { answer, events } = await branchHeldUp((core, { handle }) => revoke(core, handle));
    expect(answer).toMatchObject({ status: 'UNAUTHORISED' });
    expect(graceReuses(events)).toEqual([]);
  });
});

test('who loses a race decides again by what was found then: one read for each round that is lost', async () => {
  const core = makeTestCore(database.store, OVER_HTTP);
  const first = await createSession(core, { version: '5.6' });
  await refreshed(core, first.refreshToken, { version: '5.6' });
  let rounds = 0;
  const overtaken = withSessions(database.store, (sessions) => ({
    async rotate(...args) {
      if (rounds++ < 3) {
        await refreshed(core, first.refreshToken, { version: '5.6' });
        database.consumed.length -= 2;
      }
      return sessions.rotate(...args);
    },
  }));
  const slow = makeTestCore(overtaken, OVER_HTTP, core.clock);
  await createSession(slow);
  database.consumed.length = 0;
  await refreshed(slow, first.refreshToken, { version: '5.6' });
  // A write whose condition fails tells nothing of what it consumed.
  const reads = Array.from({ length: 1 + 3 }, () => 'GetItem');
  expect(database.consumed.map(({ operation }) => operation)).toEqual([...reads, 'UpdateItem']);
});

describe('rule 3: a write whose acknowledgement was lost', () => {
  test.each([0, G])('is a success, for the row already has our own successor (G = %i ms)', async (gracePeriod) => {
    const core = makeCore({ gracePeriod });
    const first = await createSession(core);
    const losing = another(core, losingOneAcknowledgement(database.store), { gracePeriod });
    core.clock.advance(1000);
    const second = await refreshed(losing, first.refreshToken);
    expect(await storedCurrent(first.handle)).toBe(hash2(second.refreshToken));
    expect(second.refreshCreated).toBe(core.clock.time);
    expect(losing.events).toEqual([]);
    expect(await refresh(core, second.refreshToken)).toMatchObject({ status: 'OK' });
  });

  test.each([0, G])('mints from the row as it is found then (G = %i ms)', async (gracePeriod) => {
    const core = makeCore({ gracePeriod });
    const first = await createSession(core);
    const changing = withSessions(database.store, (sessions) => ({
      async rotate(...args) {
        await sessions.rotate(...args);
        await setPayload(core, first.handle, { role: 'admin' });
        return undefined;
      },
    }));
    const second = await refreshed(another(core, changing, { gracePeriod }), first.refreshToken);
    expect(second.payload).toEqual({ role: 'admin' });
  });

  test('looks with a strongly consistent read', async () => {
    const core = makeCore();
    const first = await createSession(core);
    const losing = another(core, losingOneAcknowledgement(database.store));
    await createSession(losing);
    database.consumed.length = 0;
    await refreshed(losing, first.refreshToken);
    expect(database.consumed.filter(({ operation }) => operation === 'GetItem')).toEqual([
      { operation: 'GetItem', units: 1 },
      { operation: 'GetItem', units: 1 },
    ]);
  });

  test('a failed condition is no success if the live token is not our own successor', async () => {
    const core = makeCore({ gracePeriod: 0 });
    const first = await createSession(core);
    const overtaken = withSessions(database.store, (sessions) => ({
      async rotate(...args) {
        await refreshed(core, first.refreshToken);
        core.clock.advance(1);
        return sessions.rotate(...args);
      },
    }));
    const answer = await refresh(another(core, overtaken, { gracePeriod: 0 }), first.refreshToken);
    expect(answer).toMatchObject({ status: 'TOKEN_THEFT_DETECTED' });
  });

  test('when others rotated our successor meanwhile, the answer is the token that is live now', async () => {
    const core = makeCore();
    const first = await createSession(core);
    let live: Issued | undefined;
    const overtaken = withSessions(database.store, (sessions) => ({
      async rotate(...args) {
        await sessions.rotate(...args);
        live = await refreshed(core, (await refreshed(core, first.refreshToken)).refreshToken);
        return undefined;
      },
    }));
    expect((await refreshed(another(core, overtaken), first.refreshToken)).refreshToken).toBe(live?.refreshToken);
  });

  test('holds for a second branch, too', async () => {
    const core = makeCore();
    const first = await createSession(core);
    await refreshed(makeTestCore(database.store, OVER_HTTP, core.clock), first.refreshToken, { version: '5.6' });
    const branch = await refreshed(another(core, losingOneAcknowledgement(database.store)), first.refreshToken);
    expect(await storedCurrent(first.handle)).toBe(hash2(branch.refreshToken));
    expect((await refreshed(core, first.refreshToken)).refreshToken).toBe(branch.refreshToken);
  });

  test('when the store does not answer at all, the client hears 503, and its retry gets what was written', async () => {
    const core = makeCore();
    const first = await createSession(core);
    const silent = withSessions(database.store, (sessions) => ({
      async rotate(...args) {
        await sessions.rotate(...args);
        throw new StoreUnavailable('do rotate', undefined);
      },
    }));
    const body = { refreshToken: first.refreshToken, enableAntiCsrf: false, useDynamicSigningKey: true };
    expect(await another(core, silent).ask('/recipe/session/refresh', body)).toMatchObject({ status: 503 });
    const retry = await refreshed(core, first.refreshToken);
    expect(await storedCurrent(first.handle)).toBe(hash2(retry.refreshToken));
  });
});

describe('rule 7: an update never brings a revoked session back', () => {
  const regenerate = async (core: TestCore, accessToken: string): Promise<JsonObject> =>
    (await core.ask('/recipe/session/regenerate', { accessToken, userDataInJWT: { role: 'admin' } })).json;

  test.each<[string, keyof SessionStore, (core: TestCore, session: Issued) => Promise<JsonObject>]>([
    ['a rotation', 'rotate', (core, { refreshToken }) => refresh(core, refreshToken)],
    ['new data', 'setData', (core, { handle }) => setData(core, handle, { note: 'new' })],
    ['a new payload', 'setPayload', (core, { handle }) => setPayload(core, handle, { role: 'admin' })],
    ['a regeneration', 'setPayload', (core, { accessToken }) => regenerate(core, accessToken)],
  ])('%s', async (_what, method, begin) => {
    const core = makeCore();
    const userId = `rule-7-${_what}`;
    const session = await createSession(core, { userId });
    const { answer } = await heldUp(
      core,
      method,
      (paused) => begin(paused, session),
      () => revoke(core, session.handle),
    );
    expect(answer.status).toBe('UNAUTHORISED');
    expect(await database.store.sessions.get(session.handle)).toBeUndefined();
    expect(await sessionsOf(core, userId)).toEqual([]);
  });

  test.each<[string, (core: TestCore, child: Issued) => Promise<JsonObject>]>([
    ['verified', (core, { accessToken }) => verify(core, accessToken)],
    ['refreshed', (core, { refreshToken }) => refresh(core, refreshToken)],
  ])('a child of the live token that becomes live when it is %s (up to CDI 5.5)', async (_how, begin) => {
    const core = makeTestCore(database.store, OVER_HTTP);
    const first = await createSession(core);
    const child = await refreshed(core, first.refreshToken);
    const { store, reached, resume } = pausingBefore(database.store, 'rotate');
    const pending = begin(makeTestCore(store, OVER_HTTP, core.clock), child);
    await reached;
    await revoke(core, first.handle);
    resume();
    expect((await pending).status).toBe('UNAUTHORISED');
    expect(await database.store.sessions.get(first.handle)).toBeUndefined();
  });

  test('nor one that has expired', async () => {
    const core = makeCore({ refreshTokenValidity: 60_000, accessTokenValidity: 1000 });
    const session = await createSession(core);
    core.clock.advance(60_000);
    for (const answer of [
      await setData(core, session.handle, { note: 'new' }),
      await setPayload(core, session.handle, { role: 'admin' }),
      await regenerate(core, session.accessToken),
    ]) {
      expect(answer.status).toBe('UNAUTHORISED');
    }
    expect(await database.store.sessions.get(session.handle)).toMatchObject({ data: {}, payload: {} });
  });
});

import type { UserId } from '../../../lib/core/types.ts';
import {
  claimsOf,
  createSession,
  hash2,
  type Issued,
  infoOf,
  issuedIn,
  OVER_HTTP,
  refresh,
  refreshed,
  refreshedInTurn,
  revoke,
  sessionsOf,
  setData,
  setPayload,
} from '../../fixtures/cdi-session.ts';
import { makeTestCore, type TestCore } from '../../fixtures/core.ts';
import { indexedHandles } from '../../fixtures/session-index.ts';
import { withSessions } from '../../fixtures/store-wrappers.ts';
import { another, heldUp, refreshHeldUp, storedCurrent } from './held-up.ts';
import { database, G, graceReuses, makeCore, useRotationDatabase } from './rotation-database.ts';

useRotationDatabase();

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

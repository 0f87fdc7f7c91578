import { readFileSync } from 'node:fs';
import { MAX_RETIRED } from '../../../lib/core/session/rules/row.ts';
import {
  createSession,
  hash2,
  IN_PROCESS,
  infoOf,
  OVER_HTTP,
  refresh,
  refreshed,
  refreshedInTurn,
  sessionsOf,
} from '../../fixtures/cdi-session.ts';
import { makeTestCore } from '../../fixtures/core.ts';
import {
  database,
  G,
  graceReuses,
  makeCore,
  operationsOf,
  rowOf,
  thefts,
  useRotationDatabase,
} from './rotation-database.ts';

useRotationDatabase();

describe('rule 4: a token that was replaced', () => {
  test('it gives the same successor again, byte for byte', async () => {
    const core = makeCore();
    const first = await createSession(core);
    const second = await refreshed(core, first.refreshToken);
    core.clock.advance(1000);
    expect((await refreshed(core, first.refreshToken)).refreshToken).toBe(second.refreshToken);
  });

  test('it does so in another process of the installation', async () => {
    const core = makeCore();
    const first = await createSession(core);
    const second = await refreshed(core, first.refreshToken);
    const other = makeTestCore(database.store, IN_PROCESS, core.clock);
    expect((await refreshed(other, first.refreshToken)).refreshToken).toBe(second.refreshToken);
  });

  test('it does so as often as it is asked, and does not write', async () => {
    const core = makeCore();
    const first = await createSession(core);
    const { refreshToken } = await refreshed(core, first.refreshToken);
    const before = await rowOf(first.handle);
    const operations = await operationsOf(async () => {
      for (let time = 0; time < 3; time++) {
        core.clock.advance(1000);
        expect((await refreshed(core, first.refreshToken)).refreshToken).toBe(refreshToken);
      }
    });
    expect(operations).toEqual(['GetItem', 'GetItem', 'GetItem']);
    expect(await rowOf(first.handle)).toEqual(before);
  });

  test('what it gives is the live token, which refreshes', async () => {
    const core = makeCore();
    const first = await createSession(core);
    await refreshed(core, first.refreshToken);
    const again = await refreshed(core, first.refreshToken);
    expect(await refresh(core, again.refreshToken)).toMatchObject({ status: 'OK' });
  });

  test('exactly G after its retirement it is still within the window', async () => {
    const core = makeCore();
    const first = await createSession(core);
    const second = await refreshed(core, first.refreshToken);
    core.clock.advance(G);
    expect((await refreshed(core, first.refreshToken)).refreshToken).toBe(second.refreshToken);
  });

  test('a millisecond later it is theft', async () => {
    const core = makeCore();
    const first = await createSession(core);
    await refreshed(core, first.refreshToken);
    core.clock.advance(G + 1);
    expect(await refresh(core, first.refreshToken)).toEqual({
      status: 'TOKEN_THEFT_DETECTED',
      session: { handle: first.handle, userId: 'alice', recipeUserId: 'alice' },
    });
  });

  test('a retry within the window does not prolong it', async () => {
    const core = makeCore();
    const first = await createSession(core);
    await refreshed(core, first.refreshToken);
    core.clock.advance(G);
    await refreshed(core, first.refreshToken);
    core.clock.advance(1);
    expect(await refresh(core, first.refreshToken)).toMatchObject({ status: 'TOKEN_THEFT_DETECTED' });
  });

  test('the window counts from its own retirement, not from the latest', async () => {
    const core = makeCore();
    const first = await createSession(core);
    const second = await refreshed(core, first.refreshToken);
    core.clock.advance(G);
    await refreshed(core, second.refreshToken);
    core.clock.advance(1);
    expect(await refresh(core, first.refreshToken)).toMatchObject({ status: 'TOKEN_THEFT_DETECTED' });
  });

  test.each([1, 2, 3, 4])('the live token is found over a chain of %i retired ones', async (length) => {
    const core = makeCore();
    const first = await createSession(core);
    const chain = await refreshedInTurn(core, first.refreshToken, length, 1000);
    expect((await refreshed(core, first.refreshToken)).refreshToken).toBe(chain.at(-1)?.refreshToken);
  });

  test('every token of a chain of four leads to the live one', async () => {
    const core = makeCore();
    const first = await createSession(core);
    const chain = await refreshedInTurn(core, first.refreshToken, 4, 1000);
    const live = chain.at(-1)?.refreshToken;
    for (const { refreshToken } of [first, ...chain.slice(0, -1)]) {
      expect((await refreshed(core, refreshToken)).refreshToken).toBe(live);
    }
  });

  test('the 21st from the end is theft, even within the window, as docs/configuration.md says', async () => {
    const row = /^\| `REFRESH_TOKEN_ROTATION_GRACE_PERIOD` .*$/m.exec(
      readFileSync('docs/configuration.md', 'utf8'),
    )?.[0];
    expect(row).toContain(`more than ${MAX_RETIRED} refreshes old`);
    const core = makeCore();
    const first = await createSession(core);
    await refreshedInTurn(core, first.refreshToken, 21);
    expect(await refresh(core, first.refreshToken)).toMatchObject({ status: 'TOKEN_THEFT_DETECTED' });
  });

  test('an honest retry is none after five minutes of refreshes each 20 s', async () => {
    const core = makeCore({ gracePeriod: 300_000, accessTokenValidity: 20_000 });
    const first = await createSession(core);
    const chain = await refreshedInTurn(core, first.refreshToken, 16, 20_000);
    expect(await refreshed(core, first.refreshToken)).toMatchObject({ refreshToken: chain.at(-1)?.refreshToken });
  });

  test('with G = 0 it is theft a millisecond after its retirement', async () => {
    const core = makeCore({ gracePeriod: 0 });
    const first = await createSession(core);
    await refreshed(core, first.refreshToken);
    core.clock.advance(1);
    expect(await refresh(core, first.refreshToken)).toMatchObject({ status: 'TOKEN_THEFT_DETECTED' });
  });

  test('with G = 0 there is no window at all, as with the official core: not even within the same millisecond', async () => {
    const core = makeCore({ gracePeriod: 0 });
    const first = await createSession(core);
    await refreshed(core, first.refreshToken);
    expect(await refresh(core, first.refreshToken)).toMatchObject({ status: 'TOKEN_THEFT_DETECTED' });
  });

  test('reuse deletes the session: nothing of it is good any more', async () => {
    const core = makeCore();
    const first = await createSession(core, { userId: 'mallory-1' });
    const second = await refreshed(core, first.refreshToken);
    core.clock.advance(G + 1);
    await refresh(core, first.refreshToken);
    expect(await infoOf(core, first.handle)).toMatchObject({ status: 'UNAUTHORISED' });
    expect(await sessionsOf(core, 'mallory-1')).toEqual([]);
    for (const { refreshToken } of [first, second]) {
      expect(await refresh(core, refreshToken)).toMatchObject({ status: 'UNAUTHORISED' });
    }
  });

  test('reuse ends one session and no other of the user', async () => {
    const core = makeCore();
    const stolen = await createSession(core, { userId: 'mallory-2' });
    const other = await createSession(core, { userId: 'mallory-2' });
    await refreshed(core, stolen.refreshToken);
    core.clock.advance(G + 1);
    await refresh(core, stolen.refreshToken);
    expect(await sessionsOf(core, 'mallory-2')).toEqual([other.handle]);
    expect(await refresh(core, other.refreshToken)).toMatchObject({ status: 'OK' });
  });

  test('each answer given within the window is reported, and nothing else', async () => {
    const core = makeCore();
    const first = await createSession(core);
    const second = await refreshed(core, first.refreshToken);
    expect(graceReuses(core.events)).toEqual([]);
    await refreshed(core, first.refreshToken);
    await refreshed(core, first.refreshToken);
    await refreshed(core, second.refreshToken);
    const event = { event: 'RefreshGraceReuse', sessionHandle: first.handle, branch: false };
    expect(graceReuses(core.events)).toEqual([event, event]);
  });

  test('reuse is reported as theft, once', async () => {
    const core = makeCore();
    const first = await createSession(core);
    await refreshed(core, first.refreshToken);
    core.clock.advance(G + 1);
    await refresh(core, first.refreshToken);
    await refresh(core, first.refreshToken);
    expect(thefts(core.events)).toEqual([expect.objectContaining({ sessionHandle: first.handle })]);
    expect(graceReuses(core.events)).toEqual([]);
  });
});

describe('rule 4: a chain that does not end in the live token', () => {
  /** A session whose first token was replaced by a core that keeps other rules. */
  async function rotatedByOthers() {
    const core = makeCore();
    const others = makeTestCore(database.store, OVER_HTTP, core.clock);
    const first = await createSession(core);
    core.clock.advance(1000);
    const theirs = await refreshed(others, first.refreshToken, { version: '5.6' });
    return { core, others, first, theirs };
  }

  test('within the window of the row it is a second branch', async () => {
    const { core, first, theirs } = await rotatedByOthers();
    core.clock.advance(G);
    const branch = await refreshed(core, first.refreshToken);
    expect(branch.refreshToken).not.toBe(theirs.refreshToken);
    expect(await rowOf(first.handle)).toMatchObject({ current: hash2(branch.refreshToken) });
    expect(graceReuses(core.events)).toEqual([
      { event: 'RefreshGraceReuse', sessionHandle: first.handle, branch: true },
    ]);
  });

  test('a branch changes the live token alone: prev, rotatedAt and expiry stay', async () => {
    const { core, first } = await rotatedByOthers();
    const { prev, rotatedAt, expiry } = await rowOf(first.handle);
    core.clock.advance(G);
    const branch = await refreshed(core, first.refreshToken);
    expect(await rowOf(first.handle)).toMatchObject({ prev, rotatedAt, expiry });
    expect(branch.refreshExpiry).toBe(expiry);
  });

  test('a millisecond after the window it is theft', async () => {
    const { core, first } = await rotatedByOthers();
    core.clock.advance(G + 1);
    expect(await refresh(core, first.refreshToken)).toMatchObject({ status: 'TOKEN_THEFT_DETECTED' });
  });

  test('the branch that was made first is an orphan, and theft', async () => {
    const { core, first, theirs } = await rotatedByOthers();
    await refreshed(core, first.refreshToken);
    expect(await refresh(core, theirs.refreshToken)).toMatchObject({ status: 'TOKEN_THEFT_DETECTED' });
  });

  test('the branch in turn is the one successor: a retry gets it again', async () => {
    const { core, first } = await rotatedByOthers();
    const branch = await refreshed(core, first.refreshToken);
    core.clock.advance(1000);
    const again = await refreshed(core, first.refreshToken);
    expect(again.refreshToken).toBe(branch.refreshToken);
    expect([again.refreshExpiry, again.refreshCreated]).toEqual([branch.refreshExpiry, branch.refreshCreated]);
  });

  test('the branch does not open a new window', async () => {
    const { core, first } = await rotatedByOthers();
    core.clock.advance(G);
    await refreshed(core, first.refreshToken);
    core.clock.advance(1);
    expect(await refresh(core, first.refreshToken)).toMatchObject({ status: 'TOKEN_THEFT_DETECTED' });
  });

  test('a successor of the branch is found from the token before it', async () => {
    const { core, first } = await rotatedByOthers();
    const branch = await refreshed(core, first.refreshToken);
    const next = await refreshed(core, branch.refreshToken);
    expect((await refreshed(core, first.refreshToken)).refreshToken).toBe(next.refreshToken);
  });
});

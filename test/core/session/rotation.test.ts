import { readFileSync } from 'node:fs';
import { type CoreConfig, DEFAULT_CORE_CONFIG } from '../../../lib/core/index.ts';
import type { SessionRow } from '../../../lib/core/session/rules/row.ts';
import { MAX_RETIRED } from '../../../lib/core/session/rules/row.ts';
import type { CoreEvent, SessionHandle } from '../../../lib/core/types.ts';
import type { Item } from '../../../lib/dynamodb/client.ts';
import {
  createSession,
  hash1,
  hash2,
  IN_PROCESS,
  infoOf,
  OVER_HTTP,
  refresh,
  refreshed,
  refreshedInTurn,
  sessionsOf,
} from '../../fixtures/cdi-session.ts';
import { makeTestCore, startTestDatabase, type TestCore, type TestDatabase } from '../../fixtures/core.ts';

const G = DEFAULT_CORE_CONFIG.gracePeriod;
const VALIDITY = DEFAULT_CORE_CONFIG.refreshTokenValidity;

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const makeCore = (config: Partial<CoreConfig> = {}): TestCore =>
  makeTestCore(database.store, { ...IN_PROCESS, ...config });

async function rowOf(handle: SessionHandle): Promise<SessionRow> {
  const row = await database.store.sessions.get(handle);
  if (row === undefined) throw new Error(`No row of ${handle}`);
  return row;
}

async function itemOf(handle: SessionHandle): Promise<Item> {
  const item = await database.db.get(database.tables.sessions, { pk: `session#${handle}`, sk: 'session' });
  if (item === undefined) throw new Error(`No item of ${handle}`);
  return item;
}

/** As DynamoDB counts: UTF-8 bytes of names and of text, about half a byte a digit of a number, one for a flag. */
const sizeOf = (item: Item): number =>
  Object.entries(item)
    .map(([name, value]) => Buffer.byteLength(name) + (typeof value === 'boolean' ? 1 : Buffer.byteLength(`${value}`)))
    .reduce((sum, size) => sum + size, 0);

const graceReuses = (events: readonly CoreEvent[]) => events.filter(({ event }) => event === 'RefreshGraceReuse');
const thefts = (events: readonly CoreEvent[]) => events.filter(({ event }) => event === 'TokenTheftDetected');

async function operationsOf(work: () => Promise<unknown>): Promise<string[]> {
  database.consumed.length = 0;
  await work();
  return database.consumed.map(({ operation }) => operation);
}

describe('rule 1: the row', () => {
  test('a new session has a live token and nothing before it', async () => {
    const first = await createSession(makeCore());
    expect(await rowOf(first.handle)).toMatchObject({
      current: hash2(first.refreshToken),
      prev: undefined,
      rotatedAt: undefined,
      retired: [],
    });
  });

  test('a rotation writes current, prev and rotatedAt as the official core does, and a new expiry', async () => {
    const core = makeCore();
    const first = await createSession(core);
    core.clock.advance(5000);
    const second = await refreshed(core, first.refreshToken);
    expect(await rowOf(first.handle)).toMatchObject({
      current: hash2(second.refreshToken),
      prev: hash2(first.refreshToken),
      rotatedAt: core.clock.time,
      expiry: core.clock.time + VALIDITY,
    });
  });

  test('an entry is the hash of the retired token, the moment of the write and a salt of 16 bytes', async () => {
    const core = makeCore();
    const first = await createSession(core);
    core.clock.advance(5000);
    await refreshed(core, first.refreshToken);
    const { retired } = await rowOf(first.handle);
    expect(retired).toEqual([
      expect.objectContaining({ hash2: hash2(first.refreshToken), retiredAt: core.clock.time }),
    ]);
    expect(retired[0]?.salt).toHaveLength(16);
  });

  test('every entry has a salt of its own', async () => {
    const core = makeCore();
    const sessions = await Promise.all([createSession(core), createSession(core)]);
    await Promise.all(sessions.map(({ refreshToken }) => refreshedInTurn(core, refreshToken, 4)));
    const rows = await Promise.all(sessions.map(({ handle }) => rowOf(handle)));
    const salts = rows.flatMap(({ retired }) => retired.map(({ salt }) => salt.toString('hex')));
    expect(new Set(salts).size).toBe(8);
  });

  test('at most 20 retired tokens are remembered, newest last', async () => {
    const core = makeCore();
    const first = await createSession(core);
    const chain = await refreshedInTurn(core, first.refreshToken, 22, 1);
    const { retired } = await rowOf(first.handle);
    const last = chain.slice(1, 21).map(({ refreshToken }) => hash2(refreshToken));
    expect(retired.map(({ hash2 }) => hash2)).toEqual(last);
  });

  test('a rotation drops what was retired longer than G ago', async () => {
    const core = makeCore();
    const first = await createSession(core);
    const second = await refreshed(core, first.refreshToken);
    core.clock.advance(G + 1);
    await refreshed(core, second.refreshToken);
    expect((await rowOf(first.handle)).retired.map(({ hash2 }) => hash2)).toEqual([hash2(second.refreshToken)]);
  });

  test('a rotation keeps what was retired exactly G ago', async () => {
    const core = makeCore();
    const first = await createSession(core);
    const second = await refreshed(core, first.refreshToken);
    core.clock.advance(G);
    await refreshed(core, second.refreshToken);
    expect((await rowOf(first.handle)).retired.map(({ hash2 }) => hash2)).toEqual(
      [first, second].map(({ refreshToken }) => hash2(refreshToken)),
    );
  });

  test('retired tokens are kept as base64url text', async () => {
    const core = makeCore();
    const first = await createSession(core);
    await refreshedInTurn(core, first.refreshToken, 4);
    expect((await itemOf(first.handle)).retired).toMatch(/^[\w-]+$/);
  });

  test('with a small payload and four retired tokens the item stays under 1 KB, and its write costs one unit', async () => {
    const core = makeCore();
    const userId = 'c0ffee00-0000-4000-8000-000000000000';
    const payload = { roles: ['admin', 'editor'], name: 'Ada Lovelace', plan: 'team' };
    const first = await createSession(core, { userId, payload, data: { device: 'Firefox on Linux' } });
    const [, , , fourth] = await refreshedInTurn(core, first.refreshToken, 4, 1);
    expect((await rowOf(first.handle)).retired).toHaveLength(4);
    expect(sizeOf(await itemOf(first.handle))).toBeLessThan(1024);
    database.consumed.length = 0;
    await refreshed(core, fourth?.refreshToken ?? '');
    expect(database.consumed.filter(({ operation }) => operation === 'UpdateItem')).toEqual([
      { operation: 'UpdateItem', units: 1 },
    ]);
  });

  test('neither a refresh token nor its hash1 is in the table', async () => {
    const core = makeCore();
    const first = await createSession(core);
    const issued = [first, ...(await refreshedInTurn(core, first.refreshToken, 3))];
    const item = JSON.stringify(await itemOf(first.handle));
    for (const { refreshToken } of issued) {
      const told = hash1(refreshToken);
      const spellings = [refreshToken, told, Buffer.from(told, 'hex').toString('base64url')];
      for (const spelling of spellings) expect(item).not.toContain(spelling);
    }
  });
});

describe('rule 2: the live token', () => {
  test('it is replaced at once, by one strongly consistent read and one write', async () => {
    const core = makeCore();
    const first = await createSession(core);
    database.consumed.length = 0;
    const second = await refreshed(core, first.refreshToken);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(database.consumed).toEqual([
      { operation: 'GetItem', units: 1 },
      { operation: 'UpdateItem', units: 1 },
    ]);
  });

  test('whatever CDI version is asked for, it rotates at refresh', async () => {
    const core = makeCore();
    for (const version of ['3.0', '4.0', '5.4', '5.6']) {
      const first = await createSession(core, { version });
      const second = await refreshed(core, first.refreshToken, { version });
      expect((await rowOf(first.handle)).current).toBe(hash2(second.refreshToken));
    }
  });

  test('a session that expires at this very moment is missing', async () => {
    const core = makeCore({ refreshTokenValidity: 60_000, accessTokenValidity: 1000 });
    const first = await createSession(core);
    core.clock.advance(60_000);
    expect(await refresh(core, first.refreshToken)).toEqual({
      status: 'UNAUTHORISED',
      message: 'Session missing in db or has expired',
    });
  });

  test('a session that expires a millisecond later is refreshed', async () => {
    const core = makeCore({ refreshTokenValidity: 60_000, accessTokenValidity: 1000 });
    const first = await createSession(core);
    core.clock.advance(59_999);
    expect(await refresh(core, first.refreshToken)).toMatchObject({ status: 'OK' });
  });

  test('the write replaces only the token that was read, of a session that has not expired', async () => {
    const core = makeCore();
    const first = await createSession(core);
    const row = await rowOf(first.handle);
    const change = { ...row, current: hash2('next'), prev: row.current, rotatedAt: core.clock.time };
    const { rotate } = database.store.sessions;
    expect(await rotate({ ...row, current: hash2('another') }, change, core.clock.time)).toBeUndefined();
    expect(await rotate(row, change, row.expiry)).toBeUndefined();
    expect(await rowOf(first.handle)).toEqual(row);
  });

  test('a rotation leaves payload, data, user and creation alone', async () => {
    const core = makeCore();
    const first = await createSession(core, { payload: { role: 'admin' }, data: { note: 'x' } });
    const before = await rowOf(first.handle);
    core.clock.advance(1000);
    await refreshed(core, first.refreshToken);
    const { payload, data, userId, createdAt } = before;
    expect(await rowOf(first.handle)).toMatchObject({ payload, data, userId, createdAt });
  });
});

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

describe('what it costs', () => {
  test('a client that lost an answer and comes back later than G is logged out', async () => {
    const core = makeCore();
    const phone = await createSession(core);
    await refresh(core, phone.refreshToken);
    core.clock.advance(3 * 3_600_000);
    expect(await refresh(core, phone.refreshToken)).toMatchObject({ status: 'TOKEN_THEFT_DETECTED' });
    expect(await infoOf(core, phone.handle)).toMatchObject({ status: 'UNAUTHORISED' });
  });

  test('a thief who refreshes within G of every refresh of the victim is not noticed, but each time counted', async () => {
    const core = makeCore();
    let token = (await createSession(core)).refreshToken;
    for (let round = 1; round <= 3; round++) {
      core.clock.advance(3_600_000);
      const victim = await refreshed(core, token);
      core.clock.advance(G);
      const thief = await refreshed(core, token);
      expect(thief.refreshToken).toBe(victim.refreshToken);
      expect(graceReuses(core.events)).toHaveLength(round);
      token = victim.refreshToken;
    }
    expect(thefts(core.events)).toEqual([]);
  });

  test('in every other case the later of the two is caught at once, and the session ends for both', async () => {
    const core = makeCore();
    const shared = await createSession(core);
    core.clock.advance(3_600_000);
    const earlier = await refreshed(core, shared.refreshToken);
    core.clock.advance(G + 1);
    expect(await refresh(core, shared.refreshToken)).toMatchObject({ status: 'TOKEN_THEFT_DETECTED' });
    expect(await refresh(core, earlier.refreshToken)).toMatchObject({ status: 'UNAUTHORISED' });
  });
});

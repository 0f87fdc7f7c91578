import {
  createSession,
  hash1,
  hash2,
  infoOf,
  refresh,
  refreshed,
  refreshedInTurn,
} from '../../fixtures/cdi-session.ts';
import {
  database,
  G,
  graceReuses,
  itemOf,
  makeCore,
  rowOf,
  sizeOf,
  thefts,
  useRotationDatabase,
  VALIDITY,
} from './rotation-database.ts';

useRotationDatabase();

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

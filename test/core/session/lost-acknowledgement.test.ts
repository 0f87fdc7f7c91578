import { StoreUnavailable } from '../../../lib/core/errors.ts';
import {
  createSession,
  hash2,
  type Issued,
  OVER_HTTP,
  refresh,
  refreshed,
  setPayload,
} from '../../fixtures/cdi-session.ts';
import { makeTestCore } from '../../fixtures/core.ts';
import { losingOneAcknowledgement, withSessions } from '../../fixtures/store-wrappers.ts';
import { another, storedCurrent } from './held-up.ts';
import { database, G, makeCore, useRotationDatabase } from './rotation-database.ts';

useRotationDatabase();

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

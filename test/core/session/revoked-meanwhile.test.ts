import type { SessionStore } from '../../../lib/core/session/store/session-store.ts';
import type { JsonObject } from '../../../lib/core/types.ts';
import {
  createSession,
  type Issued,
  OVER_HTTP,
  refresh,
  refreshed,
  revoke,
  sessionsOf,
  setData,
  setPayload,
  verify,
} from '../../fixtures/cdi-session.ts';
import { makeTestCore, type TestCore } from '../../fixtures/core.ts';
import { pausingBefore } from '../../fixtures/store-wrappers.ts';
import { heldUp } from './held-up.ts';
import { database, makeCore, useRotationDatabase } from './rotation-database.ts';

useRotationDatabase();

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

import { StoreUnavailable } from '../../../../lib/core/errors.ts';
import { createSession, IN_PROCESS, refresh, refreshed } from '../../../fixtures/cdi-session.ts';
import { makeTestCore } from '../../../fixtures/core.ts';
import { createMemoryStore } from '../../../fixtures/memory-store.ts';
import { withSessions } from '../../../fixtures/store-wrappers.ts';

test('a theft is reported also if the deletion of the session is not answered', async () => {
  const store = withSessions(createMemoryStore(), (sessions) => ({
    async delete(...args) {
      await sessions.delete(...args);
      throw new StoreUnavailable('do delete', new Error('the answer was lost'));
    },
  }));
  const core = makeTestCore(store, IN_PROCESS);
  const { refreshToken, handle } = await createSession(core);
  await refreshed(core, refreshToken);
  core.clock.advance(60_000);
  const body = { refreshToken, enableAntiCsrf: false, useDynamicSigningKey: true };
  expect(await core.ask('/recipe/session/refresh', body)).toMatchObject({ status: 503 });
  expect(core.events).toContainEqual(expect.objectContaining({ event: 'TokenTheftDetected', sessionHandle: handle }));
  // The session is gone, so no later request can report it.
  expect(await refresh(core, refreshToken)).toMatchObject({ status: 'UNAUTHORISED' });
});

import type { Store } from '../../../../lib/core/store/store.ts';
import type { JsonObject } from '../../../../lib/core/types.ts';
import { createSession, IN_PROCESS, infoOf, OVER_HTTP, setPayload, textIn } from '../../../fixtures/cdi-session.ts';
import { makeTestCore, type TestCore } from '../../../fixtures/core.ts';
import { createMemoryStore } from '../../../fixtures/memory-store.ts';
import { withSessions } from '../../../fixtures/store-wrappers.ts';

const regenerate = async (core: TestCore, accessToken: string, userDataInJWT: JsonObject) =>
  (await core.ask('/recipe/session/regenerate', { accessToken, userDataInJWT })).json;

/** A core in process, and a session with these claims. */
async function withSession(payload: JsonObject, store: Store = createMemoryStore(), config = {}) {
  const core = makeTestCore(store, { ...IN_PROCESS, ...config });
  const { accessToken, handle } = await createSession(core, { payload });
  return { core, accessToken, stored: async () => (await infoOf(core, handle)).userDataInJWT, handle };
}

test('a role that an operator has removed does not come back with the next claim update', async () => {
  const { core, accessToken, handle, stored } = await withSession({ roles: ['admin'], a: 1 });
  await setPayload(core, handle, { a: 1 });
  const answer = await regenerate(core, accessToken, { roles: ['admin'], a: 2 });
  expect(answer).toMatchObject({ status: 'OK', session: { userDataInJWT: { a: 2 } } });
  expect(await stored()).toEqual({ a: 2 });
  const { token } = answer.accessToken as JsonObject;
  expect(JSON.parse(atob(String(token).split('.')[1] ?? ''))).not.toHaveProperty('roles');
});

test('of many updates at once from one token, none is lost', async () => {
  const { core, accessToken, stored } = await withSession({ base: 0 });
  const names = Array.from({ length: 20 }, (_, index) => `claim${index}`);
  await Promise.all(names.map((name) => regenerate(core, accessToken, { base: 0, [name]: 1 })));
  expect(await stored()).toEqual({ base: 0, ...Object.fromEntries(names.map((name) => [name, 1])) });
});

test('an update whose acknowledgement was lost is done once', async () => {
  let isLost = false;
  const store = withSessions(createMemoryStore(), (sessions) => ({
    async setPayload(...args) {
      const written = await sessions.setPayload(...args);
      if (isLost) return written;
      isLost = true;
      return undefined;
    },
  }));
  const { core, accessToken, stored } = await withSession({ a: 1, gone: true }, store);
  expect(await regenerate(core, accessToken, { a: 2 })).toMatchObject({ session: { userDataInJWT: { a: 2 } } });
  expect(await stored()).toEqual({ a: 2 });
});

test('a merge that is too large is rejected, and changes nothing', async () => {
  const { core, accessToken, handle, stored } = await withSession({}, createMemoryStore(), { maxClaimsBytes: 50 });
  await setPayload(core, handle, { theirs: 'x'.repeat(25) });
  const body = { accessToken, userDataInJWT: { mine: 'y'.repeat(25) } };
  expect(await core.ask('/recipe/session/regenerate', body)).toMatchObject({ status: 400 });
  expect(await stored()).toEqual({ theirs: 'x'.repeat(25) });
});

test('over HTTP the claims are stored as they are given, as in the official core', async () => {
  const { core, accessToken, handle, stored } = await withSession({ a: 1 }, createMemoryStore(), OVER_HTTP);
  await setPayload(core, handle, { a: 1, theirs: 2 });
  expect(textIn(await regenerate(core, accessToken, { a: 2 }), 'status')).toBe('OK');
  expect(await stored()).toEqual({ a: 2 });
});

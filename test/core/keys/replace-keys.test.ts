import type { Store } from '../../../lib/core/store/store.ts';
import { ManualClock, makeTestCore, type TestCore } from '../../fixtures/core.ts';
import { createMemoryStore } from '../../fixtures/memory-store.ts';

const HALF_AN_HOUR = 30 * 60_000;

let store: Store;
let clock: ManualClock;
let running: TestCore;

beforeEach(() => {
  store = createMemoryStore();
  clock = new ManualClock();
  running = makeTestCore(store, {}, clock);
});

/** A process that has just started, a moment later. */
function another(): TestCore {
  clock.advance(1000);
  return makeTestCore(store, {}, clock);
}

interface Tokens {
  readonly accessToken: { readonly token: string };
  readonly refreshToken: { readonly token: string };
}

const logIn = async ({ ask }: TestCore): Promise<Tokens> =>
  (
    await ask('/recipe/session', {
      userId: 'ann',
      userDataInJWT: {},
      userDataInDatabase: {},
      enableAntiCsrf: false,
      useDynamicSigningKey: true,
    })
  ).json as unknown as Tokens;

const verify = async ({ ask }: TestCore, { accessToken }: Tokens) =>
  (
    await ask('/recipe/session/verify', {
      accessToken: accessToken.token,
      enableAntiCsrf: false,
      doAntiCsrfCheck: false,
      checkDatabase: false,
    })
  ).json.status;

const refresh = async ({ ask }: TestCore, { refreshToken }: Tokens) =>
  (
    await ask('/recipe/session/refresh', {
      refreshToken: refreshToken.token,
      enableAntiCsrf: false,
      useDynamicSigningKey: true,
    })
  ).json;

const kidsOf = async ({ ask }: TestCore) =>
  ((await ask('/.well-known/jwks.json')).json.keys as unknown as { kid: string }[]).map(({ kid }) => kid).sort();

test('what the old keys signed is rejected, and refreshed without a log-in', async () => {
  const session = await logIn(running);
  const before = await kidsOf(running);
  const kids = await another().core.replaceKeys({ refreshSecrets: false });
  const started = another();
  expect(await kidsOf(started)).toEqual([...kids].sort());
  expect(before.filter((kid) => kids.includes(kid))).toEqual([]);
  expect(await verify(started, session)).toBe('TRY_REFRESH_TOKEN');
  const refreshed = (await refresh(started, session)) as unknown as Tokens & { status: string };
  expect(refreshed.status).toBe('OK');
  expect(await verify(started, refreshed)).toBe('OK');
});

test('with the refresh secrets every session ends', async () => {
  const session = await logIn(running);
  await another().core.replaceKeys({ refreshSecrets: true });
  expect(await refresh(another(), session)).toMatchObject({ status: 'UNAUTHORISED' });
  const fresh = await logIn(another());
  expect(await refresh(another(), fresh)).toMatchObject({ status: 'OK' });
});

test('a process that runs goes over to the new keys when its cache ends', async () => {
  const session = await logIn(running);
  await another().core.replaceKeys({ refreshSecrets: false });
  expect(await verify(running, session)).toBe('OK');
  clock.advance(HALF_AN_HOUR + 1);
  expect(await verify(running, session)).toBe('TRY_REFRESH_TOKEN');
  expect(await verify(running, await logIn(running))).toBe('OK');
});

test('a next key that comes in between is replaced, too', async () => {
  await logIn(running);
  const { keyring } = store;
  let isFirst = true;
  const racing: Store = {
    ...store,
    keyring: {
      ...keyring,
      async write(next, replaced) {
        if (isFirst) {
          isFirst = false;
          const present = await keyring.read();
          if (present !== undefined) await keyring.write({ ...present, version: present.version + 1 });
        }
        return keyring.write(next, replaced);
      },
    },
  };
  const kids = await makeTestCore(racing, {}, clock).core.replaceKeys({ refreshSecrets: false });
  expect(await kidsOf(another())).toEqual([...kids].sort());
});

test('before there are any keys, it makes the first', async () => {
  const kids = await running.core.replaceKeys({ refreshSecrets: false });
  expect(await kidsOf(running)).toEqual([...kids].sort());
  expect(await verify(running, await logIn(running))).toBe('OK');
});

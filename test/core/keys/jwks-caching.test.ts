import { decodeProtectedHeader } from 'jose';
import { ManualClock, makeTestCore, startTestDatabase, type TestCore, type TestDatabase } from '../../fixtures/core.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** How long API Gateway's JWT authorizer keeps a JWKS. */
const GATEWAY_CACHE_TIME = 2 * HOUR;

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const kidsOf = async (core: TestCore): Promise<string[]> => {
  const { json } = await core.ask('/.well-known/jwks.json');
  return (json.keys as { kid: string }[]).map(({ kid }) => kid);
};

async function signingKid(core: TestCore): Promise<string> {
  const body = { userId: 'u', userDataInJWT: {}, userDataInDatabase: {}, enableAntiCsrf: false };
  const { json } = await core.ask('/recipe/session', body);
  return decodeProtectedHeader((json.accessToken as { token: string }).token).kid ?? '';
}

test('a process that has just served a JWKS serves a new key within five seconds, and so no token meets an older one', async () => {
  const interval = 24 * HOUR;
  const clock = new ManualClock();
  const core = () => makeTestCore(database.store, { signingKeyInterval: interval }, clock);
  const [rotating, serving] = [core(), core()];
  const first = await signingKid(rotating);
  clock.advance(interval - 130 * MINUTE - 1);
  // For verifying, its memory of the keys is good for ten minutes.
  expect(await kidsOf(serving)).toContain(first);
  clock.advance(1);
  await rotating.core.rotateSigningKeyIfDue();
  const published = clock.time;
  const [kid = ''] = (await kidsOf(rotating)).filter((candidate) => candidate.startsWith('d-') && candidate !== first);
  expect(kid).not.toBe('');

  clock.advance(5000);
  expect(await kidsOf(serving)).toContain(kid);
  // The worst case: API Gateway asked just before, and keeps what it got for two hours.
  const cachedUntil = clock.time + GATEWAY_CACHE_TIME;
  for (; clock.time < cachedUntil; clock.advance(MINUTE)) expect(await signingKid(core())).toBe(first);
  clock.time = published + 130 * MINUTE;
  expect(await signingKid(core())).toBe(kid);
});

import { DEFAULT_CORE_CONFIG } from '../../../lib/core/index.ts';
import { makeTestCore, startTestDatabase, type TestDatabase } from '../../fixtures/core.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const LEAD = 130 * 60_000;

test('the published keys may be cached until a new one may appear, in whole seconds rounded down', async () => {
  const core = makeTestCore(database.store);
  const maxAge = async () => (await core.ask('/.well-known/jwks.json')).headers['cache-control'];
  const untilNextKey = (DEFAULT_CORE_CONFIG.signingKeyInterval - LEAD) / 1000;
  expect(await maxAge()).toBe(`max-age=${untilNextKey}, must-revalidate`);
  core.clock.advance(1);
  expect(await maxAge()).toBe(`max-age=${untilNextKey - 1}, must-revalidate`);
  core.clock.advance(60_999);
  expect(await maxAge()).toBe(`max-age=${untilNextKey - 61}, must-revalidate`);
});

test('both addresses give the same keys, one of them with a status and for no cache', async () => {
  const core = makeTestCore(database.store);
  const wellKnown = await core.ask('/.well-known/jwks.json');
  const withStatus = await core.ask('/recipe/jwt/jwks');
  expect(withStatus.json).toEqual({ status: 'OK', keys: wellKnown.json.keys });
  expect(withStatus.headers).not.toHaveProperty('cache-control');
});

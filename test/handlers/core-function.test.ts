import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { bodyOf, invoke, lambdaContext, sessionEnvironment, startFunction } from '../fixtures/lambda.ts';

const KEY = 'first-key-of-this-core-0001';
let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const start = (extra: Record<string, string>) =>
  startFunction(
    { ...sessionEnvironment(database.endpoint, database.tables), BASE_PATH: '/core', ...extra },
    () => import('../../handlers/core.ts'),
  );

test('without an API key it does not start', async () => {
  await expect(start({ API_KEYS: '' })).rejects.toThrow('API_KEYS is missing');
});

test('with one it answers as the core does, to who has the key', async () => {
  const { handler } = await start({ API_KEYS: KEY });
  const body = { userId: 'u', userDataInJWT: {}, userDataInDatabase: {}, enableAntiCsrf: false };
  const create = (headers: Record<string, string>) =>
    invoke(handler, 'POST', '/core/recipe/session', { headers: { 'cdi-version': '5.4', ...headers }, body });
  expect(await create({})).toMatchObject({ statusCode: 401, body: 'Invalid API key\n' });
  const created = await create({ 'api-key': KEY });
  expect(created).toMatchObject({ statusCode: 200, headers: { 'content-type': 'application/json; charset=UTF-8' } });
  expect(bodyOf(created)).toMatchObject({ status: 'OK', session: { userId: 'u' } });
  expect(await invoke(handler, 'GET', '/core/hello')).toMatchObject({ statusCode: 200, body: 'Hello\n' });
  const { keys } = bodyOf(await invoke(handler, 'GET', '/core/.well-known/jwks.json'));
  expect(keys).toMatchObject([{ kid: expect.stringMatching(/^d-/) }, { kid: expect.stringMatching(/^s-/) }]);
  expect(await invoke(handler, 'GET', '/hello')).toMatchObject({ statusCode: 404 });
  expect(await handler({ source: 'warm-up' }, lambdaContext)).toEqual({ ignored: 'not an HTTP request' });
});

test('with a table for users it keeps users, and without one sessions alone', async () => {
  const signUp = { email: 'a@example.com', password: 'correct horse 1' };
  const headers = { 'api-key': KEY };
  const withUsers = await start({ API_KEYS: KEY, CORE_USERS_TABLE: database.tables.coreUsers });
  const signedUp = await invoke(withUsers.handler, 'POST', '/core/recipe/signup', { headers, body: signUp });
  expect(bodyOf(signedUp)).toMatchObject({ status: 'OK', user: { emails: ['a@example.com'] } });
  const { handler } = await start({ API_KEYS: KEY, CORE_USERS_TABLE: '' });
  expect(await invoke(handler, 'POST', '/core/recipe/signup', { headers, body: signUp })).toMatchObject({
    statusCode: 404,
  });
});

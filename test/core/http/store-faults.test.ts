import { StoreUnavailable } from '../../../lib/core/errors.ts';
import type { Store } from '../../../lib/core/store/store.ts';
import { makeTestCore } from '../../fixtures/core.ts';

/** Every method of it fails. */
function storeThatThrows(error: Error): Store {
  const part = new Proxy({}, { get: () => () => Promise.reject(error) });
  return { sessions: part, keyring: part, publishedKeys: part } as Store;
}

const UNAVAILABLE = new StoreUnavailable('do anything', new Error('connection refused'));
const SESSION = { userId: 'u', userDataInJWT: {}, userDataInDatabase: {}, enableAntiCsrf: false };

describe('While the store is not available', () => {
  test.each<[string, object | undefined]>([
    ['/recipe/session', SESSION],
    ['/recipe/session?sessionHandle=h', undefined],
    ['/recipe/session/user?userId=u', undefined],
    ['/recipe/session/remove', { userId: 'u' }],
    ['/recipe/session/refresh', { refreshToken: 'x', enableAntiCsrf: false, useDynamicSigningKey: true }],
    ['/recipe/jwt/jwks', undefined],
    ['/.well-known/jwks.json', undefined],
    ['/hello/recipe/session/user?userId=u&fetchAcrossAllTenants=true', undefined],
  ])('%s answers 503, and when to come again', async (path, body) => {
    const answer = await makeTestCore(storeThatThrows(UNAVAILABLE)).ask(path, body, { version: '4.0' });
    expect(answer).toMatchObject({ status: 503, text: 'The store is not available\n' });
    expect(answer.headers['retry-after']).toBe('1');
  });

  test.each(['/hello', '/', '/hello/', '/Hello', '/t1/hello'])('GET %s answers 500', async (path) => {
    const answer = await makeTestCore(storeThatThrows(UNAVAILABLE)).ask(path);
    expect(answer).toMatchObject({ status: 500, text: 'Internal Error\n' });
    expect(answer.headers).not.toHaveProperty('retry-after');
  });

  test('what needs no store is answered', async () => {
    const core = makeTestCore(storeThatThrows(UNAVAILABLE));
    expect((await core.ask('/apiversion')).status).toBe(200);
    expect((await core.ask('/user/id?userId=u')).status).toBe(200);
    expect((await core.ask('/recipe/session', {})).status).toBe(400);
  });
});

test('any other fault is answered 500, without details', async () => {
  const core = makeTestCore(storeThatThrows(new Error('secret of the inside')));
  const answer = await core.ask('/recipe/session', SESSION);
  expect(answer).toMatchObject({ status: 500, text: 'Internal Error\n' });
});

test('the operator gets the fault, by method and path, and nothing that was sent', async () => {
  const core = makeTestCore(storeThatThrows(UNAVAILABLE));
  await core.ask('/recipe/session?sessionHandle=h');
  await core.ask('/hello');
  expect(core.events).toEqual([
    { event: 'CoreRequestFailed', method: 'GET', path: '/recipe/session', error: UNAVAILABLE },
    { event: 'CoreRequestFailed', method: 'GET', path: '/hello', error: expect.any(Error) },
  ]);
});

test('a wrong request is no fault to report', async () => {
  const core = makeTestCore(storeThatThrows(UNAVAILABLE));
  await core.ask('/recipe/session', {});
  await core.ask('/nothing');
  expect(core.events).toEqual([]);
});

import type { ServerResponse } from 'node:http';
import { type Claims, DISCOVERY, signedBy } from '../fixtures/oidc-issuer.ts';
import {
  CLIENT,
  claimsWith,
  clock,
  DOWN,
  ec,
  issuer,
  LOGGED_IN,
  login,
  loginWith,
  moveSystemClock,
  refused,
  rsa,
  timesAsked,
  tokenWith,
  useOidcWorld,
} from './oidc-world.ts';

useOidcWorld();

describe("the provider's keys", () => {
  test('and its discovery document are fetched once for many log-ins', async () => {
    for (const _ of [1, 2, 3]) expect(await login.logIn({ idToken: await tokenWith() })).toEqual(LOGGED_IN);
    expect(issuer.asked).toEqual([DISCOVERY, '/keys']);
  });

  test('are fetched again for a kid that is not among them: the provider has a new key', async () => {
    moveSystemClock();
    expect(await login.logIn({ idToken: await tokenWith() })).toEqual(LOGGED_IN);
    issuer.keys = [rsa, ec];
    clock.advance(31_000);
    expect(await login.logIn({ idToken: await signedBy(ec, claimsWith()) })).toEqual(LOGGED_IN);
    expect(issuer.asked).toEqual([DISCOVERY, '/keys', '/keys']);
  });

  test('are not fetched again within 30 s, whatever tokens are made up', async () => {
    moveSystemClock();
    await login.logIn({ idToken: await tokenWith() });
    for (let n = 0; n < 20; n++) {
      const idToken = await tokenWith({}, { kid: `unknown-${n}` });
      expect(await login.logIn({ idToken })).toEqual(refused('key'));
    }
    expect(timesAsked('/keys')).toBe(1);
    clock.advance(31_000);
    for (let n = 0; n < 20; n++) await login.logIn({ idToken: await tokenWith({}, { kid: `unknown-${n}` }) });
    expect(timesAsked('/keys')).toBe(2);
  });

  test('are believed for ten minutes at most after the provider has withdrawn them', async () => {
    moveSystemClock();
    await login.logIn({ idToken: await tokenWith() });
    issuer.keys = [ec];
    clock.advance(600_000);
    expect(await login.logIn({ idToken: await tokenWith() })).toEqual(refused('key'));
    expect(await login.logIn({ idToken: await signedBy(ec, claimsWith()) })).toEqual(LOGGED_IN);
  });

  test('are looked for at another place after an hour, should they have moved', async () => {
    moveSystemClock();
    await login.logIn({ idToken: await tokenWith() });
    issuer.document = { jwks_uri: `${issuer.origin}/new-keys` };
    issuer.instead.set('/new-keys', (to) => to.end(JSON.stringify({ keys: [ec.publicJwk] })));
    clock.advance(3_600_000);
    expect(await login.logIn({ idToken: await signedBy(ec, claimsWith()) })).toEqual(LOGGED_IN);
    expect(issuer.asked).toEqual([DISCOVERY, '/keys', DISCOVERY, '/new-keys']);
  });
});

describe('a provider is unavailable', () => {
  const answering =
    (status: number, body = '', headers = {}) =>
    (to: ServerResponse) =>
      to.writeHead(status, headers).end(body);

  test('if nothing listens there', async () => {
    const idToken = await tokenWith();
    await issuer.stop();
    expect(await login.logIn({ idToken })).toMatchObject({
      ...DOWN,
      error: { name: 'ProviderUnavailable', message: expect.stringMatching(/^http:.*: .*fetch failed$/) },
    });
  });

  test.each<[string, string, (to: ServerResponse) => unknown]>([
    ['its discovery document is answered with 500', DISCOVERY, answering(500)],
    ['its discovery document is a page', DISCOVERY, answering(200, '<html>')],
    ['its discovery document is null', DISCOVERY, answering(200, 'null')],
    ['its discovery document redirects', DISCOVERY, answering(302, '', { location: '/elsewhere' })],
    ['its keys are answered with 429', '/keys', answering(429)],
    ['its keys are a page', '/keys', answering(200, '<html>')],
    ['its keys are no key set', '/keys', answering(200, '{"keys":{}}')],
    ['its keys redirect', '/keys', answering(302, '', { location: '/elsewhere' })],
    ['it hangs up', '/keys', (to) => to.destroy()],
  ])('if %s, and logs the same token in when it is back', async (_what, path, answer) => {
    const idToken = await tokenWith();
    issuer.instead.set(path, (to) => void answer(to));
    expect(await login.logIn({ idToken })).toMatchObject(DOWN);
    expect(timesAsked('/elsewhere')).toBe(0);
    issuer.instead.clear();
    expect(await login.logIn({ idToken })).toEqual(LOGGED_IN);
  });

  test.each([DISCOVERY, '/keys'])('if it does not answer within 3 s (%s)', async (path) => {
    const timeout = AbortSignal.timeout;
    const asked = jest.spyOn(AbortSignal, 'timeout').mockImplementation(() => timeout(100));
    issuer.instead.set(path, () => undefined);
    expect(await login.logIn({ idToken: await tokenWith() })).toMatchObject(DOWN);
    expect(new Set(asked.mock.calls.flat())).toEqual(new Set([3000]));
  });

  test.each<[string, Claims, string]>([
    ['is of another issuer', { issuer: 'https://evil.example' }, 'belongs to the issuer "https://evil.example"'],
    ['writes the issuer otherwise', { issuer: 'HTTP://127.0.0.1' }, 'belongs to the issuer'],
    ['names no issuer', { issuer: undefined }, 'belongs to the issuer undefined'],
    ['names no keys', { jwks_uri: undefined }, 'jwks_uri must be an https URL'],
    ['has its keys elsewhere by plain http', { jwks_uri: 'http://example.com/keys' }, 'jwks_uri must be'],
    ['has its keys in a file', { jwks_uri: 'file:///etc/passwd' }, 'jwks_uri must be an https URL'],
    ['has its keys nowhere', { jwks_uri: '/keys' }, 'jwks_uri must be an https URL'],
  ])('if its discovery document %s', async (_what, document, message) => {
    issuer.document = document;
    expect(await login.logIn({ idToken: await tokenWith() })).toMatchObject({
      ...DOWN,
      error: { message: expect.stringContaining(message) },
    });
    expect(issuer.asked).toEqual([DISCOVERY]);
  });

  test('if a provider on the internet has its keys on this machine', async () => {
    const remote = 'https://issuer.example';
    const asked: string[] = [];
    const answer = async (url: string) => {
      asked.push(url);
      return Response.json({ issuer: remote, jwks_uri: `${issuer.origin}/keys` });
    };
    const login = loginWith({ issuers: [{ issuer: remote, audiences: [CLIENT] }], fetch: answer });
    expect(await login.logIn({ idToken: await tokenWith({ iss: remote }) })).toMatchObject(DOWN);
    expect(asked).toEqual([`${remote}${DISCOVERY}`]);
  });
});

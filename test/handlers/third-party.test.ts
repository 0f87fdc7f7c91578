import { type SignInProvider, startSignInProvider } from '../../lib/dev/sign-in-provider/sign-in-provider.ts';
import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import { ATTEMPT_LIMITS, ATTEMPT_WINDOW, createAttempts } from '../../lib/login/attempts.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { freePort } from '../fixtures/free-port.ts';
import { bodyOf, invoke, logged, startFunction, userEnvironment } from '../fixtures/lambda.ts';
import { authorization, finish, REDIRECT, visit } from '../fixtures/provider-sign-in.ts';

let database: TestDatabase;
let provider: SignInProvider;
let handler: LambdaHandler;
beforeAll(async () => {
  [database, provider] = await Promise.all([startTestDatabase(), startSignInProvider(await freePort())]);
  handler = await start();
});
afterAll(() => Promise.all([database?.stop(), provider?.stop()]));
beforeEach(() => {
  logged.length = 0;
});

const start = async (environment: Readonly<Record<string, string>> = {}) =>
  (
    await startFunction(
      { ...userEnvironment(database.endpoint, database.tables), ...provider.environment, ...environment },
      () => import('../../handlers/user.ts'),
    )
  ).handler;

const signIn = async (choice: string) => finish(handler, await visit(handler, choice));

test('a user signs up, and signs in as the same user again', async () => {
  const first = await signIn('ann');
  expect(bodyOf(first)).toMatchObject({
    status: 'OK',
    createdNewRecipeUser: true,
    user: {
      emails: ['ann@example.com'],
      thirdParty: [{ id: 'local', userId: 'ann' }],
      loginMethods: [{ recipeId: 'thirdparty', verified: true }],
    },
  });
  expect(first.headers['st-access-token']).toBeDefined();
  const { user } = bodyOf(first) as { user: { id: string } };
  expect(bodyOf(await signIn('ann'))).toMatchObject({ createdNewRecipeUser: false, user: { id: user.id } });
});

test('an e-mail that the provider has not verified stays unverified', async () => {
  expect(bodyOf(await signIn('eve'))).toMatchObject({
    status: 'OK',
    user: { emails: ['eve@example.com'], loginMethods: [{ verified: false }] },
  });
});

test('the authorization request has PKCE and a nonce, both other ones each time', async () => {
  const [first, second] = await Promise.all([authorization(handler), authorization(handler)]);
  const query = ({ urlWithQueryParams }: typeof first) => new URL(urlWithQueryParams).searchParams;
  expect(Object.fromEntries(query(first))).toMatchObject({
    response_type: 'code',
    scope: 'openid email',
    code_challenge_method: 'S256',
    redirect_uri: REDIRECT,
  });
  for (const name of ['code_challenge', 'nonce']) {
    expect(query(first).get(name)).toMatch(/^[\w-]{43}$/);
    expect(query(first).get(name)).not.toBe(query(second).get(name));
  }
  expect(query(first).get('nonce')).not.toBe(query(first).get('code_challenge'));
  expect(first.urlWithQueryParams).not.toContain(first.pkceCodeVerifier);
});

describe('a sign-in is rejected', () => {
  const CODE_REFUSED = { code: 'provider_code_rejected', message: expect.any(String) };

  test('if its code was used before', async () => {
    const visited = await visit(handler, 'ann');
    expect(bodyOf(await finish(handler, visited))).toMatchObject({ status: 'OK' });
    const again = await finish(handler, visited);
    expect([again.statusCode, bodyOf(again)]).toEqual([400, CODE_REFUSED]);
    expect(again.headers['st-access-token']).toBeUndefined();
    expect(logged).toContainEqual(
      expect.objectContaining({
        message: 'ThirdPartySignInRefused',
        details: expect.objectContaining({ reason: 'code' }),
      }),
    );
  });

  test('if its code was made up', async () => {
    const visited = await visit(handler, 'ann');
    visited.callback.searchParams.set('code', 'made-up');
    const answer = await finish(handler, visited);
    expect([answer.statusCode, bodyOf(answer)]).toEqual([400, CODE_REFUSED]);
  });

  test("if its code comes from another browser's sign-in", async () => {
    const [mine, theirs] = [await visit(handler, 'ann'), await visit(handler, 'ben')];
    const answer = await finish(handler, { callback: theirs.callback, pkceCodeVerifier: mine.pkceCodeVerifier });
    expect([answer.statusCode, bodyOf(answer)]).toEqual([400, CODE_REFUSED]);
  });

  test.each(['cancel', 'fail'])('if the provider sends an error back: %s', async (choice) => {
    const visited = await visit(handler, choice);
    expect(visited.callback.searchParams.get('code')).toBeNull();
    const answer = await finish(handler, visited);
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['st-access-token']).toBeUndefined();
  });
});

test('a source that has failed too often gets 429, before the provider is asked', async () => {
  const sourceIp = '198.51.100.7';
  // In both windows, if one ends meanwhile.
  const now = Date.now();
  for (const later of [0, ATTEMPT_WINDOW]) {
    const counted = createAttempts({ db: database.db, table: database.tables.users, clock: () => now + later });
    for (let count = 0; count < ATTEMPT_LIMITS.source; count++) await counted.countSignUp(sourceIp);
  }
  const visited = await visit(handler, 'ann');
  const refused = await finish(handler, visited, sourceIp);
  expect([refused.statusCode, bodyOf(refused)]).toMatchObject([429, { code: 'too_many_attempts' }]);
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  // The code is still good: the provider has not seen it.
  expect(bodyOf(await finish(handler, visited))).toMatchObject({ status: 'OK' });
});

describe('a provider that cannot sign users in', () => {
  const withClients = (clients: string, secrets: object = {}) =>
    start({ THIRD_PARTY_CLIENTS: clients, THIRD_PARTY_SECRETS: JSON.stringify(secrets) });
  const at = (issuer: string) => `oidcDiscoveryEndpoint=${issuer}/.well-known/openid-configuration`;

  test('because it does not answer gets 503, and is logged', async () => {
    const user = await withClients(`local=client,${at('http://127.0.0.1:9')}`, { local: 'secret' });
    const { answer } = await authorization(user);
    expect([answer.statusCode, bodyOf(answer)]).toEqual([
      503,
      { code: 'provider_unavailable', message: expect.any(String) },
    ]);
    expect(logged).toContainEqual(expect.objectContaining({ level: 'error', message: 'ThirdPartyUnavailable' }));
  });

  test('because the client secret is wrong gets 503', async () => {
    const visited = await visit(handler, 'ann');
    const answer = await finish(
      await withClients(`local=local-client,${at(provider.issuer)}`, { local: 'wrong' }),
      visited,
    );
    expect([answer.statusCode, bodyOf(answer)]).toMatchObject([503, { code: 'provider_client_refused' }]);
  });

  test('because the secret has no entry for it gets 503, and the log says so', async () => {
    const { answer } = await authorization(
      await withClients(`local=local-client,${at(provider.issuer)}`, { other: 's' }),
    );
    expect([answer.statusCode, bodyOf(answer)]).toMatchObject([503, { code: 'provider_secret_unavailable' }]);
    const line = logged.find(({ message }) => message === 'ClientSecretUnavailable');
    expect(JSON.stringify(line?.details)).toContain('The secret has no entry local');
  });

  test('because Secrets Manager rejects the request gets 503', async () => {
    // Without credentials, no request leaves this machine.
    const user = await start({
      THIRD_PARTY_SECRETS: '',
      THIRD_PARTY_SECRET_NAME: 'app/sign-in',
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
    });
    const { answer } = await authorization(user);
    expect([answer.statusCode, bodyOf(answer)]).toMatchObject([503, { code: 'provider_secret_unavailable' }]);
  });
});

test('an unknown provider is the fault of the request', async () => {
  const { answer } = await authorization(handler, 'unknown');
  expect([answer.statusCode, bodyOf(answer)]).toMatchObject([400, { message: expect.stringContaining('unknown') }]);
});

test('the login methods name the providers that are configured', async () => {
  const answer = await invoke(handler, 'GET', '/auth/loginmethods');
  expect(bodyOf(answer)).toMatchObject({
    status: 'OK',
    emailPassword: { enabled: true },
    thirdParty: { enabled: true, providers: [{ id: 'local', name: 'Local provider' }] },
  });
});

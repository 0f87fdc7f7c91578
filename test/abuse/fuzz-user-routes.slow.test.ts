import { USER_ROUTES } from '../../lib/http/sdk-routes.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { bodyOf, invoke, logged } from '../fixtures/lambda.ts';
import { authenticate, credentials, form } from '../fixtures/log-in.ts';
import { useMailbox } from '../fixtures/mailbox.ts';
import { type AttackedService, startService } from './service.ts';

// What the SDK does not look at reaches the core, or its own code, which then fails. A client must not be able to cause that.

type Body = Readonly<Record<string, unknown>>;

const EMAIL = 'c@example.com';
const CODE = { preAuthSessionId: 'p', deviceId: 'AAAA', userInputCode: '123456' };
const REDIRECT = {
  redirectURIOnProviderDashboard: 'http://localhost:3000',
  redirectURIQueryParams: { code: 'c' },
  pkceCodeVerifier: 'v',
};

/** Bodies as clients send them, by path. */
const BODIES: Readonly<Record<string, readonly Body[]>> = {
  '/signup': [credentials(EMAIL)],
  '/signin': [credentials(EMAIL)],
  '/user/password/reset/token': [form({ email: EMAIL })],
  '/user/password/reset': [{ method: 'token', token: 't', ...form({ password: 'correct horse 1' }) }],
  '/user/email/verify': [{ method: 'token', token: 't' }],
  '/user/email/verify/token': [{}],
  '/signinup': [
    { thirdPartyId: 'github', redirectURIInfo: REDIRECT },
    { thirdPartyId: 'github', clientType: 'web', oAuthTokens: { access_token: 'a', id_token: 'b' } },
  ],
  '/callback/apple': [{ code: 'c', state: 's' }],
  '/signinup/code': [{ email: EMAIL }, { phoneNumber: '+16505550100' }],
  '/signinup/code/resend': [{ preAuthSessionId: 'p', deviceId: 'AAAA' }],
  '/signinup/code/consume': [CODE, { preAuthSessionId: 'p', linkCode: 'AAAA' }],
};

const LONG_EMAIL = `${'x'.repeat(1000)}@example.com`;
const VALUES = [null, 1, true, '', 'x', [], {}, ['a'], { a: null }, [null], '\ud800@example.com', LONG_EMAIL];

/** The body, each time with another value in one place, or without what is there. */
function* spoilt(body: unknown): Generator<unknown> {
  if (typeof body !== 'object' || body === null) return;
  for (const [name, member] of Object.entries(body)) {
    for (const value of [...VALUES, undefined, ...spoilt(member)]) {
      yield Array.isArray(body) ? body.with(Number(name), value) : { ...body, [name]: value };
    }
  }
}

const QUERY = { thirdPartyId: 'github', redirectURIOnProviderDashboard: 'http://localhost:3000' };
const NAMES = [...Object.keys(QUERY), 'email', 'phoneNumber', 'clientType', 'token', 'tenantId'];
const QUERIES = NAMES.flatMap((name) =>
  VALUES.filter((value) => typeof value === 'string').map((value) => ({ ...QUERY, [name]: value })),
);

let database: TestDatabase;
const mailbox = useMailbox();
let service: AttackedService;
let session: Readonly<Record<string, string>>;
let requests = 0;
beforeAll(async () => {
  database = await startTestDatabase();
  service = await startService(database, ['user'], {
    THIRD_PARTY_CLIENTS: 'github=client',
    THIRD_PARTY_SECRETS: JSON.stringify({ github: 'secret' }),
    DEV_MAILBOX_FOLDER: mailbox,
  });
  session = (await authenticate(service.handler('user'), '/auth/signup', 'd@example.com')).headers;
});
afterAll(() => database?.stop());
beforeEach(() => {
  logged.length = 0;
  // GitHub refuses every code and every token.
  const refusal = async () => Response.json({ error: 'bad_verification_code' });
  jest.spyOn(globalThis, 'fetch').mockImplementation(refusal);
});
afterEach(() => void jest.restoreAllMocks());

/** Each request comes from an address of its own, so that none is over a limit. */
const nextSource = (): string => `10.0.${++requests >> 8}.${requests & 255}`;

test('every route is attacked', () => {
  const paths = USER_ROUTES.filter(([method]) => method === 'POST').map(([, path]) => path);
  expect(Object.keys(BODIES).sort()).toEqual(paths.sort());
});

test.each(USER_ROUTES)('%s %s never answers 5xx', async (method, path) => {
  const calls =
    method === 'GET'
      ? QUERIES.map((query) => ({ query }))
      : (BODIES[path] ?? []).flatMap((body) => [body, ...spoilt(body)]).map((body) => ({ body: JSON.stringify(body) }));
  for (const call of calls) {
    for (const headers of [{}, session]) {
      const answer = await invoke(service.handler('user'), method, `/auth${path}`, {
        ...{ headers, sourceIp: nextSource() },
        ...call,
      });
      expect([call, (answer.statusCode ?? 500) < 500]).toEqual([call, true]);
      if (answer.statusCode !== 303) expect(typeof bodyOf(answer)).toBe('object');
    }
  }
  expect(logged.filter(({ level }) => level === 'error')).toEqual([]);
});

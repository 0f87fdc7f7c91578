import { connect } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import fc from 'fast-check';
import { USER_RECIPES as ENDPOINTS } from '../../lib/core/http/user-recipes.ts';
import { CDI_VERSIONS } from '../../lib/core/http/versions.ts';
import type { CoreRequest } from '../../lib/core/index.ts';
import { createCoreServer } from '../../lib/server/http-server.ts';
import { createSession, type Issued } from '../fixtures/cdi-session.ts';
import { startTestDatabase, type TestCore, type TestDatabase } from '../fixtures/core.ts';
import { listenOnLoopback, stopServer } from '../fixtures/loopback.ts';
import { byTyping, newCode, type SentCode } from '../fixtures/passwordless.ts';
import { makeUserCore } from '../fixtures/user-core.ts';
import { MARK, marked, spoiltBody, value } from './malformed-events.ts';

/** Requests per endpoint; more find more. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 40);

let database: TestDatabase;
let core: TestCore;
let session: Issued;
let code: SentCode;

beforeAll(async () => {
  database = await startTestDatabase();
  core = makeUserCore(database);
  session = await createSession(core);
  code = await newCode(core, { email: 'a@example.com' });
});
afterAll(() => database?.stop());

type Body = Readonly<Record<string, unknown>>;
const refreshed = { enableAntiCsrf: false, useDynamicSigningKey: true, accessTokenValidity: 1000 };

/** Good bodies, or good queries, of the endpoints that read one. */
const BODIES: Readonly<Record<string, () => Body>> = {
  'POST /recipe/session': () => ({ userId: 'u', userDataInJWT: {}, userDataInDatabase: {}, ...refreshed }),
  'POST /recipe/session/verify': () => ({
    accessToken: session.accessToken,
    ...{ doAntiCsrfCheck: true, enableAntiCsrf: false, checkDatabase: true, antiCsrfToken: 'a' },
  }),
  'POST /recipe/session/refresh': () => ({ refreshToken: session.refreshToken, antiCsrfToken: 'a', ...refreshed }),
  'POST /recipe/session/regenerate': () => ({ accessToken: session.accessToken, userDataInJWT: {} }),
  'POST /recipe/session/remove': () => ({ sessionHandles: ['no session'] }),
  'PUT /recipe/session/data': () => ({ sessionHandle: session.handle, userDataInDatabase: {} }),
  'PUT /recipe/jwt/data': () => ({ sessionHandle: session.handle, userDataInJWT: {} }),
  'POST /recipe/jwt': () => ({
    ...{ payload: {}, algorithm: 'RS256', jwksDomain: 'https://a.example', validity: 60, useStaticSigningKey: true },
  }),
};

const CREDENTIALS = { email: 'a@example.com', password: 'correct horse 1' };
const USER_EMAIL = { userId: 'u', email: 'a@example.com' };
const ROLE = { role: 'r', permissions: ['p'] };

/** Those of the endpoints about users. */
const USER_BODIES: typeof BODIES = {
  'POST /recipe/signup': () => CREDENTIALS,
  'POST /recipe/signin': () => CREDENTIALS,
  'PUT /recipe/user': () => ({ recipeUserId: 'u', ...CREDENTIALS, phoneNumber: '+16505550100' }),
  'POST /recipe/signinup': () => ({
    ...{ thirdPartyId: 'google', thirdPartyUserId: 'u', email: { id: 'a@example.com', isVerified: true } },
  }),
  'POST /recipe/signinup/code': () => ({ phoneNumber: '+16505550100', userInputCode: 'c' }),
  'POST /recipe/signinup/code/consume': () => ({ ...byTyping(code), userInputCode: 'wrong' }),
  'POST /recipe/signinup/code/check': () => byTyping(code),
  'POST /recipe/signinup/code/remove': () => ({ codeId: code.codeId }),
  'POST /recipe/signinup/codes/remove': () => ({ email: 'a@example.com' }),
  'POST /recipe/user/password/reset/token': () => USER_EMAIL,
  'POST /recipe/user/password/reset/token/consume': () => ({ token: 't' }),
  'POST /recipe/user/password/reset': () => ({ method: 'token', token: 't', newPassword: 'p' }),
  'POST /recipe/user/passwordhash/import': () => ({
    ...{ email: 'a@example.com', passwordHash: '$2a$04$x', hashingAlgorithm: 'bcrypt' },
  }),
  'POST /recipe/user/email/verify/token': () => USER_EMAIL,
  'POST /recipe/user/email/verify': () => ({ method: 'token', token: 't' }),
  'POST /recipe/user/email/verify/token/remove': () => USER_EMAIL,
  'POST /recipe/user/email/verify/remove': () => USER_EMAIL,
  'PUT /recipe/user/metadata': () => ({ userId: 'u', metadataUpdate: {} }),
  'POST /recipe/user/metadata/remove': () => ({ userId: 'u' }),
  'POST /recipe/user/metadata/bulk': () => ({ userIds: ['u'] }),
  'PUT /recipe/role': () => ROLE,
  'POST /recipe/role/permissions/remove': () => ROLE,
  'POST /recipe/role/remove': () => ({ role: 'r' }),
  'PUT /recipe/user/role': () => ({ userId: 'u', role: 'r' }),
  'POST /recipe/user/role/remove': () => ({ userId: 'u', role: 'r' }),
  'POST /recipe/userid/map': () => ({
    ...{ superTokensUserId: 'u', externalUserId: 'e', externalUserIdInfo: 'i', force: true },
  }),
  'POST /recipe/userid/map/remove': () => ({ userId: 'u', userIdType: 'ANY', force: true }),
  'PUT /recipe/userid/external-user-id-info': () => ({ userId: 'u', userIdType: 'ANY', externalUserIdInfo: 'i' }),
  'POST /recipe/accountlinking/user/primary': () => ({ recipeUserId: 'u' }),
  'POST /recipe/accountlinking/user/link': () => ({ recipeUserId: 'u', primaryUserId: 'p' }),
  'POST /recipe/accountlinking/user/unlink': () => ({ recipeUserId: 'u' }),
  'POST /user/remove': () => ({ userId: 'u', removeAllLinkedAccounts: true }),
};

const version = fc.oneof(
  fc.constantFrom(...CDI_VERSIONS),
  marked,
  fc.constantFrom('', '5', '5.4\r\na: b', '-1', '1e9'),
);
const headers = fc.record(
  {
    'cdi-version': version,
    'api-key': marked,
    authorization: marked,
    rid: fc.oneof(marked, fc.constantFrom('emailpassword', 'thirdparty', 'passwordless')),
    host: marked,
  },
  { requiredKeys: [] },
);
const text = fc
  .oneof(value, fc.constantFrom('', '{', '[]', 'null', '{"a":1}{'))
  .map((any) => (typeof any === 'string' ? any : JSON.stringify(any)));
const QUERY_FIELDS = [
  ...['sessionHandle', 'userId', 'fetchAcrossAllTenants', 'fetchSessionsForAllLinkedAccounts', 'email', 'role'],
  ...['permission', 'userIdType', 'limit', 'timeJoinedOrder', 'paginationToken', 'includeRecipeIds', 'since', 'phone'],
  ...[
    'recipeUserId',
    'primaryUserId',
    'provider',
    'doUnionOfAccountInfo',
    'thirdPartyId',
    'thirdPartyUserId',
    'phoneNumber',
    'deviceId',
    'preAuthSessionId',
    'includeAllTenants',
  ],
];
/** Longer than any key of DynamoDB. */
const LONG = 'x'.repeat(3000);
const query = fc
  .array(
    fc.tuple(
      fc.oneof(fc.constantFrom(...QUERY_FIELDS), marked),
      fc.oneof(marked, fc.constantFrom('', 'u', 'true', LONG)),
    ),
    {
      maxLength: 4,
    },
  )
  .map((pairs) => new URLSearchParams(pairs));

const prefix = fc.oneof(
  { weight: 4, arbitrary: fc.constant('') },
  fc.constantFrom('/public', '/appid-public', '/appid-<script>', '/<img src=x onerror=alert(1)>', '/../..', '//'),
  marked.map((name) => `/${name}`),
);
const suffix = fc.oneof({ weight: 4, arbitrary: fc.constant('') }, fc.constantFrom('/', '/..', '%2f', '?a=b'), marked);

describe.each(ENDPOINTS.map(({ method, path }) => [method, path] as const))(
  'malformed requests: %s %s',
  (method, path) => {
    const good = { ...BODIES, ...USER_BODIES }[`${method} ${path}`];

    const requests = () =>
      fc.record<CoreRequest>({
        method: fc.oneof({ weight: 9, arbitrary: fc.constant(method) }, fc.string()),
        path: fc.tuple(prefix, suffix).map(([before, after]) => before + path + after),
        query,
        headers,
        body: good === undefined ? fc.option(text, { nil: undefined }) : fc.oneof(spoiltBody(good()), text),
      });

    test('never a 5xx, nor anything of the request in a refusal', async () => {
      const property = fc.asyncProperty(requests(), async (request) => {
        const { status, headers: sent, body } = await core.core.handle(request);
        expect(status).toBeLessThan(500);
        expect(JSON.stringify(sent)).not.toContain(MARK);
        if (status !== 200) expectHarmlessRefusal(body);
        expect(core.events.filter(({ event }) => event === 'CoreRequestFailed')).toEqual([]);
      });
      await fc.assert(property, { numRuns: RUNS });
    });
  },
);

/** A refusal may name the app, the tenant or the recipe asked for, as the official core's do, but is sent as HTML. */
function expectHarmlessRefusal(body: string): void {
  const naming = /combination not found: \(, (.*)\)\n$|^Unknown recipe ID: (.*)\n$/s;
  const [, place, recipe] = naming.exec(body) ?? [];
  const named = place ?? recipe ?? '';
  expect(named).not.toMatch(/[<>"']/);
  expect(body.replace(named, '').toLowerCase()).not.toContain(MARK.toLowerCase());
}

test('malformed requests: over HTTP, whatever stands in the request line and the headers', async () => {
  const server = createCoreServer(core.core, { hasApiKeys: false, host: 'localhost' });
  const port = await listenOnLoopback(server);
  const target = fc.oneof(
    fc.webPath().map((path) => path || '/'),
    fc.constantFrom('*', '//', '/%', '/%ff', '/%00', '/?%', '/a b', '/..%2f..', 'http://evil.example/hello', '/\u00e9'),
    fc.constantFrom(...ENDPOINTS.map(({ path }) => `${path}?userId=%ff&sessionHandle=%zz`)),
  );
  const lines = fc.array(
    fc.oneof(fc.constantFrom('cdi-version: 5.4', 'a: b', 'x', ': b', 'content-length: -1'), marked),
    {
      maxLength: 3,
    },
  );
  const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'TRACE', 'get', 'FOO', '');
  try {
    const property = fc.asyncProperty(method, target, lines, fc.oneof(marked, fc.constant('')), async (...request) => {
      const answer = await exchange(port, request);
      expect(answer).toMatch(/^HTTP\/1\.1 [24]\d\d /);
      // Users whom other tests have made are listed with what they have.
      if (!answer.startsWith('HTTP/1.1 200 ')) expect(answer.toLowerCase()).not.toContain(MARK.toLowerCase());
    });
    await fc.assert(property, { numRuns: RUNS });
    expect(await exchange(port, ['GET', '/hello', [], ''])).toMatch(/^HTTP\/1\.1 200 /);
  } finally {
    await stopServer(server);
  }
});

/** Sends a request as it stands, whether it is one or not. @returns all that comes back until the server hangs up */
async function exchange(
  port: number,
  [method, target, lines, body]: readonly [string, string, readonly string[], string],
): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const head = [`${method} ${target} HTTP/1.1`, 'host: core', 'connection: close', ...lines];
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  return readText(socket);
}

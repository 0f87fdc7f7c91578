import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import fc from 'fast-check';
import { SESSION_RECIPES as ENDPOINTS } from '../../lib/core/http/recipes.ts';
import { CDI_VERSIONS } from '../../lib/core/http/versions.ts';
import type { CoreRequest } from '../../lib/core/index.ts';
import { createCoreServer } from '../../lib/server/http-server.ts';
import { createSession, type Issued } from '../fixtures/cdi-session.ts';
import { makeTestCore, startTestDatabase, type TestCore, type TestDatabase } from '../fixtures/core.ts';
import { MARK, marked, spoiltBody, value } from './malformed-events.ts';

/** Requests per endpoint; more find more. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 40);

let database: TestDatabase;
let core: TestCore;
let session: Issued;

beforeAll(async () => {
  database = await startTestDatabase();
  core = makeTestCore(database.store);
  session = await createSession(core);
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

const version = fc.oneof(
  fc.constantFrom(...CDI_VERSIONS),
  marked,
  fc.constantFrom('', '5', '5.4\r\na: b', '-1', '1e9'),
);
const headers = fc.record(
  { 'cdi-version': version, 'api-key': marked, authorization: marked, rid: marked, host: marked },
  { requiredKeys: [] },
);
const text = fc
  .oneof(value, fc.constantFrom('', '{', '[]', 'null', '{"a":1}{'))
  .map((any) => (typeof any === 'string' ? any : JSON.stringify(any)));
const QUERY_FIELDS = ['sessionHandle', 'userId', 'fetchAcrossAllTenants', 'fetchSessionsForAllLinkedAccounts'];
const query = fc
  .array(fc.tuple(fc.oneof(fc.constantFrom(...QUERY_FIELDS), marked), fc.oneof(marked, fc.constantFrom('', 'u'))), {
    maxLength: 4,
  })
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
    const good = BODIES[`${method} ${path}`];

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

/** A refusal may name the app and the tenant asked for, as the official core's do, but is sent as HTML. */
function expectHarmlessRefusal(body: string): void {
  const [, named = ''] = /combination not found: \(, (.*)\)\n$/s.exec(body) ?? [];
  expect(named).not.toMatch(/[<>"']/);
  expect(body.replace(named, '').toLowerCase()).not.toContain(MARK.toLowerCase());
}

test('malformed requests: over HTTP, whatever stands in the request line and the headers', async () => {
  const server = createCoreServer(core.core, { hasApiKeys: false, host: 'localhost' }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
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
      expect(answer.toLowerCase()).not.toContain(MARK.toLowerCase());
    });
    await fc.assert(property, { numRuns: RUNS });
    expect(await exchange(port, ['GET', '/hello', [], ''])).toMatch(/^HTTP\/1\.1 200 /);
  } finally {
    server.closeAllConnections();
    server.close();
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

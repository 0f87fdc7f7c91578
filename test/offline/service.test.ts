import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createDynamoDbStore } from '../../lib/core/store/dynamodb/index.ts';
import type { DataFolderInUse } from '../../lib/dev/data-folder.ts';
import { LOCAL_REGION, startEmbeddedDynamoDb } from '../../lib/dev/dynamodb.ts';
import { type LocalService, serviceName, startLocalService } from '../../lib/dev/service.ts';
import { tableNames } from '../../lib/dev/tables.ts';
import { createDynamoDb } from '../../lib/dynamodb/client.ts';
import { codeOfStatus } from '../../lib/http/error-codes.ts';
import { Client } from '../fixtures/client.ts';
import { ManualClock, makeTestCore } from '../fixtures/core.ts';
import { freePort } from '../fixtures/free-port.ts';
import { credentials, userIdIn } from '../fixtures/log-in.ts';
import { type IssuerKey, makeKey, startTestIssuer, type TestIssuer } from '../fixtures/oidc-issuer.ts';
import { type Api, providersOf } from '../openapi/api.ts';
import { operationsOf, readDocument } from '../openapi/document.ts';
import { createFaults, OF_THE_SERVICE, prepare, titleOf } from '../openapi/provocations.ts';

const WEBSITE = 'http://localhost:3000';
let service: LocalService;
let data: string;
let issuer: TestIssuer;
let key: IssuerKey;
beforeAll(async () => {
  [data, issuer, key] = await Promise.all([mkdtemp(join(tmpdir(), 'service-')), startTestIssuer(), makeKey('ES256')]);
  issuer.keys = [key];
  service = await startLocalService({
    port: await freePort(),
    websiteDomain: WEBSITE,
    folder: data,
    // The very bundles that are deployed.
    environment: { READABLE_BUNDLES: 'off', JWT_AUDIENCE: 'api', OIDC_PROVIDERS: providersOf(issuer) },
  });
});
afterAll(async () => {
  await service?.stop();
  await issuer?.stop();
  await rm(data, { recursive: true, force: true });
});

async function signedUp(method: 'cookie' | 'header'): Promise<{ client: Client; userId: unknown }> {
  const client = new Client(service.url, method);
  const { body } = await client.post('/auth/signup', credentials());
  return { client, userId: userIdIn(body) };
}

describe('errors', () => {
  const raw = (path: string, init: RequestInit) => fetch(`${service.url}${path}`, init);
  const headers = { 'content-type': 'application/json' };

  test.each([
    ['an unknown route', 404, '/nothing', { method: 'GET' }],
    ['an unknown route below /auth', 404, '/auth/nothing', { method: 'GET' }],
    ['a known route with another method', 405, '/sessioninfo', { method: 'DELETE' }],
    ['a malformed body', 400, '/auth/signin', { method: 'POST', headers, body: '{"email":' }],
    ['a body that is not JSON by its content type', 415, '/auth/signin', { method: 'POST', body: '{}' }],
    ['no body', 400, '/auth/signin', { method: 'POST' }],
    [
      'a body that is too large',
      413,
      '/auth/signin',
      { method: 'POST', headers, body: JSON.stringify({ email: 'x'.repeat(20_000) }) },
    ],
  ])('%s is %i with a JSON message', async (_what, status, path, init) => {
    const response = await raw(path, init);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toMatch('application/json');
    expect(await response.json()).toEqual({ code: codeOfStatus(response.status), message: expect.any(String) });
  });

  test('a preflight is answered without a Lambda run', async () => {
    const response = await raw('/sessioninfo', {
      method: 'OPTIONS',
      headers: { origin: WEBSITE, 'access-control-request-method': 'GET' },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe(WEBSITE);
    expect(response.headers.get('access-control-allow-credentials')).toBe('true');
    expect(response.headers.get('access-control-allow-headers')).toMatch('st-auth-mode');
    expect(response.headers.get('access-control-expose-headers')).toMatch('front-token');
  });
});

test('the published keys and the discovery document are public', async () => {
  const discovery = await (await fetch(`${service.url}/auth/.well-known/openid-configuration`)).json();
  expect(discovery).toMatchObject({ issuer: `${service.url}/auth` });
  const { keys } = (await (await fetch((discovery as { jwks_uri: string }).jwks_uri)).json()) as { keys: unknown[] };
  expect(keys).toHaveLength(1);
});

test('health says whether the store answers', async () => {
  const response = await fetch(`${service.url}/health`);
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ status: 'ok', core: 'built-in', store: 'ok' });
});

test('the demo page is at the root, and may run its own script alone', async () => {
  const page = await fetch(`${service.url}/`);
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'sha256-[\w+/=]+';/);
  expect(await page.text()).toMatch('SuperTokens for AWS Lambda');
});

describe('npm run discovery', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'discovery-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const run = (...args: string[]) => promisify(execFile)(process.execPath, ['lib/tools/discovery.ts', ...args]);

  test('copies both documents to the paths under which they are served', async () => {
    await run('--out', folder, '--url', service.url);
    for (const path of ['/auth/.well-known/openid-configuration', '/auth/jwt/jwks.json']) {
      const served = await (await fetch(`${service.url}${path}`)).json();
      expect(JSON.parse(await readFile(join(folder, path), 'utf8'))).toEqual(served);
    }
  });

  test('says in one line why it could not', async () => {
    const failure = run('--out', folder, '--url', service.url, '--base-path', '/other');
    await expect(failure).rejects.toMatchObject({
      code: 1,
      stderr: `${service.url}/other/.well-known/openid-configuration answers 404\n`,
    });
    const url = `http://localhost:${await freePort()}`;
    await expect(run('--out', folder, '--url', url)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(`^${url}/auth/.well-known/openid-configuration cannot be reached: .*ECONNREFUSED`),
    });
  });
});

test('npm run sessions works while npm run dev runs: a session that it revokes is rejected at once', async () => {
  const { client, userId } = await signedUp('cookie');
  const sessions = async (...args: string[]) => {
    const command = ['lib/tools/operator/sessions.ts', ...args, '--data', data, '--json'];
    return JSON.parse((await promisify(execFile)(process.execPath, command)).stdout);
  };
  const { body } = await client.get('/sessioninfo');
  const listed = await sessions('list', String(userId));
  expect(listed.sessions).toMatchObject([{ sessionHandle: body.sessionHandle, userAgent: 'node' }]);
  expect(await sessions('revoke', String(body.sessionHandle))).toMatchObject({ revoked: [body.sessionHandle] });
  expect((await client.get('/sessions')).status).toBe(401);
});

describe('npm run doctor', () => {
  const run = (...args: string[]): Promise<{ code?: number; stdout: string }> => {
    const command = ['lib/tools/doctor/main.ts', service.url, ...args];
    return promisify(execFile)(process.execPath, command).catch((error: { code: number; stdout: string }) => error);
  };

  test('finds nothing wrong with the local service, sessions and authorizer included', async () => {
    const { stdout } = await run('--origin', WEBSITE, '--sign-up', '--audience', 'api', '--json');
    const { findings } = JSON.parse(stdout) as { findings: { id: string; level: string; seen: string }[] };
    // How long answers take is this machine's affair.
    const notOk = findings.filter(({ id, level }) => level !== 'ok' && !id.endsWith('-time'));
    expect(notOk.filter(({ level }) => level !== 'skipped')).toEqual([]);
    // Only the example has a route behind the JWT authorizer, and in development no sender of mails is configured.
    expect(['jwt-authorizer', 'mail-account', 'mail-sender', 'mail-bounces', 'mail-smtp']).toEqual(
      expect.arrayContaining(notOk.map(({ id }) => id)),
    );
  });

  test('finds that the website is another one', async () => {
    const { code, stdout } = await run('--origin', 'http://localhost:5173');
    expect(stdout).toMatch(/problem preflight-origin: .*\n.*WEBSITE_DOMAIN=http:\/\/localhost:5173/);
    expect(code).toBe(1);
  });
});

// Last: in the end no more log-ins are let through.
describe('the running service keeps the word of docs/openapi.yaml', () => {
  const document = readDocument();
  const operations = operationsOf(document);
  const faultsIn = createFaults(document);
  let api: Api;
  beforeAll(async () => {
    const { endpoint } = await startEmbeddedDynamoDb({ folder: data }).catch((error: DataFolderInUse) => error);
    const db = createDynamoDb({ endpoint, region: LOCAL_REGION });
    const tables = tableNames(await serviceName(), 'dev');
    const core = makeTestCore(createDynamoDbStore(db, tables), {}, new ManualClock(Date.now()));
    api = { url: service.url, fetch, issuer, key, core, db, usersTable: tables.users };
  });

  test.each(OF_THE_SERVICE.map((it) => [titleOf(it), it] as const))('%s', async (_title, provocation) => {
    const ask = await prepare(api, operations, provocation);
    expect(faultsIn(provocation, await ask())).toEqual([]);
  });

  const paths = [...new Set(operations.map(({ path }) => path))];
  test.each(paths)('%s has no method that is not documented', async (path) => {
    const documented = operations.filter((operation) => operation.path === path).map(({ method }) => method);
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((name) => !documented.includes(name))) {
      const response = await fetch(`${service.url}${path.replace('{handle}', 'handle')}`, { method });
      expect([method, response.status, response.headers.get('allow')]).toEqual([method, 405, documented.join(', ')]);
      expect(await response.json()).toEqual({ code: codeOfStatus(response.status), message: expect.any(String) });
    }
  });
});

import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import type { ReceivedMessage } from '../../lib/mail/mailbox.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { bodyOf, invoke, sessionEnvironment, startFunction, userEnvironment } from '../fixtures/lambda.ts';
import { authenticate, form } from '../fixtures/log-in.ts';
import { useMailbox } from '../fixtures/mailbox.ts';
import { idTokenClaims, makeKey, signedBy, startTestIssuer } from '../fixtures/oidc-issuer.ts';
import { type RecordingProxy, startRecordingProxy } from '../fixtures/recording-proxy.ts';

// The embedded DynamoDB checks no permissions. On AWS, a call that the function's role does not allow fails the request.

let database: TestDatabase;
let proxy: RecordingProxy;
const mailbox = useMailbox();
beforeAll(async () => {
  database = await startTestDatabase();
  proxy = await startRecordingProxy(database.endpoint);
});
afterAll(async () => {
  await proxy?.stop();
  await database?.stop();
});
beforeEach(() => {
  proxy.calls.length = 0;
});

interface Role {
  readonly Properties: { readonly Policies: readonly { readonly PolicyDocument: { readonly Statement: unknown } }[] };
}

/** What a role of lib/build/stack/roles.yml allows, as `GetItem SessionsTable`. */
async function allowedBy(role: string): Promise<Set<string>> {
  const text = await readFile('lib/build/stack/roles.yml', 'utf8');
  const { Resources } = parse(text, { logLevel: 'silent' }) as { Resources: Record<string, Role> };
  const statements = (Resources[role]?.Properties.Policies ?? []).flatMap(({ PolicyDocument }) =>
    [PolicyDocument.Statement].flat(),
  ) as { Action?: string | string[]; Resource?: string | string[] }[];
  const pairs = statements.flatMap(({ Action = [], Resource = [] }) =>
    [Resource].flat().flatMap((resource) => [Action].flat().map((action) => `${action} ${resource}`)),
  );
  return new Set(pairs.map((pair) => pair.replace('dynamodb:', '').replace('.Arn', '')));
}

/** What functions have called since the last test, in the same form. */
function called(): string[] {
  const { sessions, keys, publishedKeys, users, coreUsers } = database.tables;
  const names = new Map([
    [sessions, 'SessionsTable'],
    [keys, 'KeysTable'],
    [publishedKeys, 'PublishedKeysTable'],
    [users, 'UsersTable'],
    [coreUsers, 'CoreUsersTable'],
  ]);
  return [...new Set(proxy.calls.map(({ operation, table }) => `${operation} ${names.get(table) ?? table}`))].sort();
}

async function expectAllowed(role: string): Promise<void> {
  const allowed = await allowedBy(role);
  expect(allowed.size).toBeGreaterThan(5);
  expect(called().filter((call) => !allowed.has(call))).toEqual([]);
}

/** The link of the newest message. */
async function sentLink(): Promise<URL> {
  const newest = (await readdir(mailbox)).sort().at(-1) ?? '';
  const { text } = JSON.parse(await readFile(join(mailbox, newest), 'utf8')) as ReceivedMessage;
  return new URL(/http\S+/.exec(text)?.[0] ?? '');
}

const ok = async (handler: LambdaHandler, method: string, path: string, call: object = {}) => {
  const answer = await invoke(handler, method, path, { headers: { 'st-auth-mode': 'header' }, ...call });
  expect([path, answer.statusCode, bodyOf(answer).status]).toEqual([path, 200, 'OK']);
  return bodyOf(answer);
};

const startUserFunction = async () => {
  const environment = { ...userEnvironment(proxy.endpoint, database.tables), DEV_MAILBOX_FOLDER: mailbox };
  return (await startFunction(environment, () => import('../../handlers/user.ts'))).handler;
};

test('the role of the function user allows sign-up, sign-in, a password reset and the verification of an e-mail', async () => {
  const handler = await startUserFunction();
  const email = `${randomUUID()}@example.com`;
  const { headers } = await authenticate(handler, '/auth/signup', email);
  await authenticate(handler, '/auth/signin', email);
  const wrong = { body: form({ email, password: 'wrong password 1' }) };
  expect(bodyOf(await invoke(handler, 'POST', '/auth/signin', wrong)).status).toBe('WRONG_CREDENTIALS_ERROR');
  await ok(handler, 'GET', '/auth/signup/email/exists', { query: { email } });
  await ok(handler, 'POST', '/auth/user/email/verify/token', { headers });
  const verification = { method: 'token', token: (await sentLink()).searchParams.get('token') };
  await ok(handler, 'POST', '/auth/user/email/verify', { body: verification });
  await ok(handler, 'GET', '/auth/user/email/verify', { headers });
  await ok(handler, 'POST', '/auth/user/password/reset/token', { body: form({ email }) });
  const reset = { method: 'token', token: (await sentLink()).searchParams.get('token') };
  await ok(handler, 'POST', '/auth/user/password/reset', {
    body: { ...reset, ...form({ password: 'battery staple 2' }) },
  });
  expect(called()).toEqual(expect.arrayContaining(['Query SessionsTable', 'PutItem CoreUsersTable']));
  await expectAllowed('UserRole');
});

test('the role of the function user allows sign-in by a code', async () => {
  const handler = await startUserFunction();
  const email = `${randomUUID()}@example.com`;
  const code = await ok(handler, 'POST', '/auth/signinup/code', { body: { email } });
  const { deviceId, preAuthSessionId } = code;
  await ok(handler, 'POST', '/auth/signinup/code/resend', { body: { deviceId, preAuthSessionId } });
  const link = await sentLink();
  const body = { preAuthSessionId: link.searchParams.get('preAuthSessionId'), linkCode: link.hash.slice(1) };
  await ok(handler, 'POST', '/auth/signinup/code/consume', { body });
  await expectAllowed('UserRole');
});

test('the role of a log-in allows the exchange of an ID token', async () => {
  const [issuer, key] = await Promise.all([startTestIssuer(), makeKey('ES256')]);
  issuer.keys = [key];
  try {
    const environment = {
      ...sessionEnvironment(proxy.endpoint, database.tables),
      OIDC_PROVIDERS: `${issuer.issuer}=web`,
    };
    const { handler } = await startFunction(environment, () => import('../../handlers/login-oidc.ts'));
    const idToken = await signedBy(key, idTokenClaims(issuer.issuer, 'web', Date.now()));
    expect((await invoke(handler, 'POST', '/login/oidc', { body: { idToken } })).statusCode).toBe(200);
    expect(called()).toContain('PutItem SessionsTable');
    await expectAllowed('LoginRole');
  } finally {
    await issuer.stop();
  }
});

import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { Agent, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { newSession } from '../fixtures/cdi-session.ts';
import { type CoreProcess, spawnCore, startCore } from '../fixtures/core-process.ts';
import { freePort } from '../fixtures/free-port.ts';

const running: CoreProcess[] = [];
const start = async (environment?: Readonly<Record<string, string>>) => {
  const core = await startCore(environment);
  running.push(core);
  return core;
};
afterEach(async () => {
  for (const core of running.splice(0)) if (core.child.exitCode === null) await core.stop();
});

const post = (url: string, body: object, headers: Record<string, string> = {}) =>
  fetch(url, { method: 'POST', body: JSON.stringify(body), headers });

test('it serves the newest version by default, and ends with 0 on SIGTERM', async () => {
  const core = await start();
  const created = await post(`${core.url}/recipe/session`, newSession(randomUUID()));
  expect(created.headers.get('content-type')).toBe('application/json; charset=UTF-8');
  expect(await created.json()).toMatchObject({ status: 'OK' });
  expect(await core.stop()).toBe(0);
});

test('npm passes SIGTERM on to it', async () => {
  const port = String(await freePort());
  const npm = spawn('npm', ['run', '--silent', 'core'], {
    env: { ...process.env, SUPERTOKENS_PORT: port, SUPERTOKENS_DATA_DIR: 'memory' },
    stdio: 'ignore',
  });
  const answers = () =>
    fetch(`http://localhost:${port}/hello`).then(
      () => true,
      () => false,
    );
  await until(answers);
  npm.kill('SIGTERM');
  await once(npm, 'exit');
  await until(async () => !(await answers()));
});

test('it keeps users, and hashes passwords by its settings', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'core-'));
  const cheap = { SUPERTOKENS_DATA_DIR: folder, ARGON2_MEMORY_KB: '16' };
  const credentials = { email: `${randomUUID()}@example.com`, password: 'correct horse 1' };
  const first = await start(cheap);
  expect(await (await post(`${first.url}/recipe/signup`, credentials)).json()).toMatchObject({ status: 'OK' });
  await first.stop();
  const second = await start({ ...cheap, PASSWORD_HASHING_ALG: 'BCRYPT', BCRYPT_LOG_ROUNDS: '4' });
  expect(await (await post(`${second.url}/recipe/signin`, credentials)).json()).toMatchObject({ status: 'OK' });
  await second.stop();
  await rm(folder, { recursive: true, force: true });
});

test('sessions survive a restart on the same folder, and two cores run side by side on different ports', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'core-'));
  const first = await start({ SUPERTOKENS_DATA_DIR: folder });
  const userId = randomUUID();
  await post(`${first.url}/recipe/session`, newSession(userId));
  const list = async ({ url }: CoreProcess) =>
    ((await (await fetch(`${url}/recipe/session/user?userId=${userId}`)).json()) as { sessionHandles: string[] })
      .sessionHandles;
  const other = await start();
  expect(await list(other)).toEqual([]);
  await first.stop();
  const second = await start({ SUPERTOKENS_DATA_DIR: folder });
  expect(await list(second)).toHaveLength(1);
  await second.stop();
  await rm(folder, { recursive: true, force: true });
});

test("on a DynamoDB of one's own it makes its tables, and two cores on it are one installation", async () => {
  const { startEmbeddedDynamoDb } = await import('../../lib/dev/dynamodb.ts');
  const dynamoDb = await startEmbeddedDynamoDb();
  const environment = { DYNAMODB_ENDPOINT: dynamoDb.endpoint };
  const [one, other] = [await start(environment), await start(environment)];
  const { session } = (await (await post(`${one.url}/recipe/session`, newSession(randomUUID()))).json()) as {
    session: { handle: string };
  };
  const seen = await fetch(`${other.url}/recipe/session?sessionHandle=${session.handle}`);
  expect(await seen.json()).toMatchObject({ status: 'OK', sessionHandle: session.handle });
  await one.stop();
  await other.stop();
  await dynamoDb.stop();
});

test('SIGTERM drains: open requests are answered, and new ones are not accepted', async () => {
  const core = await start();
  const agent = new Agent({ keepAlive: true });
  const asked = request(`${core.url}/recipe/session`, { method: 'POST', agent });
  const body = JSON.stringify(newSession(randomUUID()));
  asked.write(body.slice(0, 10));
  const [socket] = (await once(asked, 'socket')) as [Socket];
  // The core takes connections in the order in which they were made.
  if (socket.connecting) await once(socket, 'connect');
  await fetch(`${core.url}/hello`);
  const ended = core.stop();
  await until(async () =>
    fetch(`${core.url}/hello`).then(
      () => false,
      () => true,
    ),
  );
  asked.end(body.slice(10));
  const [answer] = (await once(asked, 'response')) as [{ statusCode: number; resume(): void }];
  answer.resume();
  expect(answer.statusCode).toBe(200);
  expect(await ended).toBe(0);
  agent.destroy();
});

test('a client that never ends its request holds SIGTERM up for ten seconds at most', async () => {
  const core = await start();
  const stuck = request(`${core.url}/recipe/session`, { method: 'POST' });
  const broken = once(stuck, 'error');
  stuck.write('{');
  const [socket] = (await once(stuck, 'socket')) as [Socket];
  if (socket.connecting) await once(socket, 'connect');
  await fetch(`${core.url}/hello`);
  expect(await core.stop()).toBe(0);
  expect(await broken).toEqual([expect.objectContaining({ code: 'ECONNRESET' })]);
});

test('an idle connection is kept open for a minute, as by the official core', async () => {
  const core = await start();
  const agent = new Agent({ keepAlive: true });
  const asked = request(`${core.url}/hello`, { agent }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.resume();
  expect(answer.headers['keep-alive']).toBe('timeout=60');
  agent.destroy();
});

test('API keys and a base path are those of the official image', async () => {
  const key = 'first-key-of-this-core-0001';
  const core = await start({ API_KEYS: key, BASE_PATH: '/some/base' });
  expect((await fetch(`${core.url}/apiversion`)).status).toBe(401);
  expect((await fetch(`${core.url}/apiversion`, { headers: { 'api-key': key } })).status).toBe(200);
  expect((await fetch(core.url.replace('/some/base', '/hello'))).status).toBe(404);
});

test('each of several API keys opens the core, and no part of their list does', async () => {
  const keys = ['first-key-of-this-core-0001', 'Second-Key=of-this-core-0002'];
  const core = await start({ API_KEYS: keys.join(' , ') });
  const status = async (headers: Record<string, string>) => (await fetch(`${core.url}/apiversion`, { headers })).status;
  for (const key of keys) {
    expect(await status({ 'api-key': key })).toBe(200);
    expect(await status({ authorization: `Bearer ${key}` })).toBe(200);
    expect(await status({ 'api-key': key.slice(0, -1) })).toBe(401);
    expect(await status({ 'api-key': key.toUpperCase() })).toBe(401);
  }
  for (const wrong of ['', ',', keys.join(','), keys.join(', ')]) expect(await status({ 'api-key': wrong })).toBe(401);
  expect((await fetch(`${core.url}/hello`)).status).toBe(200);
});

/** Creates a session as a page of that origin or domain would. */
async function createFrom({ url }: CoreProcess, headers: Record<string, string>) {
  const { hostname, port, pathname } = new URL(`${url}/recipe/session`);
  const sent = request({ hostname, port, path: pathname, method: 'POST', headers });
  sent.end(JSON.stringify(newSession(randomUUID())));
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: answer.statusCode, body: await text(answer) };
}

describe('without API keys', () => {
  test.each([
    ['of another origin', { origin: 'https://evil.example', 'content-type': 'text/plain' }],
    ['of a sandbox', { origin: 'null' }],
    ['of another site', { 'sec-fetch-site': 'cross-site' }],
    ['whose domain points to this machine', { host: 'evil.example' }],
  ])('a page %s gets 403, and nothing is created', async (_page, headers) => {
    const core = await start();
    const { status, body } = await createFrom(core, headers);
    expect([status, body]).toEqual([403, expect.stringContaining('rejected')]);
  });

  test.each([
    ['localhost', {}],
    ['an address', { host: '127.0.0.1:3567' }],
    ['the name of a container', { host: 'core:3567' }],
  ])('a backend that calls it by %s gets a session', async (_name, headers) => {
    expect(await createFrom(await start(), headers)).toMatchObject({ status: 200 });
  });
});

test('with API keys the core accepts every host, for no page knows a key', async () => {
  const key = 'first-key-of-this-core-0001';
  const core = await start({ API_KEYS: key });
  expect(await createFrom(core, { host: 'core.example.com', 'api-key': key })).toMatchObject({ status: 200 });
  expect(await createFrom(core, { host: 'core.example.com' })).toMatchObject({ status: 401 });
});

test('the next signing key is made ahead without a request, as SDK test suites with short intervals expect', async () => {
  const core = await start({
    SUPERTOKENS_TEST_MODE: 'true',
    ACCESS_TOKEN_DYNAMIC_SIGNING_KEY_UPDATE_INTERVAL: '0.0004',
  });
  const kids = async () => {
    const { keys } = (await (await fetch(`${core.url}/.well-known/jwks.json`)).json()) as { keys: { kid: string }[] };
    return keys.map(({ kid }) => kid);
  };
  const first = await kids();
  await until(async () => (await kids()).some((kid) => !first.includes(kid)));
  expect(await kids()).toEqual(expect.arrayContaining(first));
  const signedWith = async () => {
    const answer = (await (await post(`${core.url}/recipe/session`, newSession(randomUUID()))).json()) as {
      accessToken: { token: string };
    };
    return (JSON.parse(atob(answer.accessToken.token.split('.')[0] ?? '')) as { kid: string }).kid;
  };
  await until(async () => !first.includes(await signedWith()));
});

test('a body over 1 MB is 413', async () => {
  const core = await start();
  const answer = await fetch(`${core.url}/recipe/session`, { method: 'POST', body: 'x'.repeat(1024 * 1024 + 1) });
  expect(answer.status).toBe(413);
});

test('options win over their variables', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'core-'));
  const port = await freePort();
  const args = ['--port', String(port), '--host', '127.0.0.1', '--data', join(folder, 'data')];
  const core = await startCore({ SUPERTOKENS_PORT: '1', SUPERTOKENS_HOST: 'nowhere.invalid' }, { args, port });
  running.push(core);
  expect(core.output()).toContain(`"url":"http://127.0.0.1:${port}"`);
  expect(await readdir(folder)).toEqual(['data']);
  await core.stop();
  await rm(folder, { recursive: true, force: true });
});

test('every fault of the configuration is named, and the exit code is 1', async () => {
  const { child, output } = spawnCore({
    SUPERTOKENS_PORT: 'x',
    API_KEYS: 'short',
    ACCESS_TOKEN_VALIDITY: '0',
    SUPERTOKENS_GRACE_REUSE: 'no',
  });
  await once(child, 'close');
  expect(child.exitCode).toBe(1);
  expect(output().trim().split('\n')).toEqual([
    'The configuration has 4 faults:',
    '- SUPERTOKENS_PORT must be a whole number from 1 to 65535',
    '- ACCESS_TOKEN_VALIDITY must be a whole number from 1 to 86400000',
    '- API_KEYS must be separated by commas, each with at least 20 characters of [A-Za-z0-9=-]',
    '- SUPERTOKENS_GRACE_REUSE must be one of branch, same',
  ]);
});

test('a taken port and a data folder in use are each said in a line', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'core-'));
  const core = await start({ SUPERTOKENS_DATA_DIR: folder });
  const port = new URL(core.url).port;
  const samePort = spawnCore({ SUPERTOKENS_PORT: port, SUPERTOKENS_DATA_DIR: 'memory' });
  await once(samePort.child, 'close');
  expect(samePort.output()).toBe(
    `Port ${port} is taken. Choose another port: npm run core -- --port ${Number(port) + 1}\n`,
  );
  const sameFolder = spawnCore({ SUPERTOKENS_PORT: String(await freePort()), SUPERTOKENS_DATA_DIR: folder });
  await once(sameFolder.child, 'close');
  expect(sameFolder.output()).toBe(
    `The data folder ${folder} is in use by process ${core.child.pid}. Stop that process, or choose another folder: npm run core -- --data .data/core-2\n`,
  );
  await core.stop();
  await rm(folder, { recursive: true, force: true });
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 240_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error('It did not happen within 240 s');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createDynamoDbStore } from '../../../lib/core/store/dynamodb/index.ts';
import { createDynamoDbUserStores } from '../../../lib/core/store/dynamodb/user-stores.ts';
import type { Email, UserId } from '../../../lib/core/types.ts';
import { createTables, type EmbeddedDynamoDb, LOCAL_REGION, startEmbeddedDynamoDb } from '../../../lib/dev/dynamodb.ts';
import { serviceName } from '../../../lib/dev/service.ts';
import { type TableNames, tableNames } from '../../../lib/dev/tables.ts';
import { createDynamoDb } from '../../../lib/dynamodb/client.ts';
import { sessionsCommand } from '../../../lib/tools/operator/sessions-command.ts';
import { ManualClock, makeTestCore, type TestCore } from '../../fixtures/core.ts';
import { listenOnLoopback } from '../../fixtures/loopback.ts';
import { fault, startStubDynamoDb } from '../../fixtures/stub-dynamodb.ts';
import { typed } from '../../fixtures/typed-terminal.ts';
import { createdUser } from '../../fixtures/users.ts';

let folder: string;
let database: EmbeddedDynamoDb;
let names: TableNames;
let core: TestCore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessions-'));
  await openData();
});
afterEach(async () => {
  await database.stop();
  await rm(folder, { recursive: true, force: true });
});

/** What `npm run dev` does with its data folder. */
async function openData(): Promise<void> {
  database = await startEmbeddedDynamoDb({ folder });
  names = tableNames(await serviceName(), 'dev');
  await createTables(database.endpoint, names);
  const db = createDynamoDb({ endpoint: database.endpoint, region: LOCAL_REGION });
  core = makeTestCore(createDynamoDbStore(db, names), {}, new ManualClock(Date.now()));
}

/** As the commands show it: without the access key id. */
const addressOf = ({ endpoint }: EmbeddedDynamoDb): string => new URL(endpoint).origin;

const run = (...args: string[]) => typed(sessionsCommand({}), [...args, '--data', folder]);
const runJson = async (...args: string[]) => JSON.parse((await run(...args, '--json')).output);

async function logIn(userId: string, data: object = { userAgent: 'Firefox on a phone' }): Promise<string> {
  const { json } = await core.ask('/recipe/session', {
    userId,
    userDataInJWT: { plan: 'pro' },
    userDataInDatabase: data,
    enableAntiCsrf: false,
    useDynamicSigningKey: true,
  });
  core.clock.advance(1000);
  return String((json.session as { handle: string }).handle);
}

const isThere = async (handle: string): Promise<boolean> =>
  (await core.ask(`/recipe/session?sessionHandle=${handle}`)).json.status === 'OK';

describe('while npm run dev is running', () => {
  test('list prints where a user is logged in, the newest first', async () => {
    const phone = await logIn('ann');
    const laptop = await logIn('ann', { userAgent: 'Safari on a laptop' });
    await logIn('bob');
    const { code, output } = await run('list', 'ann');
    const [heading, ...rows] = output.trimEnd().split('\n');
    expect(code).toBe(0);
    expect(heading).toMatch(/^SESSION HANDLE +CREATED +EXPIRES +DEVICE$/);
    expect(rows).toEqual([
      expect.stringMatching(new RegExp(`^${laptop} +\\d{4}-.*Z +\\d{4}-.*Z +Safari on a laptop$`)),
      expect.stringMatching(new RegExp(`^${phone} +.*Firefox on a phone$`)),
    ]);
  });

  test('list and show have no hash of a token, nor a token', async () => {
    const handle = await logIn('ann');
    const [item] = await createDynamoDb({ endpoint: database.endpoint, region: LOCAL_REGION }).query(names.sessions, {
      name: 'pk',
      value: `session#${handle}`,
    });
    const hash = Buffer.from(String(item?.current), 'base64url');
    expect(hash).toHaveLength(32);
    for (const args of [
      ['list', 'ann'],
      ['list', 'ann', '--json'],
      ['show', handle],
      ['show', handle, '--json'],
    ]) {
      const { output } = await run(...args);
      expect(output).toContain(handle);
      for (const encoding of ['base64url', 'base64', 'hex'] as const)
        expect(output).not.toContain(hash.toString(encoding));
    }
  });

  test('list --json is what programs read', async () => {
    const handle = await logIn('ann');
    const session = {
      sessionHandle: handle,
      userId: 'ann',
      created: expect.any(Number),
      expires: expect.any(Number),
      userAgent: 'Firefox on a phone',
    };
    expect(await runJson('list', 'ann')).toEqual({ userId: 'ann', sessions: [session] });
    expect(await runJson('list', 'nobody')).toEqual({ userId: 'nobody', sessions: [] });
  });

  test('show of a user prints each session in full', async () => {
    const handles = [await logIn('ann'), await logIn('ann', { userAgent: 'Safari on a laptop' })];
    const { code, output } = await run('show', 'ann');
    expect(code).toBe(0);
    expect(output.match(/^User +ann$/gm)).toHaveLength(2);
    for (const handle of handles) expect(output).toContain(handle);
    const { userId, sessions } = await runJson('show', 'ann');
    expect([userId, sessions.map((session: { sessionHandle: string }) => session.sessionHandle)]).toEqual([
      'ann',
      handles.toReversed(),
    ]);
  });

  test('show prints one session in full, and ends with 3 if there is none', async () => {
    const handle = await logIn('ann');
    const { code, output } = await run('show', handle);
    expect(code).toBe(0);
    expect(output).toMatch(/^User +ann$/m);
    expect(output).toMatch(/^Claims +\{"plan":"pro"\}$/m);
    expect(await runJson('show', handle)).toMatchObject({ sessionHandle: handle, claims: { plan: 'pro' } });
    expect(await run('show', 'no-such-handle')).toMatchObject({
      code: 3,
      output: '',
      errors: expect.stringContaining(
        'There is no session no-such-handle, and no session of a user no-such-handle, in local data',
      ),
    });
    for (const action of ['show', 'list', 'revoke-all']) {
      expect((await run(action, 'ann@example.com')).errors).toMatch(/To find a user by an e-mail, use --email\.\n$/);
    }
  });

  test('revoke ends the named sessions and no other; one that is not there is said, with 3', async () => {
    const [first, second, third] = [await logIn('ann'), await logIn('ann'), await logIn('ann')];
    expect(await run('revoke', first, second)).toMatchObject({
      code: 0,
      output: `Revoked ${first}\nRevoked ${second}\n`,
    });
    expect([await isThere(first), await isThere(second), await isThere(third)]).toEqual([false, false, true]);
    const again = await run('revoke', first, third, '--json');
    expect(again.code).toBe(3);
    expect(JSON.parse(again.output)).toEqual({ revoked: [third], notFound: [first] });
  });

  test("revoke-all ends all of one user's sessions, and says who accepts their tokens until when", async () => {
    const handles = [await logIn('ann'), await logIn('ann')];
    const other = await logIn('bob');
    const { code, output, errors } = await run('revoke-all', 'ann');
    expect({ code, output }).toEqual({ code: 0, output: `Revoked: 2 of ann in local data in ${folder}\n` });
    expect(errors).toContain('without checkDatabase');
    expect(await Promise.all([...handles, other].map(isThere))).toEqual([false, false, true]);
  });

  test.each(['list', 'show', 'revoke-all'])(
    '%s of a user without sessions says so with the place, and exits with 3',
    async (action) => {
      const other = await logIn('ann');
      const { code, output, errors } = await run(action, 'anne');
      expect({ code, output }).toEqual({ code: 3, output: '' });
      expect(errors).toMatch(/There is no session/);
      expect(errors).toMatch(/ anne,? in local data in /);
      expect(errors).toContain(`in local data in ${folder}`);
      expect(await isThere(other)).toBe(true);
    },
  );

  test('list and revoke-all of a user without sessions answer programs with an empty list and 3', async () => {
    for (const [action, list] of [
      ['list', 'sessions'],
      ['revoke-all', 'revoked'],
    ] as const) {
      const { code, output } = await run(action, 'anne', '--json');
      expect([code, JSON.parse(output)]).toEqual([3, { userId: 'anne', [list]: [] }]);
    }
  });

  test('every action names the tables that it uses before it does anything', async () => {
    const handle = await logIn('ann');
    for (const args of [
      ['list', 'ann'],
      ['show', handle],
      ['revoke', handle],
      ['revoke-all', 'ann'],
      ['revoke-everything', '--yes'],
    ]) {
      const { errors } = await run(...args);
      expect(errors.split('\n')[0]).toBe(`Using local data in ${folder}`);
    }
  });

  test('a user may be named by their e-mail', async () => {
    const db = createDynamoDb({ endpoint: database.endpoint, region: LOCAL_REGION });
    const { users } = createDynamoDbUserStores(db, names.coreUsers);
    await createdUser(users, { id: 'ann' as UserId, email: 'ann@example.com' as Email });
    const handle = await logIn('ann');
    expect((await runJson('list', '--email', ' Ann@Example.com')).sessions).toMatchObject([{ sessionHandle: handle }]);
    expect(await runJson('show', '--email', 'ann@example.com')).toMatchObject({
      userId: 'ann',
      sessions: [{ sessionHandle: handle, claims: { plan: 'pro' } }],
    });
    expect((await run('revoke-all', '--email', 'ann@example.com')).output).toBe(
      `Revoked: 1 of ann in local data in ${folder}\n`,
    );
    const unknown = await run('list', '--email', 'bob@example.com');
    expect(unknown).toMatchObject({ code: 3, output: '' });
    expect(unknown.errors).toContain('No user in local data');
  });

  test('what a client calls itself does not reach the terminal as a control sequence', async () => {
    await logIn('ann', { userAgent: 'Evil\u001b[2J\u009b1m\nbrowser' });
    const { output } = await run('list', 'ann');
    expect(output).toContain('Evil\u{FFFD}[2J\u{FFFD}1m\u{FFFD}browser');
  });
});

test('without npm run dev the folder is opened here, and is free again afterwards', async () => {
  const handle = await logIn('ann');
  await database.stop();
  expect((await run('revoke', handle)).output).toBe(`Revoked ${handle}\n`);
  await openData();
  expect(await isThere(handle)).toBe(false);
});

describe('revoke-everything', () => {
  const everything = ['revoke-everything'];
  const answered = (answer: string) => typed(sessionsCommand({}), [...everything, '--data', folder], [answer]);

  test('asks whom it finds at a terminal, and does nothing without a yes', async () => {
    const handle = await logIn('ann');
    const refused = await answered('n');
    expect(refused).toMatchObject({ code: 1, output: '' });
    expect(refused.errors).toContain(`End every session of every user in local data in ${folder}? [y/N]`);
    expect(await isThere(handle)).toBe(true);
    expect(await answered('y')).toMatchObject({ code: 0, output: expect.stringContaining('Revoked: 1, of all users') });
    expect(await isThere(handle)).toBe(false);
  });

  test('needs --yes if its input is no terminal, and then reaches every page of the table', async () => {
    // DynamoDB reads 1 MB at a time.
    const handles: string[] = [];
    for (let n = 0; n < 12; n++) handles.push(await logIn(`user-${n % 5}`, { note: 'x'.repeat(100_000) }));
    expect(await run(...everything)).toMatchObject({ code: 2, errors: expect.stringContaining('--yes') });
    expect(await isThere(handles[0] ?? '')).toBe(true);
    const { output, errors } = await typed(
      sessionsCommand({}),
      [...everything, '--data', folder, '--yes', '--json'],
      [],
    );
    expect(JSON.parse(output)).toEqual({ revoked: 12 });
    expect(errors.match(/^\d+ so far$/gm)?.length).toBeGreaterThan(1);
    expect(await Promise.all(handles.map(isThere))).toEqual(handles.map(() => false));
  });
});

describe('what keeps it from working is said in words', () => {
  const servers: Server[] = [];
  afterAll(() => {
    for (const server of servers) server.close();
  });

  async function answeringNotFound(): Promise<string> {
    const server = createServer((_request, response) => response.writeHead(404).end('Not Found'));
    servers.push(server);
    return `http://127.0.0.1:${await listenOnLoopback(server)}`;
  }

  const at = (endpoint: string, ...args: string[]) => typed(sessionsCommand({}), [...args, '--endpoint', endpoint]);

  test('a stage that is not deployed', async () => {
    const { code, errors } = await at(database.endpoint, 'list', 'ann', '--stage', 'nowhere');
    expect({ code, errors }).toEqual({
      code: 1,
      errors: `Using stage nowhere at ${addressOf(database)}\nThere is no such table in stage nowhere at ${addressOf(database)}. It is not deployed, or has another name.\n`,
    });
  });

  test.each([
    ['AccessDeniedException', 'do not allow that'],
    ['ExpiredTokenException', 'have expired'],
    ['UnrecognizedClientException', 'does not know these credentials'],
  ])('%s', async (code, words) => {
    const stub = await startStubDynamoDb(() => fault(400, code));
    try {
      const result = await at(stub.endpoint, 'show', 'handle');
      expect(result).toMatchObject({ code: 1, errors: expect.stringContaining(words) });
    } finally {
      await stub.stop();
    }
  });

  test.each([
    ['--stage', 'prod'],
    ['--region', 'eu-central-1'],
    ['--stage', 'dev', '--region', 'eu-central-1'],
  ])('DYNAMODB_ENDPOINT with %s %s, which names tables in AWS, is refused before anything is asked', async (...aws) => {
    const handle = await logIn('ann');
    const environment = { DYNAMODB_ENDPOINT: database.endpoint };
    const { code, output, errors } = await typed(sessionsCommand(environment), ['revoke-all', 'ann', ...aws]);
    expect({ code, output }).toEqual({ code: 2, output: '' });
    expect(errors).toContain(`DYNAMODB_ENDPOINT is ${addressOf(database)}`);
    expect(errors).toContain('--endpoint');
    expect(await isThere(handle)).toBe(true);
  });

  test('DYNAMODB_ENDPOINT alone is used, and named', async () => {
    const handle = await logIn('ann');
    const environment = { DYNAMODB_ENDPOINT: database.endpoint };
    const { code, errors } = await typed(sessionsCommand(environment), ['revoke', handle]);
    expect({ code, errors }).toEqual({
      code: 0,
      errors: expect.stringContaining(`Using stage dev at ${addressOf(database)}`),
    });
  });

  test('a DynamoDB that is not there', async () => {
    await database.stop();
    const { code, errors } = await at(database.endpoint, 'list', 'ann');
    expect({ code, errors }).toEqual({
      code: 1,
      errors: `Using stage dev at ${addressOf(database)}\nDynamoDB does not respond at its address for stage dev at ${addressOf(database)}.\n`,
    });
  });

  test('a folder without data', async () => {
    const { code, errors } = await typed(sessionsCommand({}), ['list', 'ann', '--data', join(folder, 'other')]);
    expect({ code, errors }).toMatchObject({
      code: 1,
      errors: expect.stringContaining('There is no data of npm run dev'),
    });
  });

  test.each([
    ['no credentials', async () => ({ AWS_EC2_METADATA_DISABLED: 'true' })],
    [
      "a virtual machine's service for credentials that has none",
      async () => ({ AWS_EC2_METADATA_SERVICE_ENDPOINT: await answeringNotFound() }),
    ],
  ])('%s', async (_what, environment) => {
    const child = promisify(execFile)(
      process.execPath,
      ['lib/tools/operator/sessions.ts', 'list', 'ann', '--stage', 'prod'],
      { env: { PATH: process.env.PATH, HOME: folder, ...(await environment()) } },
    );
    await expect(child).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('no AWS credentials'),
    });
  });

  test.each([
    [[], 'Name an action: list, show, revoke, revoke-all, revoke-everything.'],
    [['forget', 'ann'], 'There is no action forget'],
    [['list'], 'list needs a user'],
    [['list', 'ann', 'bob'], 'list takes one user'],
    [['list', ''], 'must not be empty'],
    [['revoke', '--email', 'ann@example.com'], 'revoke takes no --email'],
    [['show', 'ann', '--email', 'ann@example.com'], 'show takes one session handle or user'],
    [['revoke-everything', '--email', 'ann@example.com'], 'revoke-everything takes no --email'],
    [['revoke-everything', 'ann'], 'takes no name'],
    [['list', 'ann', '--stages', 'prod'], '--stages'],
    [['list', 'ann', '--data', '.data', '--stage', 'prod'], '--data is local'],
    [['list', 'ann', '--endpoint', 'localhost'], 'is not an http(s) URL'],
    [['list', '--email', 'ann', '--endpoint', 'http://localhost:1'], 'is not an e-mail address'],
  ])('%j is wrong usage', async (args, words) => {
    expect(await typed(sessionsCommand({}), args)).toMatchObject({
      code: 2,
      output: '',
      errors: expect.stringContaining(words),
    });
  });
});

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { utimesSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '../fixtures/client.ts';
import { freePort } from '../fixtures/free-port.ts';
import { credentials } from '../fixtures/log-in.ts';

interface Running {
  readonly child: ChildProcess;
  readonly port: number;
  /** All that it has printed so far. */
  readonly output: () => string;
  /** The exit code, once the output is complete. */
  readonly ended: Promise<number | null>;
}

let folder: string;
const running: Running[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dev-command-'));
});

afterAll(async () => {
  await stopAll();
  await rm(folder, { recursive: true, force: true });
});

async function stopAll(): Promise<void> {
  for (const { child, ended } of running.splice(0)) {
    child.kill('SIGINT');
    await ended;
  }
}

/** Runs `npm run dev` with variables in its environment. */
function devWith(environment: Readonly<Record<string, string>>, port: number, ...args: string[]): Running {
  const child = spawn(process.execPath, ['lib/dev/dev.ts', '--port', String(port), ...args], {
    stdio: 'pipe',
    env: { ...process.env, ...environment },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const started = { child, port, output: () => text, ended };
  running.push(started);
  return started;
}

const dev = (port: number, ...args: string[]): Running => devWith({}, port, ...args);

async function untilListening({ child, port, output }: Running): Promise<void> {
  await until(() => output().includes('Ctrl-C stops it.') || child.exitCode !== null);
  expect(output()).toContain(`http://localhost:${port}`);
  expect(output()).toMatch(new RegExp(`Page +http://localhost:${port}/ `));
}

async function until(isSo: () => boolean | Promise<boolean>, every = 50): Promise<void> {
  const deadline = Date.now() + 240_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error('It did not happen within 240 s');
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}

const isPortFree = (port: number) =>
  new Promise<boolean>((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, 'localhost', () => server.close(() => resolve(true)));
  });

async function expectDebugger(started: Running): Promise<void> {
  const [, port] = /Debugger {2}127\.0\.0\.1:(\d+) /.exec(started.output()) ?? [];
  const [target] = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as { title: string }[];
  expect(target?.title).toContain('serverless.js');
}

/** Each test finds the service as the test before has left it: a start takes longer than any of them. */
describe('While the service runs with its data in a folder,', () => {
  let first: Running;
  let second: Running;
  let client: Client;

  beforeAll(async () => {
    first = dev(await freePort(), '--data', folder);
    await untilListening(first);
    client = new Client(`http://localhost:${first.port}`, 'cookie');
  });

  describe('a second one on the same port, with variables in its environment,', () => {
    const environment = { API_DOMAIN: 'https://tunnel.example.com', NODE_OPTIONS: '--inspect=127.0.0.1:0' };
    let other: Running;
    let data = '';
    afterAll(async () => {
      other.child.kill('SIGINT');
      await other.ended;
      await rm(data, { recursive: true, force: true });
    });

    test('fails, and the command that it names works while the first runs', async () => {
      const failing = devWith(environment, first.port, '--data', folder);
      expect(await failing.ended).toBe(1);
      const [, command = ''] =
        /\nPort \d+ is taken\..*: npm run dev -- --port (\d+ --data \S+)\n$/.exec(failing.output()) ?? [];
      const [port, ...options] = command.split(' ');
      data = options.at(-1) ?? '';
      other = devWith(environment, Number(port), ...options);
      await untilListening(other);
    });

    test('takes API_DOMAIN as where browsers reach the API, as behind a tunnel', async () => {
      const anonymous = new Client(`http://localhost:${other.port}`, 'cookie');
      const { body } = await anonymous.get('/auth/.well-known/openid-configuration');
      expect(body.issuer).toBe('https://tunnel.example.com/auth');
    });

    test('lets a debugger attach to the functions by NODE_OPTIONS=--inspect, which npm and the command itself read too', () =>
      expectDebugger(other));
  });

  test('a second one with the same folder fails, and names the process that uses it', async () => {
    const sameFolder = dev(await freePort(), '--data', folder);
    expect(await sameFolder.ended).toBe(1);
    expect(sameFolder.output()).toContain(
      `\nThe data folder ${folder} is in use by process ${first.child.pid}. Stop that process, or choose another folder: `,
    );
  });

  test('a session survives that the process is killed and started again', async () => {
    await client.post('/auth/signup', credentials('me@example.com'));
    first.child.kill('SIGKILL');
    await until(() => isPortFree(first.port));
    second = dev(first.port, '--data', folder, '--access-token-validity', '20');
    await untilListening(second);
    expect((await client.get('/sessioninfo')).status).toBe(200);
    expect((await client.refresh()).status).toBe(200);
    const { body } = await client.get('/sessioninfo');
    const { iat, exp } = body.accessTokenPayload as { iat: number; exp: number };
    expect(exp - iat).toBeLessThanOrEqual(20);
  });

  test('Ctrl-C stops it cleanly', async () => {
    second.child.kill('SIGINT');
    expect(await second.ended).toBe(0);
    expect(await isPortFree(second.port)).toBe(true);
  });
});

test('a port that another program has: the data folder stays the same', async () => {
  const port = await freePort();
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  const command = dev(port, '--data', folder);
  expect(await command.ended).toBe(1);
  expect(command.output()).toMatch(
    /\nPort \d+ is taken\. Stop the process that listens there, or choose another port: .* --port \d+\n$/,
  );
  await new Promise((resolve) => server.close(resolve));
});

test('a faulty configuration is named before anything starts', async () => {
  const faulty = dev(await freePort(), '--website', 'http://localhost:3000/app');
  expect(await faulty.ended).toBe(1);
  expect(faulty.output()).toContain('WEBSITE_DOMAIN must be http(s) URLs without a path');
  const validity = dev(await freePort(), '--access-token-validity', 'soon');
  expect(await validity.ended).toBe(1);
  expect(validity.output()).toContain('ACCESS_TOKEN_VALIDITY must be a whole number from 1');
});

describe('While the service runs with its data in memory, and with --inspect,', () => {
  let started: Running;
  beforeAll(async () => {
    started = dev(await freePort(), '--data', 'memory', '--inspect');
    await until(() => started.output() !== '');
    expect(started.output()).toMatch(/^Starting the database and the API …\n/);
    await untilListening(started);
  });

  test('it has printed its progress', () => {
    expect(started.output()).toMatch(/^Starting .*\nBuilding \d+ functions …\n\n {2}API /);
    expect(started.output()).not.toContain('Server ready');
  });

  test('a debugger attaches to the functions', () => expectDebugger(started));

  test('it prints that the code was rebuilt', async () => {
    // Another test may do the same at this time.
    await until(() => {
      utimesSync('handlers/health.ts', new Date(), new Date());
      return started.output().includes('\nRebuilt. The next request runs the new code.\n');
    }, 1000);
  });

  test('the printed commands work on a second day too: a rejected sign-up keeps the cookies', () => {
    const printed = [...started.output().matchAll(/^ {4}(curl .*(?:\n {6}.*)?)$/gm)].map(([, text = '']) => text);
    expect(printed.map((command) => /\w+$/.exec(command)?.[0])).toEqual([
      'signup',
      'signin',
      'sessioninfo',
      'sessions',
    ]);
    const [signUp = '', signIn = '', ...asking] = printed;
    /** The status of the response, or the `status` in its body, which SuperTokens' own routes have. */
    const resultOf = (command: string): string => {
      const curl = command.replace(/^curl( -i)?/, "curl -s -w '%{http_code}'");
      const output = execFileSync('bash', ['-c', curl], { cwd: folder, encoding: 'utf8' });
      return /"status":"(\w+)"/.exec(output)?.[1] ?? output.slice(-3);
    };
    expect([signUp, ...asking].map(resultOf)).toEqual(['OK', '200', '200']);
    expect([signUp, ...asking].map(resultOf)).toEqual(['FIELD_ERROR', '200', '200']);
    expect([signIn, ...asking].map(resultOf)).toEqual(['OK', '200', '200']);
  });

  test("when the API's process ends by itself, the command says so and fails", async () => {
    const parent = ['-P', String(started.child.pid), '-f', 'offline start'];
    process.kill(Number(execFileSync('pgrep', parent, { encoding: 'utf8' })), 'SIGKILL');
    expect(await started.ended).toBe(1);
    expect(started.output()).toContain("The API's process has ended: SIGKILL. Start it again: npm run dev");
  });
});

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { utimesSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../lib/dev/ports.ts';
import { Client } from '../fixtures/client.ts';
import { credentials } from '../fixtures/log-in.ts';

interface Running {
  readonly child: ChildProcess;
  /** All that it has printed so far. */
  readonly output: () => string;
}

let folder: string;
let port: number;
const running: Running[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dev-command-'));
  port = await freePort();
});

afterEach(async () => {
  await stopAll();
  await rm(folder, { recursive: true, force: true });
});

async function stopAll(): Promise<void> {
  for (const { child } of running.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGINT');
      await once(child, 'exit');
    }
  }
}

const dev = (...args: string[]): Running => devWith({}, ...args);

function devWith(environment: Readonly<Record<string, string>>, ...args: string[]): Running {
  const child = spawn(process.execPath, ['lib/dev/dev.ts', '--port', String(port), ...args], {
    stdio: 'pipe',
    env: { ...process.env, ...environment },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)));
  const started = { child, output: () => text };
  running.push(started);
  return started;
}

async function untilListening({ child, output }: Running): Promise<void> {
  await until(() => output().includes('Ctrl-C stops it.') || child.exitCode !== null);
  expect(output()).toContain(`http://localhost:${port}`);
  expect(output()).toMatch(new RegExp(`Page +http://localhost:${port}/ `));
}

async function until(isSo: () => boolean | Promise<boolean>, every = 50): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error('It did not happen within 120 s');
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}

const ended = async ({ child }: Running) => {
  if (child.exitCode === null) await once(child, 'exit');
  return child.exitCode;
};

const isPortFree = () =>
  new Promise<boolean>((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, 'localhost', () => server.close(() => resolve(true)));
  });

test('a session survives that the process is killed and started again; Ctrl-C then stops it cleanly', async () => {
  const first = dev('--data', folder);
  await untilListening(first);
  const client = new Client(`http://localhost:${port}`, 'cookie');
  await client.post('/auth/signup', credentials('me@example.com'));
  first.child.kill('SIGKILL');
  await until(isPortFree);

  const second = dev('--data', folder, '--access-token-validity', '20');
  await untilListening(second);
  expect((await client.get('/sessioninfo')).status).toBe(200);
  expect((await client.refresh()).status).toBe(200);
  const { body } = await client.get('/sessioninfo');
  const { iat, exp } = body.accessTokenPayload as { iat: number; exp: number };
  expect(exp - iat).toBeLessThanOrEqual(20);

  second.child.kill('SIGINT');
  expect(await ended(second)).toBe(0);
  expect(await isPortFree()).toBe(true);
}, 300_000);

test('a taken port: the command that it names works beside the first', async () => {
  const first = dev('--data', folder);
  await untilListening(first);
  const second = dev('--data', folder);
  expect(await ended(second)).toBe(1);
  const [, command = '', other, data = ''] =
    /\nPort \d+ is taken\..*: npm run dev -- (--port (\d+) --data (\S+))\n$/.exec(second.output()) ?? [];
  port = Number(other);
  try {
    await untilListening(dev(...command.split(' ')));
  } finally {
    await stopAll();
    await rm(data, { recursive: true, force: true });
  }
}, 300_000);

test('a port that something else has: the data folder stays the same', async () => {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  const command = dev('--data', folder);
  expect(await ended(command)).toBe(1);
  expect(command.output()).toMatch(
    /\nPort \d+ is taken\. Stop the process that listens there, or choose another port: .* --port \d+\n$/,
  );
  await new Promise((resolve) => server.close(resolve));
}, 300_000);

test('a data folder in use is said in one line', async () => {
  const first = dev('--data', folder);
  await untilListening(first);
  port = await freePort();
  const sameFolder = dev('--data', folder);
  expect(await ended(sameFolder)).toBe(1);
  expect(sameFolder.output()).toContain(
    `\nThe data folder ${folder} is in use by process ${first.child.pid}. Stop that process, or choose another folder: `,
  );
}, 300_000);

test('API_DOMAIN before it says where browsers reach the API, as behind a tunnel', async () => {
  const running = devWith({ API_DOMAIN: 'https://tunnel.example.com' }, '--data', 'memory');
  await untilListening(running);
  const { body } = await new Client(`http://localhost:${port}`, 'cookie').get('/auth/.well-known/openid-configuration');
  expect(body.issuer).toBe('https://tunnel.example.com/auth');
}, 300_000);

test('a faulty configuration is named before anything starts', async () => {
  const faulty = dev('--website', 'http://localhost:3000/app');
  expect(await ended(faulty)).toBe(1);
  expect(faulty.output()).toContain('WEBSITE_DOMAIN must be http(s) URLs without a path');
  const validity = dev('--access-token-validity', 'soon');
  expect(await ended(validity)).toBe(1);
  expect(validity.output()).toContain('ACCESS_TOKEN_VALIDITY must be a whole number from 1');
});

test("when the API's process ends by itself, the command says so and fails", async () => {
  const running = dev('--data', 'memory');
  await untilListening(running);
  const api = execFileSync('pgrep', ['-P', String(running.child.pid), '-f', 'offline start'], { encoding: 'utf8' });
  process.kill(Number(api), 'SIGKILL');
  expect(await ended(running)).toBe(1);
  expect(running.output()).toContain("The API's process has ended: SIGKILL. Start it again: npm run dev");
}, 300_000);

test.each([
  ['--inspect', {}, ['--inspect']],
  ['NODE_OPTIONS=--inspect, which npm and the command itself see too', { NODE_OPTIONS: '--inspect=127.0.0.1:0' }, []],
] as const)('a debugger attaches to the functions: %s', async (_how, environment, options) => {
  const running = devWith(environment, '--data', 'memory', ...options);
  await untilListening(running);
  const [, inspectPort] = /Debugger {2}127\.0\.0\.1:(\d+) /.exec(running.output()) ?? [];
  const [target] = (await (await fetch(`http://127.0.0.1:${inspectPort}/json/list`)).json()) as { title: string }[];
  expect(target?.title).toContain('serverless.js');
});

test('it prints its progress, what to try, and that the code was rebuilt', async () => {
  const running = dev('--data', 'memory');
  await until(() => running.output() !== '');
  expect(running.output()).toMatch(/^Starting the database and the API …\n/);
  await untilListening(running);
  expect(running.output()).toMatch(/^Starting .*\nBuilding \d+ functions …\n\n {2}API /);
  expect(running.output()).not.toContain('Server ready');
  // Another test may do the same at this time.
  await until(() => {
    utimesSync('handlers/health.ts', new Date(), new Date());
    return running.output().includes('\nRebuilt. The next request runs the new code.\n');
  }, 1000);
}, 300_000);

test('the printed commands work on a second day too: a rejected sign-up keeps the cookies', async () => {
  const running = dev('--data', 'memory');
  await untilListening(running);
  const commands = [...running.output().matchAll(/^ {4}(curl .*(?:\n {6}.*)?)$/gm)].map(([, command = '']) => command);
  expect(commands.map((command) => /\w+$/.exec(command)?.[0])).toEqual(['signup', 'signin', 'sessioninfo', 'sessions']);
  const [signUp = '', signIn = '', ...asking] = commands;
  /** The status of the response, or the `status` in its body, which SuperTokens' own routes have. */
  const resultOf = (command: string): string => {
    const curl = command.replace(/^curl( -i)?/, "curl -s -w '%{http_code}'");
    const output = execFileSync('bash', ['-c', curl], { cwd: folder, encoding: 'utf8' });
    return /"status":"(\w+)"/.exec(output)?.[1] ?? output.slice(-3);
  };
  expect([signUp, ...asking].map(resultOf)).toEqual(['OK', '200', '200']);
  expect([signUp, ...asking].map(resultOf)).toEqual(['FIELD_ERROR', '200', '200']);
  expect([signIn, ...asking].map(resultOf)).toEqual(['OK', '200', '200']);
}, 300_000);

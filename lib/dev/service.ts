import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { processEnvironment } from '../config/environment.ts';
import { ConfigurationError, readServiceConfig } from '../config/service-config.ts';
import { LOCAL_REGION, startEmbeddedDynamoDb } from './dynamodb.ts';

export interface LocalOptions {
  readonly port: number;
  /** Scheme, host and port of the website that calls the API. */
  readonly websiteDomain: string;
  /** Where the embedded DynamoDB keeps its data; in memory if absent. */
  readonly folder?: string;
  /** Starts with an empty database. */
  readonly fresh?: boolean;
  /** Further environment variables, as the README's table has them. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Hears each line that the API prints: its requests, and what its functions log. */
  readonly onLine?: (line: string) => void;
}

export interface LocalService {
  readonly url: string;
  /** Resolves when the API has ended by itself, which it should not. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** Something that a developer can mend; its message says how. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
}

/**
 * Starts the embedded DynamoDB and the API on it, on the loopback interface.
 * @throws CannotStart if the port is taken or the API does not come up
 * @throws DataFolderInUse
 */
export async function startLocalService(options: LocalOptions): Promise<LocalService> {
  const { port, folder, fresh = false } = options;
  checkConfiguration(options);
  if (!(await isFree(port))) {
    throw new CannotStart(
      `Port ${port} is taken. Stop what listens there, or choose another: npm run dev -- --port ${port + 10}`,
    );
  }
  const database = await startEmbeddedDynamoDb({ fresh, ...(folder !== undefined && { folder }) });
  try {
    const api = await startApi(options, database.endpoint);
    return {
      url: `http://localhost:${port}`,
      ended: api.ended,
      async stop() {
        await api.stop();
        await database.stop();
      },
    };
  } catch (error) {
    await database.stop();
    throw error;
  }
}

/** In serverless-offline a function that cannot start answers 200 with its error: better to say so at once. */
function checkConfiguration({ environment, websiteDomain }: LocalOptions): void {
  try {
    // What serverless.yml says of every function.
    const own = { PUBLISHED_KEYS_TABLE: 'any', SERVICE_NAME: 'any', STAGE: 'any' };
    readServiceConfig({ ...processEnvironment(), ...environment, WEBSITE_DOMAIN: websiteDomain, ...own });
  } catch (error) {
    throw error instanceof ConfigurationError ? new CannotStart(error.message) : error;
  }
}

/** The service's name, as serverless.yml has it. @throws CannotStart if it has none */
export async function serviceName(): Promise<string> {
  const name = /^service: *(\S+)/m.exec(await readFile('serverless.yml', 'utf8'))?.[1];
  if (name === undefined) throw new CannotStart('serverless.yml has no line "service: <name>"');
  return name;
}

async function startApi(options: LocalOptions, endpoint: string) {
  const { port, websiteDomain, environment, onLine = () => undefined } = options;
  const workFolder = `.esbuild/${port}`;
  const child = spawn(process.execPath, await commandLine(port), {
    env: {
      ...processEnvironment(),
      AWS_REGION: LOCAL_REGION,
      API_DOMAIN: processEnvironment().API_DOMAIN || `http://localhost:${port}`,
      WEBSITE_DOMAIN: websiteDomain,
      READABLE_BUNDLES: 'on',
      ...environment,
      DYNAMODB_ENDPOINT: endpoint,
      ESBUILD_WORK_FOLDER: workFolder,
      SLS_NOTIFICATIONS_MODE: 'off',
    },
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C goes to us alone, and we end the group in order.
    detached: true,
  });
  const ended = once(child, 'exit').then(() => undefined);
  const stop = async (): Promise<void> => {
    const { pid } = child;
    const signal = (name: NodeJS.Signals) => {
      if (child.exitCode === null && child.signalCode === null && pid !== undefined) process.kill(-pid, name);
    };
    signal('SIGINT');
    const late = setTimeout(signal, STOP_TIME, 'SIGKILL');
    await ended;
    clearTimeout(late);
    await rm(workFolder, { recursive: true, force: true });
  };
  try {
    await ready(child, ended, onLine);
  } catch (error) {
    await stop();
    throw error;
  }
  return { ended, stop };
}

async function commandLine(port: number): Promise<string[]> {
  const preload = new URL('./exit-with-parent.mjs', import.meta.url).href;
  const serverless = fileURLToPath(new URL('../../node_modules/serverless/bin/serverless.js', import.meta.url));
  const ports = ['--httpPort', String(port), '--lambdaPort', String(await freePort())];
  // The bundles have source maps in development: errors then name lines of the sources.
  return ['--enable-source-maps', '--import', preload, serverless, 'offline', 'start', '--stage', 'dev', ...ports];
}

/** serverless-offline can fail without ending, and then does not hear a signal either; ms. */
const START_TIME = 60_000;
const STOP_TIME = 10_000;

/** Waits for the API to listen; what it printed until then is only of interest if it does not. */
async function ready(child: ChildProcess, ended: Promise<void>, onLine: (line: string) => void): Promise<void> {
  const startup: string[] = [];
  let isReady = false;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const listen = (line: string): void => {
    if (isReady && isWorthReading(line)) onLine(line);
    if (isReady) return;
    startup.push(line);
    isReady = line.includes('Server ready:');
    if (isReady) resolve();
  };
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) createInterface({ input: stream }).on('line', listen);
  }
  const fail = () => reject(new CannotStart(`The API did not start:\n${startup.join('\n')}`));
  void ended.then(fail);
  const late = setTimeout(fail, START_TIME);
  return promise.finally(() => clearTimeout(late));
}

/** serverless-offline's frame of invocation URLs and its billing lines are noise here. */
const isWorthReading = (line: string): boolean => line.trim() !== '' && !/^(\(λ: |[┌│└])/.test(line);

/** Both families: `localhost` may be either, and a listener on one leaves the other free. */
const isFree = async (port: number): Promise<boolean> =>
  (await Promise.all(['127.0.0.1', '::1'].map((host) => canListen(port, host)))).every(Boolean);

function canListen(port: number, host: string): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    // A machine without IPv6 has nobody listening there either.
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRNOTAVAIL'));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No free port');
  return address.port;
}

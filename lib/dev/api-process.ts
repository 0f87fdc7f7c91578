import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { processEnvironment } from '../config/environment.ts';
import { CannotStart } from './cannot-start.ts';
import { LOCAL_REGION } from './dynamodb.ts';
import { serverlessCommand } from './installed-packages.ts';
import { withoutInspect } from './options.ts';
import { PROGRESS, READY } from './serverless-like-aws.ts';

export interface LocalOptions {
  readonly port: number;
  /** Scheme, host and port of the website that calls the API. */
  readonly websiteDomain: string;
  /** Where the embedded DynamoDB keeps its data; in memory if absent. */
  readonly folder?: string;
  /** Starts with an empty database. */
  readonly fresh?: boolean;
  /** Further environment variables, as docs/configuration.md lists them. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Hears each line that the API prints: its requests, and what its functions log. */
  readonly onLine?: (line: string) => void;
  /** Where a debugger attaches to the functions. */
  readonly inspectPort?: number;
  /** Whether the local sign-in provider runs, if the recipes use it. Absent: it does not. */
  readonly signInProvider?: boolean;
  /** Another serverless.yml, in the same folder. */
  readonly serverlessConfig?: string;
}

export interface ApiProcess {
  /** Resolves with how the process has ended: `exit code 1`, or a signal. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

/**
 * Runs the API in a process of its own, and resolves when it listens.
 * @throws CannotStart
 */
export async function startApi(options: LocalOptions, endpoint: string): Promise<ApiProcess> {
  const { port, onLine = () => undefined } = options;
  const folders = { work: `.esbuild/${port}`, mailbox: await mkdtemp(join(tmpdir(), 'mailbox-')) };
  const child = spawn(process.execPath, commandLine(options), {
    env: environmentOf(options, endpoint, folders),
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C goes to us alone, and we end the group in order.
    detached: true,
  });
  const ended = once(child, 'exit').then(([code, signal]) => signal ?? `exit code ${code}`);
  const stop = async (): Promise<void> => {
    await endGroup(child, ended);
    await Promise.all(Object.values(folders).map((folder) => rm(folder, { recursive: true, force: true })));
  };
  try {
    await ready(child, onLine);
  } catch (error) {
    await stop();
    throw error;
  }
  return { ended, stop };
}

interface Folders {
  /** Where serverless-esbuild bundles the functions. */
  readonly work: string;
  readonly mailbox: string;
}

const environmentOf = (
  { port, websiteDomain, environment }: LocalOptions,
  endpoint: string,
  { work, mailbox }: Folders,
): NodeJS.ProcessEnv => ({
  ...processEnvironment(),
  NODE_OPTIONS: withoutInspect(processEnvironment().NODE_OPTIONS),
  AWS_REGION: LOCAL_REGION,
  API_DOMAIN: processEnvironment().API_DOMAIN || `http://localhost:${port}`,
  WEBSITE_DOMAIN: websiteDomain,
  READABLE_BUNDLES: 'on',
  ...environment,
  DYNAMODB_ENDPOINT: endpoint,
  DEV_MAILBOX_FOLDER: mailbox,
  ESBUILD_WORK_FOLDER: work,
  SLS_NOTIFICATIONS_MODE: 'off',
});

/** Ends a process and all that it has started. */
async function endGroup(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  const { pid } = child;
  const signal = (name: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null && pid !== undefined) process.kill(-pid, name);
  };
  signal('SIGINT');
  const late = setTimeout(signal, STOP_TIME, 'SIGKILL');
  await ended;
  clearTimeout(late);
}

function commandLine({ port, serverlessConfig, inspectPort }: LocalOptions): string[] {
  const preload = new URL('./exit-with-parent.mjs', import.meta.url).href;
  // 0 is any free port: only functions that invoke each other ask there.
  const ports = ['--httpPort', String(port), '--lambdaPort', '0'];
  const config = serverlessConfig === undefined ? [] : ['--config', serverlessConfig];
  // The bundles have source maps in development: errors then name lines of the sources.
  const node = ['--enable-source-maps', '--import', preload];
  // Functions are worker threads. Chrome finds them by the second flag, editors without it.
  if (inspectPort !== undefined) node.push(`--inspect=127.0.0.1:${inspectPort}`, '--experimental-worker-inspection');
  return [...node, serverlessCommand(), 'offline', 'start', '--stage', 'dev', ...config, ...ports];
}

/** ms. serverless-offline can fail without ending, and then does not react to a signal either. */
const START_TIME = 180_000;
const STOP_TIME = 10_000;

/** Waits for the API to listen; what it printed until then is only of interest if it does not. */
async function ready(child: ChildProcess, onLine: (line: string) => void): Promise<void> {
  const startup: string[] = [];
  let isReady = false;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const listen = (line: string): void => {
    if (isReady ? isWorthReading(line) : line.startsWith(PROGRESS)) onLine(line);
    if (isReady) return;
    startup.push(line);
    isReady = line === READY;
    if (isReady) resolve();
  };
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) createInterface({ input: stream }).on('line', listen);
  }
  const fail = () => reject(new CannotStart(`The API did not start:\n${startup.filter(saysWhy).join('\n')}`));
  // Only then has all been read that the process printed.
  child.once('close', fail);
  const late = setTimeout(fail, START_TIME);
  return promise.finally(() => clearTimeout(late));
}

/** The lines that say what is wrong: without those of the Serverless Framework about itself, and esbuild's second report. */
const saysWhy = (line: string): boolean =>
  line.trim() !== '' &&
  !line.startsWith(PROGRESS) &&
  !/^(Environment|Docs): |^Error:$|^ +at .*(node_modules\/|node:|new Promise)/.test(line) &&
  !/^Error: Build failed with |^\S.*:\d+:\d+: ERROR: /.test(line);

/** serverless-offline's own lines about its start and about each invocation are noise here. */
const isWorthReading = (line: string): boolean =>
  line.trim() !== '' && !/^(\(λ: |[A-Z]+ \S+ \(λ: |[┌│└]|Server ready: |Running Authorization function )/.test(line);

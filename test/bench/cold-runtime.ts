import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A function as Lambda would find it: unpacked in a folder, with its handler and environment. */
export interface ColdFunction {
  readonly folder: string;
  /** `<file without extension>.<export>` */
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** A function that has just started, in a process of its own. */
export interface BootedFunction {
  /** From the start of the process until it asks for the first event: Node, the runtime client and the handler. */
  readonly initMs: number;
  /** From handing over an event until the answer is there. @throws Error if the function failed */
  invoke(event: object): Promise<{ ms: number; answer: { statusCode?: number; body?: string } }>;
  /** What all of its threads have had of the processors so far, whatever else the machine does. */
  cpuMs(): Promise<number>;
  peakRssBytes(): Promise<number>;
  stop(): Promise<void>;
  /** Stops the process by SIGTERM, at which a function may have something left to write. */
  exit(): Promise<void>;
}

const API = '/2018-06-01/runtime';
/** Whatever has not answered by then never will. */
const TIMEOUT_MS = 20_000;

/** Boots a function under the real Lambda runtime client, against a Runtime API of ours. */
export async function boot(client: string, coldFunction: ColdFunction): Promise<BootedFunction> {
  const api = createRuntimeApi();
  const port = await api.listen();
  const started = performance.now();
  const child = start(client, coldFunction, port);
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (log += String(chunk)));
  const gone = once(child, 'exit').then(() => Promise.reject(new Error(`The function has ended:\n${log}`)));
  gone.catch(() => undefined);
  const inTime = <Result>(result: Promise<Result>): Promise<Result> =>
    Promise.race([result, gone, timeout(() => `No answer from ${coldFunction.handler}:\n${log}`)]);
  await inTime(api.asked());
  const initMs = performance.now() - started;
  return {
    initMs,
    async invoke(event) {
      const begun = performance.now();
      const answer = await inTime(api.deliver(event));
      const ms = performance.now() - begun;
      // The next event goes to a function that waits for it, as Lambda does it.
      await inTime(api.asked());
      return { ms, answer: JSON.parse(answer) as object };
    },
    cpuMs: () => readCpuMs(child),
    peakRssBytes: () => readPeakRss(child),
    stop: () => end(child, api, 'SIGKILL'),
    exit: () => end(child, api, 'SIGTERM'),
  };
}

async function end(child: ChildProcess, api: { close(): void }, signal: NodeJS.Signals): Promise<void> {
  const ended = once(child, 'exit');
  child.kill(signal);
  // An exit waits for the thread that asks for the next event.
  api.close();
  await ended;
}

/** The Runtime API as far as the client uses it: the next event, its answer, its error. */
function createRuntimeApi() {
  let waiting = Promise.withResolvers<ServerResponse>();
  let answered = Promise.withResolvers<string>();
  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.url === `${API}/invocation/next`) return waiting.resolve(response);
    const body = await text(request);
    response.writeHead(202).end('{"status":"OK"}');
    if (request.url?.endsWith('/response')) answered.resolve(body);
    else answered.reject(new Error(`The function failed: ${body}`));
  };
  const server = createServer((request, response) => void receive(request, response));
  return {
    async listen(): Promise<number> {
      await once(server.listen(0, '127.0.0.1'), 'listening');
      return (server.address() as AddressInfo).port;
    },
    /** Resolves when the function asks for an event; rejects if it could not start. */
    asked: async (): Promise<void> => {
      await Promise.race([waiting.promise, answered.promise.then(() => waiting.promise)]);
    },
    async deliver(event: object): Promise<string> {
      const response = await waiting.promise;
      waiting = Promise.withResolvers();
      answered = Promise.withResolvers();
      response.writeHead(200, {
        'content-type': 'application/json',
        'lambda-runtime-aws-request-id': randomUUID(),
        'lambda-runtime-deadline-ms': String(Date.now() + 10_000),
        'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:us-east-1:123456789012:function:bench',
      });
      response.end(JSON.stringify(event));
      return answered.promise;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** With as little in the environment as Lambda has. */
const start = (client: string, { folder, handler, environment }: ColdFunction, port: number): ChildProcess =>
  spawn(process.execPath, [client], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      TZ: ':UTC',
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
      AWS_LAMBDA_FUNCTION_NAME: 'bench',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/bench',
      AWS_LAMBDA_LOG_STREAM_NAME: 'bench',
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'bench',
      AWS_SECRET_ACCESS_KEY: 'bench',
      LAMBDA_TASK_ROOT: folder,
      _HANDLER: handler,
      NODE_ENV: 'production',
      ...environment,
    },
  });

function timeout(message: () => string): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(message())), TIMEOUT_MS).unref();
  });
}

/** Linux knows the highest that it ever was; so does the runtime client run on Linux alone. */
async function readPeakRss({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

async function readCpuMs({ pid }: ChildProcess): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`);
  const statistics = threads.map((thread) =>
    readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').catch(() => '0'),
  );
  return (await Promise.all(statistics)).reduce((total, text) => total + Number.parseInt(text, 10), 0) / 1e6;
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Core, CoreResponse } from '../core/index.ts';
import { foreignRequest } from '../dev/foreign-request.ts';
import { withinExtensibleBudget } from '../dynamodb/time-budget.ts';

/** Far more than any session: DynamoDB's items end at 400 KB. */
const MAX_BODY_BYTES = 1024 * 1024;

/** As much of a larger body is read, so that a client that sends all of it before it reads gets the answer too. */
const MAX_READ_BYTES = 16 * MAX_BODY_BYTES;

/** As long as an answer may take that has to wait for DynamoDB, ms: less than its callers wait. Hashing comes on top. */
const REQUEST_BUDGET_MS = 10_000;

/** As long as the official core keeps an idle connection open, ms. */
const IDLE_CONNECTION_MS = 60_000;

export interface CoreServerOptions {
  /** Whether the core checks API keys. Without them the server refuses what a web page may have sent. */
  readonly hasApiKeys: boolean;
  /** The name that it listens on. */
  readonly host: string;
}

/** Serves a core over HTTP, as the official core is served. */
export function createCoreServer(core: Core, options: CoreServerOptions): Server {
  const server = createServer((request, response) => {
    const foreign = options.hasApiKeys ? undefined : foreignRequest(request.headers, options.host);
    const answering =
      foreign === undefined ? respond(server, core, request, response) : refuse(request, response, foreign);
    void answering.catch(() => {
      // The client has gone, so there is no one to answer.
      request.destroy();
    });
  });
  server.keepAliveTimeout = IDLE_CONNECTION_MS;
  return server;
}

async function respond(server: Server, core: Core, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request);
  const answer =
    body === undefined
      ? TOO_LARGE
      : await withinExtensibleBudget(REQUEST_BUDGET_MS, () => core.handle({ ...readHead(request), body }));
  // On a kept connection, a client could continue to send requests to a stopping server.
  response.shouldKeepAlive &&= server.listening;
  response.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) });
  response.end(request.method === 'HEAD' ? undefined : answer.body);
}

/** Before the body is read: what a page sends must have no effect. */
async function refuse(request: IncomingMessage, response: ServerResponse, reason: string): Promise<void> {
  request.resume();
  response.writeHead(403, { 'content-type': 'text/html; charset=UTF-8', connection: 'close' });
  response.end(`${reason} With API_KEYS set, the core accepts every host.\n`);
}

const TOO_LARGE: CoreResponse = {
  status: 413,
  headers: { 'content-type': 'text/html; charset=UTF-8', connection: 'close' },
  body: `The body must not have more than ${MAX_BODY_BYTES} bytes\n`,
};

function readHead({ method = 'GET', url = '/', headers }: IncomingMessage) {
  const at = url.indexOf('?');
  const path = at === -1 ? url : url.slice(0, at);
  const single = Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]);
  return {
    method,
    path: decoded(path),
    query: new URLSearchParams(at === -1 ? '' : url.slice(at + 1)),
    headers: Object.fromEntries(single) as Record<string, string | undefined>,
  };
}

/** A path that is no percent-encoding is no path of ours either. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** @returns `undefined` if there is more than a core takes */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    if (bytes > MAX_READ_BYTES) break;
  }
  return bytes > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks).toString('utf8');
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { UserId } from '../../../lib/core/types.ts';
import type { LambdaHandler } from '../../../lib/http/pipeline.ts';
import { routeKeys, SIGN_IN, SIGN_UP, USER_ROUTES } from '../../../lib/http/sdk-routes.ts';
import type { TestDatabase } from '../../fixtures/core.ts';
import { type Deployment, fetchFrom, type Route } from '../../fixtures/gateway.ts';
import { startFunction, userEnvironment } from '../../fixtures/lambda.ts';
import { PASSWORD } from '../../fixtures/log-in.ts';
import { listenOnLoopback, stopServer } from '../../fixtures/loopback.ts';

/** A user who signs in. */
export const LOGIN = { email: 'me@example.com', password: PASSWORD, isNew: false };

/** A request on its way to the functions; what is changed is changed for them. */
export interface Passing {
  method: string;
  path: string;
  readonly headers: Headers;
  readonly body: string;
}

/** What goes wrong between client and functions. */
export interface Fault {
  request?(request: Passing): void;
  /** In place of the functions; `undefined` lets the request through, `'silence'` leaves it without an answer. */
  instead?(request: Passing): Response | 'silence' | undefined;
  answer?(answer: Response, request: Passing): Response | Promise<Response>;
}

/** The service's own functions behind a real HTTP server, and between them whatever is broken. */
export interface BreakableService {
  /** Where clients believe it to be. */
  readonly origin: string;
  /** Where it really listens. */
  readonly address: string;
  fault: Fault;
  stop(): Promise<void>;
}

export interface Deploying {
  /** By default where it really listens. */
  readonly origin?: string;
  readonly kind?: Deployment['kind'];
  readonly stage?: string;
  readonly mapping?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export async function startBreakableService(database: TestDatabase, deploying: Deploying): Promise<BreakableService> {
  const { kind = 'function-url', stage = '$default', mapping, environment = {} } = deploying;
  let serve: typeof fetch | undefined;
  const server = createServer((incoming, outgoing) => {
    if (serve === undefined) outgoing.destroy();
    else void pass(incoming, outgoing, service, serve);
  });
  const address = `http://localhost:${await listenOnLoopback(server)}`;
  const origin = deploying.origin ?? address;
  const deployment = { kind, origin, stage, ...(mapping !== undefined && { mapping }) };
  const service: BreakableService = {
    origin,
    address,
    fault: {},
    async stop() {
      await stopServer(server);
    },
  };
  serve = fetchFrom(deployment, await startRoutes(database, { API_DOMAIN: origin, ...environment }));
  return service;
}

async function pass(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  service: BreakableService,
  serve: typeof fetch,
) {
  const headers = new Headers(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
  const { method = 'GET', url = '/' } = incoming;
  const request = { method, path: url, headers, body: await text(incoming) };
  const { fault } = service;
  fault.request?.(request);
  const instead = fault.instead?.(request);
  if (instead === 'silence') return;
  const answer = instead ?? (await serve(`${service.origin}${request.path}`, withBody(request)));
  const { status, headers: received, body } = (await fault.answer?.(answer, request)) ?? answer;
  outgoing.writeHead(status, { ...Object.fromEntries(received), 'set-cookie': received.getSetCookie() });
  outgoing.end(body === null ? undefined : Buffer.from(await new Response(body).arrayBuffer()));
}

const withBody = ({ method, headers, body }: Passing): RequestInit => ({
  method,
  headers,
  ...(body !== '' && { body }),
});

/** As serverless.yml has them; the fallback comes last. */
const routesWith = (basePath: string) =>
  [
    [`ANY ${basePath}/{proxy+}`, 'auth'],
    ['GET /sessioninfo', 'session-info'],
    ['GET /health', 'health'],
    ['ANY /{proxy+}', 'not-found'],
  ] as const;

async function startRoutes(database: TestDatabase, variables: Readonly<Record<string, string>>): Promise<Route[]> {
  const { API_BASE_PATH: basePath = '/auth' } = variables;
  const environment = { ...userEnvironment(database.endpoint, database.tables), ...variables };
  // A function of its own, as serverless.yml has it: a process has users from its start, or none.
  const user = await startFunction(environment, () => import('../../../handlers/user.ts'));
  const ofUsers = routeKeys(USER_ROUTES, basePath).map((key): Route => ({ key, handler: user.handler }));
  return startFunction(environment, async () => {
    const files = routesWith(basePath).map(async ([key, file]): Promise<Route> => {
      const { handler } = (await import(`../../../handlers/${file}.ts`)) as { handler: LambdaHandler };
      return { key, handler };
    });
    const handler = await loadLogIn(user.handler);
    const logIns = [SIGN_IN, SIGN_UP].map((path): Route => ({ key: `POST ${basePath}${path}`, handler }));
    return [...logIns, ...ofUsers, ...(await Promise.all(files))];
  });
}

/**
 * Signs every user up and in as SuperTokens' recipe does, without a password: hashing takes long, and the log-in limits would
 * refuse that many tests. The recipe itself answers an empty form, with which the doctor asks whether there is such a route.
 */
async function loadLogIn(user: LambdaHandler): Promise<LambdaHandler> {
  const { json, publicRoute, startSession } = await import('../../../lib/index.ts');
  const logIn = publicRoute(async (request) => {
    await startSession(request, 'user' as UserId);
    return json(200, { status: 'OK', user: { id: 'user' } });
  });
  return (event, context) => (isEmptyForm(event) ? user(event, context) : logIn(event, context));
}

const isEmptyForm = (event: unknown): boolean =>
  (event as { readonly body?: string }).body?.includes('"formFields":[]') === true;

/** The answer with some of its headers set, or taken away. */
export function withHeaders(answer: Response, changes: Readonly<Record<string, string | undefined>>): Response {
  const headers = new Headers(answer.headers);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) headers.delete(name);
    else headers.set(name, value);
  }
  return new Response(answer.body, { status: answer.status, headers });
}

/** The answer with its cookies rewritten. */
export function withCookies(answer: Response, change: (cookie: string) => string): Response {
  const cookies = answer.headers.getSetCookie();
  const changed = withHeaders(answer, { 'set-cookie': undefined });
  for (const cookie of cookies) changed.headers.append('set-cookie', change(cookie));
  return changed;
}

/** The answer with its JSON changed. */
export async function withJson(answer: Response, change: (json: Readonly<Record<string, unknown>>) => object) {
  const json = change((await answer.json()) as Record<string, unknown>);
  return new Response(JSON.stringify(json), { status: answer.status, headers: answer.headers });
}

export const jsonAnswer = (status: number, body: object): Response => Response.json(body, { status });

export const page = (status: number): Response =>
  new Response('<!doctype html><title>Our website</title>', { status, headers: { 'content-type': 'text/html' } });

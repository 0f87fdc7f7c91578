import middy, { type MiddlewareObj, type Request } from '@middy/core';
import type { Context } from 'aws-lambda';
import { middleware } from 'supertokens-node/framework/awsLambda';
import type { SessionContainer } from 'supertokens-node/recipe/session';
import { verifySession } from 'supertokens-node/recipe/session/framework/awsLambda';
import type { UserId } from '../core/types.ts';
import { noteSession } from '../observability/invocation.ts';
import { log } from '../observability/log.ts';
import { type Service, service } from '../supertokens/service.ts';
import { corsHeaders, preflightHeaders } from './cors.ts';
import { toResponse } from './error-response.ts';
import { HttpError } from './errors.ts';
import { type GatewayRequest, type GatewayResponse, payloadFormatOf, readEvent, writeResponse } from './gateway.ts';
import { withinLambdaTime } from './lambda-time.ts';
import { refuseUnrouted } from './not-found.ts';
import { type LambdaHandler, observed } from './observed.ts';
import { cacheablePublicDocuments, DISCOVERY_PATH, JWKS_PATH } from './public-documents.ts';

export type { LambdaHandler } from './observed.ts';

/** Answers a request; what it throws becomes an answer too (`HttpError`), or a 500 without detail. */
export type RouteHandler = (request: GatewayRequest, context: Context) => Promise<GatewayResponse>;

/** Answers a request that carries a session. */
export type ProtectedHandler = (
  request: GatewayRequest & { readonly session: SessionContainer },
  context: Context,
) => Promise<GatewayResponse>;

/** Answers a request that may carry a session (`sessionRequired: false`). */
export type OptionalSessionHandler = (
  request: GatewayRequest & { readonly session?: SessionContainer },
  context: Context,
) => Promise<GatewayResponse>;

/** The user who is logged in. */
export const userIdOf = ({ session }: { readonly session: SessionContainer }): UserId => session.getUserId() as UserId;

export type VerifySessionOptions = NonNullable<Parameters<typeof verifySession>[1]>;

/** SuperTokens' own routes: refresh, sign-out, JWKS, discovery. */
export function authRoutes(): LambdaHandler {
  const started = service();
  const { apiBasePath } = started.config.app;
  const routes = AUTH_ROUTES.map(([method, path]) => `${method} ${apiBasePath}${path}`);
  // Reached only where SuperTokens has no route of its own.
  const unrouted: RouteHandler = async (request) => refuseUnrouted(request, routes);
  const base = middleware(unrouted as Parameters<typeof middleware>[0]);
  // Sign-out verifies the access token, as a protected route does.
  const signOut = publishedKeysFirst(started, `${apiBasePath}/signout`);
  return pipeline(started, base, cacheablePublicDocuments(apiBasePath), keysAhead(started, 'POST'), signOut);
}

/** What the SDK answers below the API base path with the Session recipe. */
const AUTH_ROUTES = [
  ['POST', '/session/refresh'],
  ['POST', '/signout'],
  ['GET', JWKS_PATH],
  ['GET', DISCOVERY_PATH],
] as const;

/** A route that needs no session. It may create one, or read one that is there. */
export function publicRoute(handler: RouteHandler): LambdaHandler {
  const started = service();
  return pipeline(started, middleware(handler as Parameters<typeof middleware>[0]), keysAhead(started));
}

/** A route that has nothing to do with sessions, and does not know SuperTokens. */
export const plainRoute = (handler: RouteHandler): LambdaHandler => pipeline(service(), handler);

/** A route for who is logged in: without a good access token the answer is 401. */
export function protectedRoute(
  handler: ProtectedHandler,
  options?: VerifySessionOptions & { sessionRequired?: true },
): LambdaHandler;
export function protectedRoute(
  handler: OptionalSessionHandler,
  options: VerifySessionOptions & { sessionRequired: false },
): LambdaHandler;
export function protectedRoute(
  handler: ProtectedHandler | OptionalSessionHandler,
  options: VerifySessionOptions = {},
): LambdaHandler {
  const started = service();
  refuseUnreachableDatabase(started, options);
  const noting = notingSession(handler, options.sessionRequired ?? true);
  const verified = verifySession(noting as Parameters<typeof verifySession>[0], options);
  return pipeline(started, verified, keysAhead(started), publishedKeysFirst(started));
}

/** What is logged from the handler on says whose session it was about. */
const notingSession =
  (handler: ProtectedHandler | OptionalSessionHandler, isRequired: boolean): OptionalSessionHandler =>
  async (request, context) => {
    // verifySession lets TRACE pass without looking at anything.
    if (isRequired && request.session === undefined) throw new HttpError(401, 'unauthorised');
    noteSession(request.session?.getHandle());
    return (handler as OptionalSessionHandler)(request, context);
  };

/** @throws Error at the start of the function rather than at its first request */
export function refuseUnreachableDatabase({ config: { core } }: Service, options: VerifySessionOptions): void {
  if (options.checkDatabase !== true || core.kind === 'remote' || core.sessionTables !== undefined) return;
  throw new Error(
    'checkDatabase needs the session tables, but this function only verifies access tokens. In serverless.yml, give ' +
      'it the environment and the role of a session function: SESSIONS_TABLE, KEYS_TABLE and role SessionRole.',
  );
}

function pipeline(started: Service, base: unknown, ...extra: MiddlewareObj[]): LambdaHandler {
  const handler = middy(base as LambdaHandler, {
    // Room to answer before Lambda ends the function without a word.
    timeoutEarlyInMillis: 250,
  })
    .use(gateway(started))
    .use(cors(started))
    .use(errors())
    .use(extra.length > 0 ? extra : noMiddleware);
  return observed(
    withinLambdaTime((event: unknown, context: Context) => handler(event, context)),
    started.config.metrics,
  );
}

const noMiddleware: MiddlewareObj = { before: () => undefined };

type RouteRequest = Request<GatewayRequest, GatewayResponse, Error, Context, { format?: '1.0' | '2.0' }>;

/** Outermost: reads every kind of event into one, and writes the answer in the format that was asked in. */
function gateway({ config }: Service): MiddlewareObj {
  const write = (request: RouteRequest): void => {
    const format = request.internal.format;
    if (format !== undefined && request.response) request.response = writeResponse(request.response, format);
  };
  return {
    before(request) {
      const format = payloadFormatOf(request.event);
      // A schedule that keeps functions warm, say: there is nobody to answer to, but the function has started.
      if (format === undefined) return { ignored: 'not an HTTP request' };
      Object.assign(request, { event: readEvent(request.event, format, config.app.apiGatewayPath) });
      Object.assign(request.internal, { format });
    },
    after: (request) => write(request as RouteRequest),
    onError: (request) => write(request as RouteRequest),
  };
}

/** Before SuperTokens: the website is told what it may read, whatever the answer is. */
function cors({ config: { app } }: Service): MiddlewareObj {
  const add = ({ event, response }: RouteRequest): void => {
    if (response) response.headers = withCors(response.headers, corsHeaders(event.headers.origin, app.websiteDomain));
  };
  return {
    before(request) {
      const { event, internal } = request as RouteRequest;
      if (event.httpMethod !== 'OPTIONS') return undefined;
      const headers = preflightHeaders(event.headers.origin, app.websiteDomain);
      return writeResponse({ statusCode: 204, headers }, internal.format ?? '2.0');
    },
    after: (request) => add(request as RouteRequest),
    onError: (request) => add(request as RouteRequest),
  };
}

/** SuperTokens writes some of these itself, in its own spelling: a header must not stand twice. */
function withCors(headers: GatewayResponse['headers'], ours: Readonly<Record<string, string>>) {
  const theirs = Object.entries(headers ?? {}).filter(([name]) => !name.toLowerCase().startsWith('access-control-'));
  return { ...Object.fromEntries(theirs), ...ours };
}

/** After SuperTokens' own error handler: whatever it leaves becomes a JSON answer. */
function errors(): MiddlewareObj {
  return {
    onError(request) {
      const { error, event } = request as unknown as RouteRequest;
      const response = toResponse(error);
      if ((response.statusCode ?? 500) >= 500) {
        const { method, path } = event.requestContext.http;
        log('error', 'RequestFailed', { method, path, error });
      }
      request.response = response;
    },
  };
}

/**
 * Reads the keys while the function starts, and not while its first request waits.
 * @param onlyFor the method of the requests that need them, if not all do
 */
function keysAhead(started: Service, onlyFor?: 'POST'): MiddlewareObj {
  void started.readKeysAhead();
  return {
    async before({ event }) {
      // Nothing fails here: whoever needs keys, and has none, reads them again.
      if (onlyFor === undefined || (event as GatewayRequest).httpMethod === onlyFor) await started.readKeysAhead();
    },
  };
}

/**
 * Reads the published keys before the SDK verifies: it takes whatever goes wrong then for a bad token, and would answer
 * 401 to everybody while DynamoDB is away.
 * @param path the one path whose requests are verified; absent: all of them are
 */
function publishedKeysFirst({ publishedKeys }: Service, path?: string): MiddlewareObj {
  return {
    async before({ event }) {
      if (path === undefined || (event as GatewayRequest).path === path) await publishedKeys.read();
    },
  };
}

import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type { RouteConfig } from '../config/service-config.ts';
import type { Websites } from '../config/websites.ts';
import { log } from '../observability/log.ts';
import { corsHeaders, preflightHeaders } from './cors.ts';
import { toResponse } from './error-response.ts';
import { refuseForeignPages } from './foreign-page.ts';
import { type GatewayRequest, type GatewayResponse, payloadFormatOf } from './gateway.ts';
import { withinLambdaTime } from './lambda-time.ts';
import { type LambdaHandler, observed } from './observed.ts';
import { readEvent } from './read-event.ts';
import type { RouteHandler, RouteMiddleware } from './route-types.ts';
import { writeResponse } from './write-response.ts';

export type { LambdaHandler } from './observed.ts';
export type { RouteHandler, RouteMiddleware } from './route-types.ts';

/**
 * The Lambda handler of a route, of whatever kind: reads the event, answers it, and writes the response in the event's
 * payload format. Every response has CORS headers, and every error becomes a JSON response.
 * @param middlewares run after these, nearest to `answer`
 */
export function pipeline(
  { app, metrics }: RouteConfig,
  answer: RouteHandler,
  ...middlewares: RouteMiddleware[]
): LambdaHandler {
  // Lambda ends a function without a response when its time is up: middy answers 250 ms earlier.
  const answering = middy<GatewayRequest, GatewayResponse, Error, Context>(answer, { timeoutEarlyInMillis: 250 })
    .use(cors(app.websites))
    .use(errors)
    .use(refuseForeignPages(app));
  for (const middleware of middlewares) answering.use(middleware);
  const handler = async (event: unknown, context: Context): Promise<object> => {
    const format = payloadFormatOf(event);
    // A schedule that keeps functions warm, for example. It needs no response, and the function has started.
    if (format === undefined) return { ignored: 'not an HTTP request' };
    const request = readEvent(event, format, app.apiGatewayPath);
    return writeResponse(await answering(request, context), format);
  };
  return observed(withinLambdaTime(handler), metrics);
}

/** Outermost, so that the website may read every response, errors included. */
function cors(websites: Websites): RouteMiddleware {
  const add: NonNullable<RouteMiddleware['after']> = ({ event, response }) => {
    if (response) response.headers = withCors(response.headers, corsHeaders(event.headers.origin, websites));
  };
  return {
    before({ event }): GatewayResponse | undefined {
      if (event.httpMethod !== 'OPTIONS') return undefined;
      return { statusCode: 204, headers: preflightHeaders(event.headers.origin, websites) };
    },
    after: add,
    onError: add,
  };
}

/** SuperTokens writes some of these headers itself, in its own spelling. No header may occur twice. */
function withCors(headers: GatewayResponse['headers'], ours: Readonly<Record<string, string>>) {
  const theirs = Object.entries(headers ?? {}).filter(([name]) => !name.toLowerCase().startsWith('access-control-'));
  return { ...Object.fromEntries(theirs), ...ours };
}

/** Runs after SuperTokens' own error handler. Every error that the SDK leaves becomes a JSON response. */
const errors: RouteMiddleware = {
  onError(request) {
    const { error, event } = request;
    const response = toResponse(error);
    if (response.statusCode >= 500) {
      const { method, path } = event.requestContext.http;
      log('error', 'RequestFailed', { method, path, error });
    }
    request.response = response;
  },
};

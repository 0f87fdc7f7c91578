import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { httpApiEvent } from '../fixtures/lambda.ts';
import { listenOnLoopback, stopServer } from '../fixtures/loopback.ts';
import type { Lambda } from './lambda.ts';
import type { Stack } from './service.ts';

/** A deployed HTTP API: what moto's CloudFormation does not make. */
export interface HttpApi {
  readonly url: string;
  stop(): Promise<void>;
}

interface Route {
  /** Such as `POST /auth/signup`, `ANY /auth/{proxy+}` or `$default`. */
  readonly key: string;
  /** Resource ids of functions. */
  readonly target: string;
  readonly authorizer: string | undefined;
}

/** Serves the routes of the deployed template, with events of payload 2.0. Lambda authorizers decide in front of them. */
export async function startHttpApi(stack: Stack, lambda: Lambda): Promise<HttpApi> {
  const routes = routesOf(stack);
  const server = createServer((request, response) => {
    answer(routes, lambda, request, response).catch((error: unknown) => {
      // As API Gateway answers when a function fails. The log says why.
      console.error(`${request.method} ${request.url}:`, error);
      response.writeHead(500, { 'content-type': 'application/json' }).end('{"message":"Internal Server Error"}');
    });
  });
  const port = await listenOnLoopback(server);
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      await stopServer(server);
    },
  };
}

function routesOf({ resources }: Stack): Route[] {
  const functionOf = (id: string): string => resources[id]?.Properties.IntegrationUri['Fn::GetAtt'][0];
  const authorizerOf = (id: string): string =>
    resources[id]?.Properties.AuthorizerUri['Fn::Join'][1].find((part: object) => 'Fn::GetAtt' in Object(part))[
      'Fn::GetAtt'
    ][0];
  return Object.values(resources)
    .filter(({ Type }) => Type === 'AWS::ApiGatewayV2::Route')
    .map(({ Properties: { RouteKey, Target, AuthorizerId } }) => ({
      key: RouteKey,
      target: functionOf(Target['Fn::Join'][1][1].Ref),
      authorizer: AuthorizerId === undefined ? undefined : authorizerOf(AuthorizerId.Ref),
    }));
}

async function answer(routes: readonly Route[], lambda: Lambda, request: IncomingMessage, response: ServerResponse) {
  const { method = 'GET', url = '/' } = request;
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const route = routeOf(routes, method, pathname);
  const { cookie, ...headers } = request.headers as Record<string, string>;
  const body = await text(request);
  const event = httpApiEvent(method, pathname, {
    headers: { ...headers, ...(cookie !== undefined && { cookie }) },
    ...(cookie !== undefined && { cookies: cookie.split('; ') }),
    ...(body !== '' && { body }),
    query: Object.fromEntries(searchParams),
    pathParameters: { handle: pathname.split('/').at(-1) ?? '' },
  });
  event.routeKey = route.key;
  if (route.authorizer !== undefined) {
    const { isAuthorized, context } = await lambda.invoke(route.authorizer, { ...event, type: 'REQUEST' });
    if (isAuthorized !== true) return response.writeHead(403).end('{"message":"Forbidden"}');
    Object.assign(event.requestContext, { authorizer: { lambda: context } });
  }
  const result = (await lambda.invoke(route.target, event)) as APIGatewayProxyStructuredResultV2;
  for (const [name, value] of Object.entries(result.headers ?? {})) response.setHeader(name, String(value));
  if (result.cookies !== undefined) response.setHeader('set-cookie', result.cookies);
  response
    .writeHead(result.statusCode ?? 200)
    .end(Buffer.from(result.body ?? '', result.isBase64Encoded ? 'base64' : 'utf8'));
}

/** API Gateway takes the most specific route: an exact path first, a greedy one later, `$default` last. */
function routeOf(routes: readonly Route[], method: string, path: string): Route {
  const matching = routes.filter(({ key }) => matches(key, method, path));
  const [best] = matching.sort((one, other) => rank(one.key) - rank(other.key));
  if (best === undefined) throw new Error(`No route for ${method} ${path}`);
  return best;
}

function matches(key: string, method: string, path: string): boolean {
  if (key === '$default') return true;
  const [verb = '', pattern = ''] = key.split(' ');
  const expression = pattern.replace(/\{\w+\+\}/g, '.+').replace(/\{\w+\}/g, '[^/]+');
  return (verb === 'ANY' || verb === method) && new RegExp(`^${expression}$`).test(path);
}

const rank = (key: string): number => (key === '$default' ? 3 : key.includes('+}') ? 2 : key.includes('{') ? 1 : 0);

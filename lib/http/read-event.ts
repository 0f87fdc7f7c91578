import { isUtf8 } from 'node:buffer';
import { type Fields, fieldsOf, isText, textOf } from './fields.ts';
import type { GatewayRequest, PayloadFormat } from './gateway.ts';

/** Reads an event of the given format. @param gatewayPath the configured stage or base-path mapping, or empty */
export function readEvent(event: unknown, format: PayloadFormat, gatewayPath: string): GatewayRequest {
  const fields = fieldsOf(event);
  switch (format) {
    case '2.0':
      return readV2(fields, gatewayPath);
    case '1.0':
      return readV1(fields, gatewayPath);
    case 'ALB':
    case 'ALB multi-value':
      return readLoadBalancer(fields, gatewayPath);
  }
}

function readV2(event: Fields, gatewayPath: string): GatewayRequest {
  const { http: received, stage } = fieldsOf(event.requestContext);
  const http = fieldsOf(received);
  const cookies = textsOf(event.cookies);
  return toRequest(event, {
    method: textOf(http.method),
    path: pathV2(textOf(event.rawPath), stagePathOf(stage), textOf(event.routeKey), gatewayPath),
    headers: { ...headersOf(event.headers), ...(cookies.length > 0 && { cookie: cookies.join('; ') }) },
    rawQueryString: textOf(event.rawQueryString),
    query: joined(pairsOf(event.queryStringParameters), ','),
    caller: http,
  });
}

function readV1(event: Fields, gatewayPath: string): GatewayRequest {
  // Only the lists have all values of a repeated header or parameter.
  const listed = pairsOf(event.multiValueQueryStringParameters);
  const query = listed.length > 0 ? listed : pairsOf(event.queryStringParameters);
  return toRequest(event, {
    method: textOf(event.httpMethod),
    path: pathV1(event, gatewayPath),
    headers: { ...headersOf(event.headers), ...headersOf(event.multiValueHeaders) },
    rawQueryString: new URLSearchParams(query).toString(),
    query: joined(query, ','),
    caller: fieldsOf(fieldsOf(event.requestContext).identity),
  });
}

/**
 * A load balancer passes on the query as the client has encoded it, and names neither domain nor client.
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
 */
function readLoadBalancer(event: Fields, gatewayPath: string): GatewayRequest {
  const headers = { ...headersOf(event.headers), ...headersOf(event.multiValueHeaders) };
  const encoded = [...pairsOf(event.queryStringParameters), ...pairsOf(event.multiValueQueryStringParameters)].map(
    ([name, value]) => `${name}=${value}`,
  );
  const requestContext = { ...fieldsOf(event.requestContext), domainName: headers.host };
  return toRequest(
    { ...event, requestContext },
    {
      method: textOf(event.httpMethod),
      path: without(textOf(event.path), gatewayPath),
      headers,
      rawQueryString: encoded.join('&'),
      query: joined(
        encoded.flatMap((pair) => [...new URLSearchParams(pair)]),
        ',',
      ),
      caller: { sourceIp: lastForwarded(headers['x-forwarded-for']) },
    },
  );
}

/**
 * The address that the load balancer itself has seen. It appends that to what the client sent, and a port if it is set to.
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html
 */
function lastForwarded(forwardedFor = ''): string {
  const last = forwardedFor.split(',').at(-1)?.trim() ?? '';
  const [, ipv6, ipv4] = /^(?:\[(.+)\]|([\d.]+))(?::\d+)?$/.exec(last) ?? [];
  return ipv6 ?? ipv4 ?? last;
}

/** What the formats have in different places. */
interface Parts {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly rawQueryString: string;
  readonly query: Record<string, string>;
  /** Has `sourceIp` and `userAgent`. */
  readonly caller: Fields;
}

function toRequest(event: Fields, { method, path, headers, rawQueryString, query, caller }: Parts): GatewayRequest {
  const httpMethod = method.toUpperCase();
  const routeKey = textOf(event.routeKey, '$default');
  const userAgent = textOf(caller.userAgent, headers['user-agent']);
  const protocol = textOf(caller.protocol, 'HTTP/1.1');
  const http = { method: httpMethod, path, protocol, sourceIp: textOf(caller.sourceIp), userAgent };
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString,
    path,
    httpMethod,
    headers,
    cookies: headers.cookie?.split(/; */) ?? [],
    queryStringParameters: query,
    pathParameters: joined(pairsOf(event.pathParameters), ','),
    stageVariables: joined(pairsOf(event.stageVariables), ','),
    ...bodyOf(event),
    requestContext: { ...contextOf(fieldsOf(event.requestContext)), routeKey, http },
  };
}

/** Payload 1.0 has the same fields, the time under other names. */
function contextOf(context: Fields) {
  const epoch = context.timeEpoch ?? context.requestTimeEpoch;
  return {
    ...context,
    accountId: textOf(context.accountId),
    apiId: textOf(context.apiId),
    domainName: textOf(context.domainName),
    domainPrefix: textOf(context.domainPrefix),
    requestId: textOf(context.requestId),
    stage: textOf(context.stage, '$default'),
    time: textOf(context.time ?? context.requestTime),
    timeEpoch: typeof epoch === 'number' ? epoch : 0,
  };
}

/** Events without a body have it absent, null or empty. SuperTokens would reject an empty one as invalid JSON. */
function bodyOf({ body, isBase64Encoded }: Fields): { body?: string; isBase64Encoded: boolean } {
  if (!isText(body) || body === '') return { isBase64Encoded: false };
  if (isBase64Encoded !== true) return { body, isBase64Encoded: false };
  const bytes = Buffer.from(body, 'base64');
  return isUtf8(bytes) ? { body: bytes.toString(), isBase64Encoded: false } : { body, isBase64Encoded: true };
}

/** Payload 2.0's path begins with a named stage, whatever the domain, and lacks a base-path mapping. */
function pathV2(path: string, stagePath: string, routeKey: string, gatewayPath: string): string {
  const withoutStage = without(path, stagePath);
  const [, route = ''] = routeKey.split(' ');
  // A prefix with which the route itself begins stays: behind the mapping `auth`, there can be a route `/auth/…`.
  const isOff = gatewayPath === stagePath || startsWith(route, gatewayPath);
  return isOff ? withoutStage : without(withoutStage, gatewayPath);
}

/**
 * In payload 1.0, the path is the client's. Under API Gateway's own domain name, it begins with a named stage. Under a
 * custom domain name, it begins with the base-path mapping. Only a REST API takes the stage off.
 */
function pathV1({ path, version, requestContext }: Fields, gatewayPath: string): string {
  const { stage, domainName } = fieldsOf(requestContext);
  if (!textOf(domainName).includes('.execute-api.')) return without(textOf(path), gatewayPath);
  const stagePath = stagePathOf(stage);
  // REST APIs have no version.
  const withoutStage = without(textOf(path), version === undefined ? '' : stagePath);
  return gatewayPath === stagePath ? withoutStage : without(withoutStage, gatewayPath);
}

const stagePathOf = (stage: unknown): string => (isText(stage) && stage !== '$default' ? `/${stage}` : '');

/** Whole segments only: the stage `dev` is no part of `/developers`. */
const startsWith = (path: string, prefix: string): boolean => `${path}/`.startsWith(`${prefix}/`);

const without = (path: string, prefix: string): string =>
  (startsWith(path, prefix) ? path.slice(prefix.length) : path) || '/';

const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value : [value]).filter(isText);

/** Names with their values, be they single or lists. */
const pairsOf = (values: unknown): [name: string, value: string][] =>
  Object.entries(fieldsOf(values)).flatMap(([name, value]) =>
    textsOf(value).map((text): [string, string] => [name, text]),
  );

/** One value per name: what is repeated is joined, as payload 2.0 does. */
const joined = (pairs: readonly (readonly [string, string])[], separator: string): Record<string, string> =>
  Object.fromEntries(
    [...Map.groupBy(pairs, ([name]) => name)].map(([name, same]) => [
      name,
      same.map(([, value]) => value).join(separator),
    ]),
  );

/** Names differ in case alone where a client, or REST's lists, wrote one header in several ways. */
function headersOf(values: unknown): Record<string, string> {
  const pairs = pairsOf(values).map(([name, value]): [string, string] => [name.toLowerCase(), value]);
  const cookies = pairs.filter(([name]) => name === 'cookie');
  return { ...joined(pairs, ','), ...joined(cookies, '; ') };
}

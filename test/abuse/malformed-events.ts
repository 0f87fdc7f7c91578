import fc from 'fast-check';
import { type Deployment, eventOf, type GatewayKind } from '../fixtures/gateway.ts';

/** Stands in whatever a client made up, and must therefore stand in no answer. */
export const MARK = 'zq7Mark';

const EXECUTE_API = 'https://id.execute-api.us-east-1.amazonaws.com';
const DEPLOYMENTS: readonly Deployment[] = (
  [
    ['http-api-v2', EXECUTE_API],
    ['http-api-v1', EXECUTE_API],
    ['rest-api', 'https://api.example.com'],
    ['function-url', 'https://id.lambda-url.us-east-1.on.aws'],
    ['alb', 'https://api.example.com'],
    ['alb-multi-value', 'https://api.example.com'],
  ] satisfies [GatewayKind, string][]
).map(([kind, origin]) => ({ kind, origin, stage: '$default' }));

/** A request as its route wants it. */
export interface GoodRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** Any value at all, of any of the types that JSON has. */
const json = fc.jsonValue({ maxDepth: 2 });
export const marked = fc.string({ unit: 'binary', maxLength: 20 }).map((text) => `${MARK}${text}`);
const nasty = fc
  .constantFrom('\r\nset-cookie: a=b', '\u001b[31m', '\0', '\ud800', '%00', '%', '"><script>', '{{7*7}}', '💣')
  .map((text) => `${MARK}${text}`);
export const value = fc.oneof(marked, nasty, json);

const HEADERS = [
  ...['authorization', 'cookie', 'Cookie', 'origin', 'Origin', 'host', 'x-forwarded-host', 'x-forwarded-proto'],
  ...['rid', 'anti-csrf', 'st-auth-mode', 'fdi-version', 'content-type', 'user-agent', 'api-key', 'cdi-version'],
  ...['accept', '__proto__', 'constructor', 'transfer-encoding', 'x-http-method-override'],
];
const token = fc.oneof(
  marked.map((text) => `Bearer ${text}`),
  fc.constantFrom('Bearer ', 'Bearer ..', 'bearer a.b.c', `Basic ${MARK}`, 'Bearer eyJ9.eyJ9.', 'Bearer null'),
  marked.map((text) => `sAccessToken=${text}; sRefreshToken=${text}; sIdRefreshToken=${text}`),
  fc.constantFrom(
    'sAccessToken=j:{"a":1}',
    'sRefreshToken=j:{"a":1}',
    'sRefreshToken=j%3A[]',
    '=;=;;',
    'sAccessToken',
    'sAccessToken=%E0%A4%A',
  ),
);
const headers = fc.dictionary(fc.oneof(fc.constantFrom(...HEADERS), marked), fc.oneof(value, token), { maxKeys: 6 });
const lists = fc.oneof(
  value,
  fc.dictionary(marked, fc.oneof(value, fc.array(value, { maxLength: 3 })), { maxKeys: 3 }),
);
const body = fc.oneof(value, fc.constantFrom('', '{', '[]', 'null', '"text"', '{"a":1}{', '{"__proto__":{"a":1}}'));

/** What of an event comes from the client; the rest is API Gateway's. */
const FIELDS = {
  headers: fc.oneof(headers, value),
  multiValueHeaders: fc.oneof(lists, headers),
  cookies: fc.oneof(fc.array(fc.oneof(value, token), { maxLength: 3 }), value),
  queryStringParameters: lists,
  multiValueQueryStringParameters: lists,
  rawQueryString: value,
  pathParameters: lists,
  stageVariables: lists,
  body,
  isBase64Encoded: fc.oneof(fc.boolean(), json),
  version: json,
  routeKey: value,
  rawPath: fc.oneof(
    marked.map((text) => `/${text}`),
    value,
  ),
  path: fc.oneof(
    marked.map((text) => `/${text}`),
    value,
  ),
  httpMethod: fc.oneof(fc.constantFrom('GET', 'post', 'PUT', 'DELETE', 'HEAD', 'TRACE', ''), json),
};
const CONTEXT = {
  http: fc.oneof(
    fc.constantFrom('GET', 'post', 'HEAD', 'OPTIONS').map((method) => ({ method })),
    json,
  ),
  identity: json,
  stage: json,
  domainName: json,
  requestId: value,
  timeEpoch: json,
};
const someOf = <T>(fields: { [Name in keyof T]: fc.Arbitrary<T[Name]> }) => fc.record<T>(fields, { requiredKeys: [] });

/** A good body, but some of its fields are something else, and it has others too. */
export const spoiltBody = (good: Readonly<Record<string, unknown>>): fc.Arbitrary<string> =>
  fc
    .tuple(
      someOf(Object.fromEntries(Object.keys(good).map((name) => [name, value]))),
      fc.dictionary(fc.oneof(marked, fc.constantFrom('__proto__', 'constructor')), json, { maxKeys: 2 }),
    )
    .map(([spoilt, more]) => JSON.stringify({ ...good, ...spoilt, ...more }));

/**
 * Events for a route from every kind of API: good ones of which a client has spoilt a part.
 * @param credentials headers of a logged-in user; a request has one of them, or none
 * @param context what API Gateway adds to the request context
 */
export function spoiltEvents(
  good: GoodRequest,
  credentials: readonly Readonly<Record<string, string>>[],
  context: object,
): fc.Arbitrary<object> {
  const { method, path, body: goodBody } = good;
  return fc
    .record({
      deployment: fc.constantFrom(...DEPLOYMENTS),
      sent: fc.constantFrom({}, ...credentials),
      text: goodBody === undefined ? fc.constant(null) : spoiltBody(goodBody),
      fields: fc.oneof(fc.constant({}), someOf(FIELDS)),
      requestContext: fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, someOf(CONTEXT)),
    })
    .map(({ deployment, sent, text, fields, requestContext }) => {
      const plain = {
        deployment,
        routeKey: `${method} ${path}`,
        method,
        asked: path,
        path,
        query: new URLSearchParams(),
      };
      const event = eventOf({ ...plain, headers: new Headers({ ...good.headers, ...sent }), body: text }) as {
        readonly requestContext: object;
      };
      return { ...event, ...fields, requestContext: { ...event.requestContext, ...context, ...requestContext } };
    });
}

/** What is no event of any API, and may look like one. */
export const anyEvent: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue(),
  fc.record({ ...FIELDS, requestContext: fc.oneof(json, someOf(CONTEXT)) }, { requiredKeys: [] }),
);

/** What of an authorizer's question comes from the client; without what tells API Gateway's kinds apart. */
export const spoiltAuthorizerFields = someOf({
  headers: FIELDS.headers,
  multiValueHeaders: FIELDS.multiValueHeaders,
  cookies: FIELDS.cookies,
  identitySource: lists,
  queryStringParameters: lists,
  pathParameters: lists,
  rawQueryString: value,
  rawPath: fc.string(),
  path: fc.string(),
  routeKey: value,
});

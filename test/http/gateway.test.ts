import fc from 'fast-check';
import { type PayloadFormat, payloadFormatOf } from '../../lib/http/gateway.ts';
import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import { readEvent } from '../../lib/http/read-event.ts';
import { writeResponse } from '../../lib/http/write-response.ts';
import { type Deployment, documentedEvent, eventOf, expectHttpAnswer, type GatewayKind } from '../fixtures/gateway.ts';
import { lambdaContext, startFunction } from '../fixtures/lambda.ts';

type Fields = Readonly<Record<string, unknown>>;

const KINDS = ['http-api-v2', 'http-api-v1', 'rest-api', 'function-url', 'alb', 'alb-multi-value'] as const;
const FORMATS: Readonly<Record<GatewayKind, PayloadFormat>> = {
  'http-api-v2': '2.0',
  'http-api-v1': '1.0',
  'rest-api': '1.0',
  'function-url': '2.0',
  alb: 'ALB',
  'alb-multi-value': 'ALB multi-value',
};

const NOT_HTTP = [
  'websocket-connect',
  'websocket-message',
  'scheduled',
  'sqs',
  'sns',
  's3',
  'dynamodb-stream',
  'token-authorizer',
  'warm-up-plugin',
];

/** A documented event with some of its fields changed, and of its request context. */
function changed(kind: GatewayKind, fields: Fields, context: Fields = {}): Fields {
  const event = documentedEvent(kind);
  return { ...event, ...fields, requestContext: { ...(event.requestContext as Fields), ...context } };
}

const read = (kind: GatewayKind, fields: Fields = {}, context?: Fields, gatewayPath = '') =>
  readEvent(changed(kind, fields, context), FORMATS[kind], gatewayPath);

describe('the events that AWS documents', () => {
  test.each(KINDS)('%s is HTTP, of the payload format that its answer must have', (kind) => {
    expect(payloadFormatOf(documentedEvent(kind))).toBe(FORMATS[kind]);
  });

  test.each(NOT_HTTP)('%s is no HTTP request', (name) => {
    expect(payloadFormatOf(documentedEvent(name))).toBeUndefined();
  });

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a list', []],
    ['a method without a path', { requestContext: { http: { method: 'GET' } } }],
    ['a method and a path without a request context', { httpMethod: 'GET', path: '/' }],
    ['a request context without a method', { path: '/', rawPath: '/', requestContext: { http: null } }],
  ])('%s is no HTTP request', (_what, event) => {
    expect(payloadFormatOf(event)).toBeUndefined();
  });

  test('what a request context lacks is empty, or as good as what is known', () => {
    const headers = { 'User-Agent': 'agent' };
    const { requestContext } = readEvent({ httpMethod: 'GET', path: '/', headers, requestContext: {} }, '1.0', '');
    expect(requestContext).toEqual({
      accountId: '',
      apiId: '',
      domainName: '',
      domainPrefix: '',
      requestId: '',
      routeKey: '$default',
      stage: '$default',
      time: '',
      timeEpoch: 0,
      http: { method: 'GET', path: '/', protocol: 'HTTP/1.1', sourceIp: '', userAgent: 'agent' },
    });
  });

  test('an HTTP API with payload 2.0 is read as it is, but for the cookies that are in a header too', () => {
    const routeKey = 'POST /my/{name}';
    const event = changed('http-api-v2', { routeKey }, { routeKey });
    const headers = { header1: 'value1', header2: 'value1,value2', cookie: 'cookie1; cookie2' };
    expect(readEvent(event, '2.0', '')).toEqual({ ...event, headers, httpMethod: 'POST', path: '/my/path' });
  });

  test('a function URL is read as it is, but for what is null', () => {
    const event = documentedEvent('function-url');
    const headers = { header1: 'value1', header2: 'value1,value2', cookie: 'cookie1; cookie2' };
    const absent = { pathParameters: {}, stageVariables: {} };
    expect(read('function-url')).toEqual({ ...event, ...absent, headers, httpMethod: 'POST', path: '/my/path' });
  });

  test('an HTTP API with payload 1.0 is read as if it were 2.0', () => {
    expect(read('http-api-v1')).toMatchObject({
      version: '2.0',
      httpMethod: 'GET',
      path: '/my/path',
      rawPath: '/my/path',
      rawQueryString: 'parameter1=value1&parameter1=value2&parameter2=value',
      queryStringParameters: { parameter1: 'value1,value2', parameter2: 'value' },
      headers: { header1: 'value1', header2: 'value1,value2' },
      cookies: [],
      pathParameters: {},
      stageVariables: {},
      requestContext: {
        accountId: '123456789012',
        apiId: 'id',
        domainName: 'id.execute-api.us-east-1.amazonaws.com',
        domainPrefix: 'id',
        requestId: 'id=',
        stage: '$default',
        time: '04/Mar/2020:19:15:17 +0000',
        timeEpoch: 1_583_349_317_135,
        http: {
          method: 'GET',
          path: '/my/path',
          protocol: 'HTTP/1.1',
          sourceIp: '192.0.2.1',
          userAgent: 'user-agent',
        },
      },
      body: 'Hello from Lambda!',
      isBase64Encoded: false,
    });
  });

  test.each([
    ['alb', 'myKey=val2', 'val2'],
    ['alb-multi-value', 'myKey=val1&myKey=val2', 'val1,val2'],
  ] as const)('a load balancer (%s) is read as if it were payload 2.0', (kind, rawQueryString, myKey) => {
    expect(read(kind)).toMatchObject({
      version: '2.0',
      httpMethod: 'GET',
      path: '/',
      rawQueryString,
      queryStringParameters: { myKey },
      headers: { 'content-type': 'text/plain', cookie: 'name1=value1; name2=value2', 'x-forwarded-proto': 'https' },
      cookies: ['name1=value1', 'name2=value2'],
      pathParameters: {},
      stageVariables: {},
      requestContext: {
        domainName: 'lambda-846800462-us-east-2.elb.amazonaws.com',
        stage: '$default',
        http: { method: 'GET', sourceIp: '72.21.198.66', userAgent: expect.stringMatching(/^Mozilla/) },
      },
      body: 'request_body',
      isBase64Encoded: false,
    });
  });

  test('a REST API is read as if it were payload 2.0', () => {
    expect(read('rest-api')).toMatchObject({
      version: '2.0',
      httpMethod: 'POST',
      path: '/hello/world',
      rawQueryString: 'name=me&multivalueName=you&multivalueName=me',
      queryStringParameters: { name: 'me', multivalueName: 'you,me' },
      headers: { 'content-type': 'application/json', headername: 'headerValue', 'x-forwarded-proto': 'https' },
      pathParameters: { proxy: 'hello/world' },
      stageVariables: { stageVariableName: 'stageVariableValue' },
      requestContext: { stage: 'testStage', http: { sourceIp: '192.168.196.186', userAgent: 'PostmanRuntime/2.4.5' } },
      body: '{\r\n\t"a": 1\r\n}',
    });
  });
});

const OWN = 'id.execute-api.us-east-1.amazonaws.com';
const CUSTOM = 'api.example.com';

describe('the path is without what API Gateway puts before it', () => {
  test.each([
    // What a named stage does under API Gateway's own domain
    ['http-api-v2', OWN, 'dev', '/dev', '/dev/like-comment', '/like-comment'],
    ['http-api-v1', OWN, 'dev', '/dev', '/dev/like-comment', '/like-comment'],
    ['rest-api', OWN, 'dev', '/dev', '/like-comment', '/like-comment'],
    // Without API_GATEWAY_PATH
    ['http-api-v2', OWN, 'dev', '', '/dev/like-comment', '/like-comment'],
    ['http-api-v1', OWN, 'dev', '', '/dev/like-comment', '/like-comment'],
    // With a private API's endpoint, and in China
    ['http-api-v1', 'id-vpce-1.execute-api.us-east-1.amazonaws.com', 'dev', '', '/dev/x', '/x'],
    ['http-api-v2', 'id.execute-api.cn-north-1.amazonaws.com.cn', 'dev', '', '/dev/x', '/x'],
    // Behind a custom domain's mapping, which payload 2.0 does not show
    ['http-api-v2', CUSTOM, 'dev', '/v1', '/dev/like-comment', '/like-comment'],
    ['http-api-v2', CUSTOM, '$default', '/v1', '/like-comment', '/like-comment'],
    ['http-api-v1', CUSTOM, 'dev', '/v1', '/v1/like-comment', '/like-comment'],
    ['rest-api', CUSTOM, 'dev', '/v1', '/v1/like-comment', '/like-comment'],
    // A mapping of several levels
    ['http-api-v1', CUSTOM, 'dev', '/shop/v1', '/shop/v1/like-comment', '/like-comment'],
    // A mapping that is called like the stage
    ['http-api-v2', CUSTOM, 'dev', '/dev', '/dev/like-comment', '/like-comment'],
    ['http-api-v1', CUSTOM, 'dev', '/dev', '/dev/like-comment', '/like-comment'],
    ['rest-api', CUSTOM, 'dev', '/dev', '/dev/like-comment', '/like-comment'],
    // A prefix that a proxy before the API has put there
    ['function-url', 'id.lambda-url.us-east-1.on.aws', '$default', '/api', '/api/like-comment', '/like-comment'],
    ['http-api-v2', OWN, '$default', '/api', '/api/like-comment', '/like-comment'],
    ['rest-api', OWN, 'dev', '/api', '/api/like-comment', '/like-comment'],
    // Nothing but the prefix
    ['http-api-v2', OWN, 'dev', '/dev', '/dev', '/'],
    ['http-api-v2', OWN, 'dev', '/dev', '/dev/', '/'],
    ['rest-api', CUSTOM, 'dev', '/v1', '/v1', '/'],
  ] as const)('%s at %s, stage %s, API_GATEWAY_PATH "%s": %s is %s', (kind, domainName, stage, set, sent, path) => {
    const request = read(kind, { path: sent, rawPath: sent }, { domainName, stage }, set);
    expect(request).toMatchObject({ path, rawPath: path, requestContext: { http: { path } } });
  });

  test.each([
    // The stage `dev` is no part of `/developers`
    ['http-api-v2', OWN, 'dev', '/dev', '/developers'],
    ['http-api-v1', OWN, 'dev', '/dev', '/developers'],
    ['rest-api', OWN, 'dev', '/dev', '/developers'],
    ['http-api-v2', OWN, '$default', '/dev', '/developers'],
    ['http-api-v1', CUSTOM, 'dev', '/dev', '/developers'],
    ['rest-api', CUSTOM, 'dev', '/v1', '/v10/users'],
    // The stage's name stands in the middle or at the end
    ['http-api-v2', OWN, 'dev', '/dev', '/users/dev'],
    ['rest-api', OWN, 'dev', '/dev', '/users/dev/likes'],
    // A REST API has taken the stage off: this is a route of its own
    ['rest-api', OWN, 'dev', '/dev', '/dev/tools'],
    ['rest-api', OWN, 'dev', '', '/dev/tools'],
    // Under a custom domain payload 1.0 has no stage
    ['http-api-v1', CUSTOM, 'dev', '', '/dev/tools'],
    ['rest-api', CUSTOM, 'dev', '', '/dev/tools'],
    // A stage is case-sensitive
    ['http-api-v2', OWN, 'dev', '/dev', '/Dev/tools'],
    // `$default` is never in a path
    ['http-api-v2', OWN, '$default', '', '/$default/x'],
  ] as const)('%s at %s, stage %s, API_GATEWAY_PATH "%s": %s stays', (kind, domainName, stage, set, sent) => {
    expect(read(kind, { path: sent, rawPath: sent }, { domainName, stage }, set).path).toBe(sent);
  });

  test('a prefix is taken off once', () => {
    const context = { domainName: OWN, stage: 'dev' };
    expect(read('http-api-v2', { rawPath: '/dev/dev/x' }, context, '/dev').path).toBe('/dev/x');
    expect(read('http-api-v1', { path: '/dev/dev/x' }, context, '/dev').path).toBe('/dev/x');
    const custom = { domainName: CUSTOM, stage: 'dev' };
    expect(read('rest-api', { path: '/v1/v1/x' }, custom, '/v1').path).toBe('/v1/x');
  });

  test('behind a mapping that is called like a route, payload 2.0 has the route alone', () => {
    const event = { routeKey: 'ANY /auth/{proxy+}', rawPath: '/auth/signout' };
    expect(read('http-api-v2', event, { domainName: CUSTOM }, '/auth').path).toBe('/auth/signout');
    expect(read('http-api-v1', { path: '/auth/auth/signout' }, { domainName: CUSTOM }, '/auth').path).toBe(
      '/auth/signout',
    );
  });

  test('a request context without stage or domain name is taken as it is', () => {
    const context = { stage: undefined, domainName: undefined };
    for (const kind of KINDS) expect(read(kind, { path: '/x', rawPath: '/x' }, context).path).toBe('/x');
  });

  /** Names that are parts of each other, and of routes. */
  const segment = fc.constantFrom('dev', 'developers', 'd', 'v1', 'v10', 'auth', 'like-comment');
  const deployment: fc.Arbitrary<Deployment> = fc
    .record({
      kind: fc.constantFrom(...KINDS),
      host: fc.constantFrom(OWN, CUSTOM),
      stage: fc.constantFrom('$default', 'dev', 'auth', 'v1'),
      mapping: fc.option(segment, { nil: undefined }),
    })
    .map(({ kind, host, stage, mapping }) => {
      if (kind === 'function-url') return { kind, origin: 'https://id.lambda-url.us-east-1.on.aws', stage: '$default' };
      if (kind.startsWith('alb'))
        return { kind, origin: `https://${CUSTOM}`, stage: '$default', ...(mapping && { mapping }) };
      const origin = `https://${host}`;
      return { kind, origin, stage, ...(host === CUSTOM && mapping !== undefined && { mapping }) };
    })
    // REST APIs have no default stage.
    .filter(({ kind, stage }) => kind !== 'rest-api' || stage !== '$default');

  test('whatever the kind, domain, stage and mapping are called, routes see their own path', () => {
    fc.assert(
      fc.property(deployment, fc.array(segment, { minLength: 1, maxLength: 4 }), (at, segments) => {
        const path = `/${segments.join('/')}`;
        const { mapping, stage, origin } = at;
        const named = origin.endsWith(OWN) && stage !== '$default' ? `/${stage}` : '';
        const gatewayPath = mapping === undefined ? named : `/${mapping}`;
        const asked = `${gatewayPath}${path}`;
        const plain = { method: 'GET', query: new URLSearchParams(), headers: new Headers(), body: null };
        const event = eventOf({ deployment: at, routeKey: `GET ${path}`, asked, path, ...plain });
        expect(readEvent(event, FORMATS[at.kind], gatewayPath).path).toBe(path);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('headers', () => {
  test.each(KINDS)('%s: names are in lower case, whatever the client wrote', (kind) => {
    const values = { 'Content-TYPE': 'text/plain', 'st-Auth-Mode': 'cookie', ORIGIN: 'https://example.com' };
    const lists = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, [value]]));
    const { headers } = read(kind, { headers: values, multiValueHeaders: lists, cookies: [] });
    expect(headers).toEqual({
      'content-type': 'text/plain',
      'st-auth-mode': 'cookie',
      origin: 'https://example.com',
    });
  });

  test('what payload 1.0 repeats is joined as 2.0 does', () => {
    const headers = { Accept: 'text/html' };
    const multiValueHeaders = { Accept: ['application/json', 'text/html'] };
    expect(read('rest-api', { headers, multiValueHeaders }).headers).toEqual({ accept: 'application/json,text/html' });
  });

  test('one header in several spellings is one header', () => {
    const headers = { Accept: 'a', accept: 'b', Cookie: 'x=1', cookie: 'y=2' };
    const lists = { Accept: ['a', 'c'], accept: ['b'], Cookie: ['x=1'], cookie: ['y=2'] };
    expect(read('rest-api', { headers, multiValueHeaders: lists }).headers).toEqual({
      accept: 'a,c,b',
      cookie: 'x=1; y=2',
    });
    expect(read('http-api-v1', { headers, multiValueHeaders: null }).headers).toEqual({
      accept: 'a,b',
      cookie: 'x=1; y=2',
    });
  });

  test('a header that is in one of the two places only is read from there', () => {
    const fields = { headers: { One: '1' }, multiValueHeaders: { Two: ['2'] } };
    expect(read('rest-api', fields).headers).toEqual({ one: '1', two: '2' });
  });

  test.each(KINDS)('%s: without any header there is none', (kind) => {
    for (const none of [null, undefined, {}]) {
      const request = read(kind, { headers: none, multiValueHeaders: none, cookies: undefined });
      expect(request).toMatchObject({ headers: {}, cookies: [] });
    }
  });

  test('a header that is called like a property of every object is a header', () => {
    const headers = JSON.parse('{"__proto__": "p", "constructor": "c"}') as Fields;
    for (const kind of KINDS) {
      const request = read(kind, { headers, multiValueHeaders: null, cookies: [] });
      expect(Object.entries(request.headers)).toEqual([
        ['__proto__', 'p'],
        ['constructor', 'c'],
      ]);
    }
  });
});

describe('cookies', () => {
  const both = { cookies: ['a=1', 'b=2'], headers: { cookie: 'a=1; b=2' } };

  test.each([
    ['http-api-v2', 'the list', { cookies: ['a=1', 'b=2'], headers: {} }],
    ['http-api-v2', 'the header', { cookies: undefined, headers: { Cookie: 'a=1; b=2' } }],
    ['http-api-v2', 'both places', both],
    ['function-url', 'the list', { cookies: ['a=1', 'b=2'], headers: {} }],
    ['function-url', 'both places', both],
    ['http-api-v1', 'the header', { headers: { Cookie: 'a=1; b=2' }, multiValueHeaders: null }],
    ['http-api-v1', 'the lists', { headers: { Cookie: 'b=2' }, multiValueHeaders: { Cookie: ['a=1', 'b=2'] } }],
    ['rest-api', 'the header', { headers: { cookie: 'a=1; b=2' }, multiValueHeaders: null }],
    ['rest-api', 'the lists', { headers: null, multiValueHeaders: { cookie: ['a=1; b=2'] } }],
    ['rest-api', 'two spellings', { headers: null, multiValueHeaders: { Cookie: ['a=1'], cookie: ['b=2'] } }],
  ] as const)('%s: what is in %s is in the header and in the list', (kind, _where, fields) => {
    expect(read(kind, fields)).toMatchObject({ headers: { cookie: 'a=1; b=2' }, cookies: ['a=1', 'b=2'] });
  });

  test('a client may leave out the space between them', () => {
    expect(read('rest-api', { headers: { Cookie: 'a=1;b=2' } }).cookies).toEqual(['a=1', 'b=2']);
  });
});

describe('queries', () => {
  test.each(['http-api-v1', 'rest-api'] as const)('%s: what is repeated stays repeated', (kind) => {
    const fields = {
      queryStringParameters: { id: '2', name: 'a&b' },
      multiValueQueryStringParameters: { id: ['1', '2'], name: ['a&b'] },
    };
    const request = read(kind, fields);
    expect(request.queryStringParameters).toEqual({ id: '1,2', name: 'a&b' });
    expect([...new URLSearchParams(request.rawQueryString)]).toEqual([
      ['id', '1'],
      ['id', '2'],
      ['name', 'a&b'],
    ]);
  });

  test('without the lists, single values do', () => {
    const fields = { queryStringParameters: { id: '2' }, multiValueQueryStringParameters: null };
    expect(read('rest-api', fields)).toMatchObject({ rawQueryString: 'id=2', queryStringParameters: { id: '2' } });
  });

  test.each(KINDS)('%s: no query is an empty one', (kind) => {
    const none = { queryStringParameters: null, multiValueQueryStringParameters: null, rawQueryString: '' };
    expect(read(kind, none)).toMatchObject({ rawQueryString: '', queryStringParameters: {} });
  });
});

describe('a load balancer', () => {
  test.each(['alb', 'alb-multi-value'] as const)('%s passes on the query as it is encoded', (kind) => {
    const query = { 'my%20key': 'a%26b+c', plus: '%2B', empty: '' };
    const lists = Object.fromEntries(Object.entries(query).map(([name, value]) => [name, [value]]));
    const fields = kind === 'alb' ? { queryStringParameters: query } : { multiValueQueryStringParameters: lists };
    expect(read(kind, fields)).toMatchObject({
      rawQueryString: 'my%20key=a%26b+c&plus=%2B&empty=',
      queryStringParameters: { 'my key': 'a&b c', plus: '+', empty: '' },
    });
  });

  test.each([
    // The client wrote the first address, the load balancer the last.
    ['198.51.100.9, 192.0.2.7', '192.0.2.7'],
    ['192.0.2.7:53211', '192.0.2.7'],
    ['2001:db8::7', '2001:db8::7'],
    ['[2001:db8::7]:53211', '2001:db8::7'],
    ['', ''],
  ])('the source of X-Forwarded-For: %s is %s', (forwarded, sourceIp) => {
    const single = read('alb', { headers: { 'x-forwarded-for': forwarded } });
    const lists = read('alb-multi-value', { multiValueHeaders: { 'x-forwarded-for': forwarded.split(', ') } });
    for (const { requestContext } of [single, lists]) expect(requestContext.http.sourceIp).toBe(sourceIp);
  });

  test('a path before every route is taken off once', () => {
    expect(read('alb', { path: '/v1/v1/x' }, {}, '/v1').path).toBe('/v1/x');
    expect(read('alb-multi-value', { path: '/v10/users' }, {}, '/v1').path).toBe('/v10/users');
  });

  test('its health check is a request like any other', () => {
    const headers = { 'user-agent': 'ELB-HealthChecker/2.0' };
    const event = { ...documentedEvent('alb'), queryStringParameters: {}, headers, body: '' };
    expect(payloadFormatOf(event)).toBe('ALB');
    expect(readEvent(event, 'ALB', '')).toMatchObject({
      headers,
      cookies: [],
      requestContext: { http: { sourceIp: '' } },
    });
  });
});

describe('bodies', () => {
  test.each(KINDS)('%s: no body is absent, be it absent, null or empty', (kind) => {
    for (const body of [undefined, null, '']) {
      for (const isBase64Encoded of [false, true]) {
        const request = read(kind, { body, isBase64Encoded });
        expect(request.isBase64Encoded).toBe(false);
        expect(Object.keys(request)).not.toContain('body');
      }
    }
  });

  test.each(KINDS)('%s: text in base64 is decoded', (kind) => {
    const text = '{"name":"Zoë 🎉"}';
    const body = Buffer.from(text).toString('base64');
    expect(read(kind, { body, isBase64Encoded: true })).toMatchObject({ body: text, isBase64Encoded: false });
  });

  test('text that only looks like base64 is not', () => {
    expect(read('http-api-v2', { body: 'YWJj', isBase64Encoded: false }).body).toBe('YWJj');
  });

  test('bytes that are no text stay in base64, and say so', () => {
    const body = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff, 0x00]).toString('base64');
    expect(read('rest-api', { body, isBase64Encoded: true })).toMatchObject({ body, isBase64Encoded: true });
  });

  test('no body is damaged, whatever its bytes', () => {
    const bytesOf = ({ body = '', isBase64Encoded }: { body?: string; isBase64Encoded: boolean }) =>
      Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
    fc.assert(
      fc.property(fc.constantFrom(...KINDS), fc.oneof(fc.uint8Array(), fc.string()), (kind, sent) => {
        const bytes = Buffer.from(sent as Uint8Array);
        const request = read(kind, { body: bytes.toString('base64'), isBase64Encoded: true });
        expect(bytesOf(request)).toEqual(bytes);
      }),
      { numRuns: 500 },
    );
  });
});

test.each(KINDS)('%s: the method is in upper case', (kind) => {
  const { http } = changed(kind, {}).requestContext as { http?: object };
  const request = read(kind, { httpMethod: 'post' }, http && { http: { ...http, method: 'post' } });
  expect(request).toMatchObject({ httpMethod: 'POST', requestContext: { http: { method: 'POST' } } });
});

describe('answers', () => {
  const answer = { statusCode: 201, headers: { 'x-one': '1' }, cookies: ['a=1; Path=/', 'b=2; Path=/'], body: 'text' };

  test('payload 2.0 has cookies in a list of their own', () => {
    expect(writeResponse(answer, '2.0')).toEqual({ ...answer, isBase64Encoded: false });
  });

  test('payload 1.0 and REST have each cookie as a value of one header', () => {
    expect(writeResponse(answer, '1.0')).toEqual({
      statusCode: 201,
      headers: { 'x-one': '1' },
      multiValueHeaders: { 'set-cookie': ['a=1; Path=/', 'b=2; Path=/'] },
      body: 'text',
      isBase64Encoded: false,
    });
  });

  test('a load balancer with one value per header has each cookie under another spelling of one name', () => {
    const cookies = Array.from({ length: 40 }, (_, number) => `c${number}=1; Path=/`);
    const { headers, ...rest } = writeResponse({ ...answer, cookies }, 'ALB') as { headers: Record<string, string> };
    expect(rest).toEqual({ statusCode: 201, body: 'text', isBase64Encoded: false });
    const { 'x-one': one, ...written } = headers;
    expect([one, Object.values(written)]).toEqual(['1', cookies]);
    expect(new Set(Object.keys(written).map((name) => name.toLowerCase()))).toEqual(new Set(['set-cookie']));
  });

  test('a load balancer with lists has every header in them', () => {
    expect(writeResponse(answer, 'ALB multi-value')).toEqual({
      statusCode: 201,
      multiValueHeaders: { 'x-one': ['1'], 'set-cookie': ['a=1; Path=/', 'b=2; Path=/'] },
      body: 'text',
      isBase64Encoded: false,
    });
    expect(writeResponse({ statusCode: 204 }, 'ALB multi-value')).toMatchObject({ multiValueHeaders: {} });
  });

  test.each(Object.values(FORMATS))(
    '%s: a cookie that a handler wrote as a header stays beside the others',
    (format) => {
      const written = JSON.stringify(writeResponse({ ...answer, headers: { 'Set-Cookie': 'own=1' } }, format));
      for (const cookie of ['own=1', ...answer.cookies]) expect(written).toContain(cookie);
    },
  );

  test('a binary body stays in base64, and says so', () => {
    for (const format of Object.values(FORMATS)) {
      const written = writeResponse({ statusCode: 200, body: 'iVBORw==', isBase64Encoded: true }, format);
      expect(written).toMatchObject({ statusCode: 200, body: 'iVBORw==', isBase64Encoded: true });
    }
  });

  test('a response without a body has an empty one', () => {
    expect(writeResponse({ statusCode: 204 }, '1.0')).toEqual({
      statusCode: 204,
      headers: {},
      body: '',
      isBase64Encoded: false,
    });
    expect(writeResponse({ statusCode: 204 }, '2.0')).toEqual({
      statusCode: 204,
      headers: {},
      cookies: [],
      body: '',
      isBase64Encoded: false,
    });
  });
});

describe('a function', () => {
  /** Through SuperTokens, and not: neither asks DynamoDB for what is sent here. */
  const handlers: LambdaHandler[] = [];
  beforeAll(async () => {
    const environment = { PUBLISHED_KEYS_TABLE: 'none', DYNAMODB_ENDPOINT: 'http://127.0.0.1:9', ROUTES: 'GET /known' };
    const load = () => Promise.all([import('../../handlers/auth.ts'), import('../../handlers/not-found.ts')]);
    handlers.push(...(await startFunction(environment, load)).map(({ handler }) => handler));
  });

  test.each(NOT_HTTP)('answers %s without SuperTokens', async (name) => {
    for (const handler of handlers) {
      expect(await handler(documentedEvent(name), lambdaContext)).toEqual({ ignored: 'not an HTTP request' });
    }
  });

  test.each(KINDS)('answers a preflight of %s in its format', async (kind) => {
    const { http } = changed(kind, {}).requestContext as { http?: object };
    const context = http && { http: { ...http, method: 'OPTIONS' } };
    const origin = 'http://localhost:3000';
    const hasLists = kind === 'alb-multi-value';
    const sent = hasLists
      ? { multiValueHeaders: { origin: [origin] } }
      : { headers: { origin }, multiValueHeaders: null };
    const event = changed(kind, { httpMethod: 'OPTIONS', ...sent }, context);
    const allowed = { 'access-control-allow-origin': hasLists ? [origin] : origin };
    for (const handler of handlers) {
      const answer = await handler(event, lambdaContext);
      expect(answer).toMatchObject({ statusCode: 204, [hasLists ? 'multiValueHeaders' : 'headers']: allowed });
      expectHttpAnswer(answer, FORMATS[kind]);
    }
  });

  test.each(KINDS)('answers an error of %s in its format', async (kind) => {
    for (const handler of handlers) {
      const answer = await handler(documentedEvent(kind), lambdaContext);
      expect(answer).toMatchObject({ statusCode: 404, body: '{"code":"not_found","message":"Not Found"}' });
      expectHttpAnswer(answer, FORMATS[kind]);
    }
  });

  test('a REST API with a named stage gets 405 by its own path', async () => {
    const [, notFound] = handlers as [LambdaHandler, LambdaHandler];
    const answer = await notFound(changed('rest-api', { path: '/known' }), lambdaContext);
    expect(answer).toMatchObject({ statusCode: 405, headers: { allow: 'GET' } });
  });
});

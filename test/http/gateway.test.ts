import { payloadFormatOf } from '../../lib/http/gateway.ts';
import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import { readEvent } from '../../lib/http/read-event.ts';
import { documentedEvent, expectHttpAnswer } from '../fixtures/gateway.ts';
import { lambdaContext, startFunction } from '../fixtures/lambda.ts';
import { changed, FORMATS, KINDS, NOT_HTTP, read } from './documented-events.ts';

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

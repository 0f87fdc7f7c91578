import fc from 'fast-check';
import { payloadFormatOf } from '../../lib/http/gateway.ts';
import { readEvent } from '../../lib/http/read-event.ts';
import { documentedEvent } from '../fixtures/gateway.ts';
import { changed, KINDS, read } from './documented-events.ts';

type Fields = Readonly<Record<string, unknown>>;

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

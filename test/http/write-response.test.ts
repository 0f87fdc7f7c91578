import { writeResponse } from '../../lib/http/write-response.ts';
import { FORMATS } from './documented-events.ts';

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

  test.each(Object.values(FORMATS))('%s: a cookie that a handler wrote as a header stays with the others', (format) => {
    const written = JSON.stringify(writeResponse({ ...answer, headers: { 'Set-Cookie': 'own=1' } }, format));
    for (const cookie of ['own=1', ...answer.cookies]) expect(written).toContain(cookie);
  });

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

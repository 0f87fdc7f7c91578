import { clientAddress } from '../../lib/http/client-address.ts';
import { readEvent } from '../../lib/http/read-event.ts';
import { httpApiEvent } from '../fixtures/lambda.ts';

const EDGE = '198.51.100.200';
const VIEWER = '203.0.113.7';
const FORWARDED = { header: 'x-forwarded-for', hops: 1 };

const addressBy = (proxy: typeof FORWARDED | undefined, headers: Record<string, string>): string =>
  clientAddress(readEvent(httpApiEvent('POST', '/auth/signin', { headers, sourceIp: EDGE }), '2.0', ''), proxy);

test('without a trusted proxy it is the address that connected, whatever the headers say', () => {
  const headers = { 'x-forwarded-for': VIEWER, 'x-real-ip': VIEWER, 'cloudfront-viewer-address': `${VIEWER}:443` };
  expect(addressBy(undefined, headers)).toBe(EDGE);
});

test.each([
  ['CloudFront and API Gateway have appended', `${VIEWER}, ${EDGE}`],
  ['API Gateway has not appended', VIEWER],
  ['the client had sent entries of its own', `192.0.2.1, 192.0.2.2,${VIEWER}, ${EDGE}`],
  ['the client had sent what is no address', `unknown, <script>, ,${VIEWER}, ${EDGE}`],
  ['the client had sent the address of the proxy', `${EDGE}, ${EDGE}, ${VIEWER}, ${EDGE}`],
  ['the proxy appends a port', `${VIEWER}:443, ${EDGE}`],
])('with one trusted proxy it is what that proxy has appended: %s', (_what, forwarded) => {
  expect(addressBy(FORWARDED, { 'x-forwarded-for': forwarded })).toBe(VIEWER);
});

test('a header that is sent twice is read as one list, as API Gateway joins it', () => {
  const event = {
    ...httpApiEvent('POST', '/auth/signin'),
    version: '1.0',
    httpMethod: 'POST',
    path: '/auth/signin',
    multiValueHeaders: { 'X-Forwarded-For': ['192.0.2.1', VIEWER] },
    requestContext: { stage: '$default', identity: { sourceIp: EDGE } },
  };
  expect(clientAddress(readEvent(event, '1.0', ''), FORWARDED)).toBe(VIEWER);
});

test.each([
  ['2001:db8::7', '2001:db8::7'],
  ['[2001:db8::7]', '2001:db8::7'],
  ['[2001:db8::7]:443', '2001:db8::7'],
])('an IPv6 address is read in brackets, with and without a port: %s', (entry, address) => {
  expect(addressBy(FORWARDED, { 'x-forwarded-for': `${entry}, ${EDGE}` })).toBe(address);
});

test('of a function URL, X-Forwarded-For is not read: it has the first entry alone, which a client can write', () => {
  const event = httpApiEvent('POST', '/auth/signin', {
    headers: { 'x-forwarded-for': VIEWER, 'true-client-ip': VIEWER },
  });
  const requestContext = {
    ...event.requestContext,
    domainName: 'id.lambda-url.us-east-1.on.aws',
    http: { ...event.requestContext.http, sourceIp: EDGE },
  };
  const request = readEvent({ ...event, requestContext }, '2.0', '');
  expect(clientAddress(request, FORWARDED)).toBe(EDGE);
  expect(clientAddress(request, { header: 'true-client-ip', hops: 1 })).toBe(VIEWER);
});

test('with two trusted proxies it is what the outer one has appended', () => {
  const two = { header: 'x-forwarded-for', hops: 2 };
  expect(addressBy(two, { 'x-forwarded-for': `192.0.2.1, ${VIEWER}, 192.0.2.99, ${EDGE}` })).toBe(VIEWER);
});

test('the header may be another one, with a single address', () => {
  const single = { header: 'cf-connecting-ip', hops: 1 };
  expect(addressBy(single, { 'cf-connecting-ip': VIEWER, 'x-forwarded-for': '192.0.2.1' })).toBe(VIEWER);
});

test.each([
  ['no header', {}, 1],
  ['an empty header', { 'x-forwarded-for': '' }, 1],
  ['fewer entries than proxies', { 'x-forwarded-for': `${VIEWER}, ${EDGE}` }, 2],
  ['no address at that place', { 'x-forwarded-for': `${VIEWER}, unknown, ${EDGE}` }, 1],
  ['an address with more behind it', { 'x-forwarded-for': `${VIEWER} x` }, 1],
])('it is the address that connected if there is %s', (_what, headers, hops) => {
  expect(addressBy({ ...FORWARDED, hops }, headers)).toBe(EDGE);
});

import { readFileSync } from 'node:fs';
import { failureOf, isHttpEvent, readResult } from '../../../lib/dev/lambda/http-response.ts';

type HttpEvent = Parameters<typeof failureOf>[0];
const eventOf = (name: string): HttpEvent => JSON.parse(readFileSync(`test/fixtures/events/${name}.json`, 'utf8'));

test.each(['http-api-v1', 'http-api-v2', 'rest-api', 'function-url', 'alb'])('%s expects a response', (name) => {
  expect(isHttpEvent(eventOf(name))).toBe(true);
});

test.each([
  'authorizer-http-api-v1',
  'authorizer-http-api-v2',
  'authorizer-rest-api',
  'token-authorizer',
  'scheduled',
  'sqs',
])('%s expects no response', (name) => {
  expect(isHttpEvent(eventOf(name))).toBe(false);
});

test.each([
  ['http-api-v2', 500, 'Internal Server Error'],
  ['http-api-v1', 500, 'Internal Server Error'],
  ['rest-api', 502, 'Internal server error'],
])('a failure before %s', (name, statusCode, message) => {
  expect(failureOf(eventOf(name))).toMatchObject({ statusCode, body: JSON.stringify({ message }) });
});

test('serverless-offline omits the version of payload 1.0: the resource shows an HTTP API', () => {
  const { version: _version, ...event } = eventOf('http-api-v1');
  expect(failureOf({ ...event, resource: 'GET /notes' } as HttpEvent).statusCode).toBe(500);
  expect(failureOf({ ...event, resource: '/notes' } as HttpEvent).statusCode).toBe(502);
});

test.each(['http-api-v1', 'rest-api'])('%s: a result without a status is an error', (name) => {
  expect(readResult({ notes: [] }, eventOf(name))).toMatch('no statusCode');
});

test.each([
  [{ statusCode: 700 }, '700 is not an HTTP status'],
  [{ statusCode: 'soon' }, 'soon is not an HTTP status'],
  [{ statusCode: 200, body: [1] }, 'The body must be a string, not an array. Use JSON.stringify.'],
])('%j is an error', (result, fault) => {
  expect(readResult(result, eventOf('http-api-v2'))).toBe(fault);
});

test('a status may be a string of digits', () => {
  expect(readResult({ statusCode: '201' }, eventOf('http-api-v2'))).toMatchObject({ statusCode: 201 });
});

import { foreignRequest } from '../../lib/dev/foreign-request.ts';

test.each([
  'localhost:3567',
  'LOCALHOST',
  'core.localhost:3567',
  '127.0.0.1:8000',
  '[::1]:3567',
  '192.168.0.7',
  // A container's name.
  'core:3567',
])('the host %s is accepted, because no attacker can own it', (host) => {
  expect(foreignRequest({ host })).toBeUndefined();
});

test.each([
  'evil.example',
  'localhost.evil.example:3567',
  '127.0.0.1.evil.example',
  '127.0.0.1@evil.example',
  '',
  'a b',
])('the host "%s" is rejected', (host) => {
  expect(foreignRequest({ host })).toContain('Host');
});

test('a request without a host is rejected', () => {
  expect(foreignRequest({})).toContain('Host');
});

test('the configured host is accepted, and it alone', () => {
  expect(foreignRequest({ host: 'core.internal:3567' }, 'core.internal')).toBeUndefined();
  expect(foreignRequest({ host: 'evil.example' }, 'core.internal')).toContain('Host');
});

test.each([
  { origin: 'https://evil.example' },
  { origin: 'null' },
  { origin: 'http://localhost:3000' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'same-origin' },
])('a page with %j is rejected', (headers) => {
  expect(foreignRequest({ host: 'localhost', ...headers })).toContain('web pages');
});

test('an address that a developer opens in a browser is accepted', () => {
  expect(
    foreignRequest({ host: 'localhost:3567', 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }),
  ).toBeUndefined();
});

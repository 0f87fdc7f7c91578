import fc from 'fast-check';
import { hasWildcard, isWebsite, parseWebsites, type Websites, websiteOf } from '../../lib/config/websites.ts';

test.each<[string, readonly string[]]>([
  ['https://app.example.com', ['https://app.example.com']],
  ['https://app.example.com/', ['https://app.example.com']],
  ['HTTPS://App.Example.com:443', ['https://app.example.com']],
  [
    'https://app.example.com, https://admin.example.com:8443 ,',
    ['https://app.example.com', 'https://admin.example.com:8443'],
  ],
  ['https://*.example.com', ['https://*.example.com']],
  ['https://*.pr.Example.com:8443/', ['https://*.pr.example.com:8443']],
  ['https://*.www.example.com', ['https://*.www.example.com']],
  ['http://*.localhost:3000', ['http://*.localhost:3000']],
  ['https://bücher.example', ['https://xn--bcher-kva.example']],
  ['', ['http://localhost:3000']],
])('"%s" is the websites %j', (text, websites) => {
  expect(parseWebsites(text)).toEqual(websites);
});

test.each([
  ...['app.example.com', 'localhost:3000', 'ftp://app.example.com', 'https://', 'null', '*', ','],
  ...[
    'https://app.example.com/shop',
    'https://app.example.com?a',
    'https://app.example.com#a',
    'https://me@app.example.com',
  ],
  ...['https://*', 'https://*.com', 'http://*', 'https://*:3000', 'https://*.0.0.1'],
  ...[
    'https://shop-*.example.com',
    'https://*shop.example.com',
    'https://app.*.example.com',
    'https://*.*.example.com',
  ],
  ...['https://**.example.com', 'https://app.example.com:*', 'https://*.example.com/*', '*.example.com'],
  'https://app.example.com,app.example.org',
])('"%s" is no list of websites', (text) => {
  expect(parseWebsites(text)).toBeUndefined();
});

const WEBSITES: Websites = ['https://app.example.com', 'https://*.pr.example.com', 'http://*.localhost:3000'];

test.each([
  'https://app.example.com',
  'https://17.pr.example.com',
  'https://feature-a_b.pr.example.com',
  'http://shop.localhost:3000',
])('%s is one of the websites', (origin) => {
  expect(isWebsite(origin, WEBSITES)).toBe(true);
  expect(websiteOf(origin, WEBSITES)).toBe(origin);
});

test.each([
  undefined,
  ...['', 'null', '*', 'https://*.pr.example.com'],
  ...['http://app.example.com', 'https://app.example.com:8443', 'https://app.example.com/', 'https://APP.example.com'],
  ...['https://pr.example.com', 'https://.pr.example.com', 'https://a.b.pr.example.com', 'https://evilpr.example.com'],
  ...[
    'https://a.pr.example.com.evil.example',
    'https://evil.example/.pr.example.com',
    'https://evil.example#.pr.example.com',
  ],
  ...[
    'https://me@evil.pr.example.com',
    'https://a.pr.example.com:8443',
    'https://a.pr.example.com, https://b.pr.example.com',
  ],
  ...['https://a\n.pr.example.com', 'http://shop.localhost', 'http://localhost:3000'],
])('%j is none of them, and counts as the first', (origin) => {
  expect(isWebsite(origin, WEBSITES)).toBe(false);
  expect(websiteOf(origin, WEBSITES)).toBe('https://app.example.com');
});

test('a request without an origin has one of a wildcard website, too', () => {
  expect(websiteOf(undefined, ['https://*.example.com:8443'])).toBe('https://www.example.com:8443');
});

test('a wildcard stands for one label whatever its letters, and for nothing else', () => {
  const label = fc.stringMatching(/^[a-z0-9-]{1,20}$/);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), label, (text, name) => {
      expect(isWebsite(`https://${name}.pr.example.com`, WEBSITES)).toBe(true);
      const isLabel = /^[a-z0-9_-]+$/.test(text);
      expect(isWebsite(`https://${text}.pr.example.com`, WEBSITES)).toBe(isLabel);
    }),
  );
});

test('only a star makes a wildcard', () => {
  expect(hasWildcard(WEBSITES)).toBe(true);
  expect(hasWildcard(['https://app.example.com', 'https://admin.example.com'])).toBe(false);
});

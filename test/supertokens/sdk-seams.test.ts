import { generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { PublishedKeysReader } from '../../lib/core/index.ts';
import { connectSdk } from '../../lib/supertokens/sdk-seams.ts';

import jwks = require('supertokens-node/lib/build/combinedRemoteJWKSet');
import querier = require('supertokens-node/lib/build/querier');

import { fileOfPackage } from '../../lib/dev/installed-packages.ts';

const original = { doFetch: querier.doFetch, getCombinedJWKS: jwks.getCombinedJWKS };
const readSdk = (file: string) => readFile(fileOfPackage('supertokens-node', `lib/build/${file}.js`), 'utf8');
const elsewhere = jest.fn(async () => new Response('elsewhere'));
const ask = jest.fn(async () => new Response('core'));
const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const published: PublishedKeysReader = {
  read: jest.fn(),
  find: jest.fn(async (kid) => (kid === 'd-1' ? publicKey : undefined)),
  learn: jest.fn(),
};

beforeEach(() => {
  jest.clearAllMocks();
  Object.assign(querier, { doFetch: elsewhere });
  connectSdk(['http://core-1', 'http://core-2/base'], ask, published);
});
afterEach(() => {
  Object.assign(querier, { doFetch: original.doFetch });
  Object.assign(jwks, { getCombinedJWKS: original.getCombinedJWKS });
});

test('the SDK has the exact version that the seams were tried with', async () => {
  const { dependencies } = JSON.parse(await readFile('package.json', 'utf8')) as {
    dependencies: Record<string, string>;
  };
  expect(dependencies['supertokens-node']).toBe('24.0.3');
});

test('all that the SDK asks a core goes through doFetch, called on the module so that it can be replaced', async () => {
  const source = await readSdk('querier');
  expect(source.match(/\(0, exports\.doFetch\)\(/g)).toHaveLength(8);
  expect(source.match(/fetchFunction\(/g)).toHaveLength(1);
});

test('the SDK verifies access tokens with the keys of getCombinedJWKS alone', async () => {
  const source = await readSdk('recipe/session/sessionFunctions');
  expect(source.match(/\(0, combinedRemoteJWKSet_1\.getCombinedJWKS\)\(/g)).toHaveLength(1);
});

test.each([
  ['a text', 'http://core-1/hello'],
  ['a URL', new URL('http://core-1/hello')],
  ['a request', new Request('http://core-1/hello')],
])('what is meant for the core goes there, asked for by %s', async (_what, input) => {
  const init = { method: 'GET' };
  expect(await (await querier.doFetch(input, init)).text()).toBe('core');
  expect(ask).toHaveBeenCalledWith('http://core-1/hello', init);
});

test('it is known by any of the addresses', async () => {
  expect(await (await querier.doFetch('http://core-2/base/hello', undefined)).text()).toBe('core');
});

test.each(['http://core-1.example.com/hello', 'http://core-2/hello', 'http://another/http://core-1/'])(
  'what is meant for others goes to them: %s',
  async (url) => {
    expect(await (await querier.doFetch(url, undefined)).text()).toBe('elsewhere');
    expect(elsewhere).toHaveBeenCalledWith(url, undefined);
    expect(ask).not.toHaveBeenCalled();
  },
);

describe('the key of a token', () => {
  const find = (header: object) => jwks.getCombinedJWKS(undefined as never, undefined as never)(header as never);

  test('is the published one of its kid', async () => {
    expect(await find({ alg: 'RS256', kid: 'd-1' })).toBe(publicKey);
  });

  const NONE = 'No published key has signed this token';

  test('is none for a token of another kid', async () => {
    await expect(find({ alg: 'RS256', kid: 'd-2' })).rejects.toThrow(NONE);
  });

  test.each([
    ['without a kid', { alg: 'RS256' }],
    ['of another algorithm', { alg: 'HS256', kid: 'd-1' }],
    ['without an algorithm', { kid: 'd-1' }],
  ])('is none, and not looked for, for a token %s', async (_what, header) => {
    await expect(find(header)).rejects.toThrow(NONE);
    expect(published.find).not.toHaveBeenCalled();
  });
});

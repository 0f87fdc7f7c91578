import type { Core } from '../../lib/core/index.ts';
import { BUILT_IN_CORE_URI, connectBuiltInCore } from '../../lib/supertokens/built-in-core.ts';

import jwks = require('supertokens-node/lib/build/combinedRemoteJWKSet');
import querier = require('supertokens-node/lib/build/querier');

const original = { doFetch: querier.doFetch, getCombinedJWKS: jwks.getCombinedJWKS };

afterEach(() => {
  Object.assign(querier, { doFetch: original.doFetch });
  Object.assign(jwks, { getCombinedJWKS: original.getCombinedJWKS });
});

const answering = (status: number, body: object): Pick<Core, 'handle' | 'publishedKeys'> => ({
  handle: jest.fn(async () => ({
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })),
  publishedKeys: { read: jest.fn(), find: jest.fn(async () => undefined), learn: jest.fn() },
});

test('what is meant for the core is a function call', async () => {
  const core = answering(200, { status: 'OK' });
  connectBuiltInCore(core);
  const response = await querier.doFetch(`${BUILT_IN_CORE_URI}/recipe/session?sessionHandle=a%20b`, {
    method: 'GET',
    headers: { 'cdi-version': '5.4' },
  });
  expect(core.handle).toHaveBeenCalledWith({
    method: 'GET',
    path: '/recipe/session',
    query: new URLSearchParams('sessionHandle=a b'),
    headers: { 'cdi-version': '5.4' },
    body: undefined,
  });
  expect(response.headers.get('Content-Type')).toBe('application/json');
  expect(await response.clone().json()).toEqual({ status: 'OK' });
});

test.each([
  ['503 is a service that is not available', 503, 'The service is not available right now. Please try again.'],
  ['500 is a fault of ours', 500, 'The built-in core failed at POST /recipe/session. Its log line says why'],
])('a core that answers %s', async (_what, status, message) => {
  connectBuiltInCore(answering(status, {}));
  await expect(querier.doFetch(`${BUILT_IN_CORE_URI}/recipe/session`, { method: 'POST' })).rejects.toThrow(message);
});

test('the SDK looks for the keys of tokens among those that the core has published', async () => {
  const core = answering(200, {});
  connectBuiltInCore(core);
  const find = jwks.getCombinedJWKS(undefined as never, undefined as never);
  await expect(find({ alg: 'RS256', kid: 'd-1' } as never)).rejects.toThrow('No published key has signed this token');
  expect(core.publishedKeys.find).toHaveBeenCalledWith('d-1');
});

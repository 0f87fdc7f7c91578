import type { KeyObject } from 'node:crypto';
import type { PublishedKeysReader } from '../core/index.ts';

// The only places where a function reaches inside the SDK. Its version is exact in package.json, and a test fails if
// either of the two has moved. `import x = require()` gives the module object itself: an ES namespace is read-only.
import jwks = require('supertokens-node/lib/build/combinedRemoteJWKSet');
import querier = require('supertokens-node/lib/build/querier');

/** Asks a core. @param url begins with one of the core's addresses */
export type AskCore = (url: string, init: RequestInit | undefined) => Promise<Response>;

/**
 * Sends what the SDK asks a core to `ask`, and lets it verify access tokens with `publishedKeys`. Everything else that
 * the SDK fetches goes where it says.
 * @param addresses the core's, as the SDK was given them, without a trailing slash
 */
export function connectSdk(addresses: readonly string[], ask: AskCore, publishedKeys: PublishedKeysReader): void {
  const fetchElsewhere = querier.doFetch;
  const doFetch: typeof querier.doFetch = (input, init) => {
    const url = typeof input === 'string' ? input : input instanceof URL ? input.href : input.url;
    const isForCore = addresses.some((address) => url.startsWith(`${address}/`));
    return isForCore ? ask(url, init) : fetchElsewhere(input, init);
  };
  Object.assign(querier, { doFetch });
  Object.assign(jwks, { getCombinedJWKS: () => (header: JwsHeader) => findKey(publishedKeys, header) });
}

interface JwsHeader {
  readonly alg?: string;
  readonly kid?: string;
}

/** A key for jose; an error makes the SDK answer 401 `try refresh token`. */
async function findKey(publishedKeys: PublishedKeysReader, { alg, kid }: JwsHeader): Promise<KeyObject> {
  const key = alg === 'RS256' && kid !== undefined ? await publishedKeys.find(kid) : undefined;
  if (key === undefined) throw new Error('No published key has signed this token');
  return key;
}

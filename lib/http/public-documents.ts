import type { GatewayResponse } from './gateway.ts';
import { isRouted } from './not-found.ts';
import type { RouteMiddleware } from './route-types.ts';

/** Where the SDK answers discovery and JWKS below the API base path. */
export const DISCOVERY_PATH = '/.well-known/openid-configuration';
export const JWKS_PATH = '/jwt/jwks.json';

/** s; the discovery document changes with a deployment only. */
const DISCOVERY_MAX_AGE = 3600;
/** s. Caches must soon drop a withdrawn key. */
const JWKS_MAX_AGE = 600;

/**
 * Lets caches keep the two public documents. Caches keep a JWKS no longer than the core allows, which is until a new
 * key may appear. So a cache does not shorten the 2 h 10 min for which a key is published before it signs.
 */
export function cacheablePublicDocuments(basePath: string): RouteMiddleware {
  return {
    after({ event, response }) {
      if (response?.statusCode !== 200) return;
      if (isRouted(event, [`GET ${basePath}${DISCOVERY_PATH}`])) keep(response, discoveryCaching);
      if (isRouted(event, [`GET ${basePath}${JWKS_PATH}`])) keep(response, jwksCaching);
    },
  };
}

const discoveryCaching = (): string => `public, max-age=${DISCOVERY_MAX_AGE}`;

function jwksCaching(fromCore: string): string {
  const maxAge = Number(/max-age=(\d+)/.exec(fromCore)?.[1] ?? 0);
  return `public, max-age=${Math.min(maxAge, JWKS_MAX_AGE)}, must-revalidate`;
}

function keep(response: GatewayResponse, caching: (present: string) => string): void {
  const headers = Object.entries(response.headers ?? {});
  const isCaching = ([name]: [string, unknown]): boolean => name.toLowerCase() === 'cache-control';
  const present = String(headers.find(isCaching)?.[1] ?? '');
  const others = Object.fromEntries(headers.filter((header) => !isCaching(header)));
  response.headers = { ...others, 'cache-control': caching(present) };
}

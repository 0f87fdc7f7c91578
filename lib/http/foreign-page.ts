import type { AppInfo } from '../config/app-info.ts';
import { isWebsite } from '../config/websites.ts';
import { ServiceError } from './errors.ts';
import type { GatewayRequest } from './gateway.ts';
import type { RouteMiddleware } from './route-types.ts';
import { APPLE_CALLBACK } from './sdk-routes.ts';
import { hasSessionCookie } from './session-cookies.ts';

/** Where the websites and the API are. */
export type Origins = Pick<AppInfo, 'websites' | 'apiDomain' | 'apiBasePath'>;

/**
 * Refuses, with 403 and before anything happens, what a page of another origin makes the user's browser send with the
 * session's cookies (CSRF). `SameSite` does not stop a page of another subdomain, and anti-CSRF tokens are optional.
 */
export const refuseForeignPages = (origins: Origins): RouteMiddleware => ({
  before({ event }) {
    if (isFromForeignPage(event, origins))
      throw new ServiceError('foreign_page', 'Requests from this page are not allowed');
  },
});

/**
 * Whether a request that may change something carries session cookies and comes from a page of neither a website nor the
 * API. Browsers say where a request comes from by `Origin`, or at least by `Sec-Fetch-Site`, and no page can change either.
 * A client that sends neither is no browser, so no page can have misused it.
 * @see https://fetch.spec.whatwg.org/#origin-header
 * @see https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
 */
export function isFromForeignPage(request: GatewayRequest, { websites, apiDomain, apiBasePath }: Origins): boolean {
  if (READING.includes(request.httpMethod) || !hasSessionCookie(request)) return false;
  // It only redirects, and a page of Apple sends it. A browser can still have the cookies of an old session.
  if (request.path === `${apiBasePath}${APPLE_CALLBACK}`) return false;
  const { origin, 'sec-fetch-site': site } = request.headers;
  // `same-origin` is the API itself, `none` the user themselves. `same-site` may be any subdomain.
  if (origin === undefined) return site !== undefined && site !== 'same-origin' && site !== 'none';
  return !isWebsite(origin, websites) && origin !== apiDomain;
}

const READING = ['GET', 'HEAD', 'OPTIONS'];

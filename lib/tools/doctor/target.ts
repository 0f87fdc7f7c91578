import { getTopLevelDomainForSameSiteResolution } from 'supertokens-node/lib/build/utils';
import { isHttpUrl } from '../../config/variables.ts';
import { isSecureUrl } from '../../login/secure-url.ts';
import { UsageError } from '../command-line.ts';

/** The service that is examined, and the website that calls it. */
export interface Target {
  /** Scheme, host and port, as `API_DOMAIN` should be. */
  readonly api: string;
  /** What stands before every path, as `API_GATEWAY_PATH` should be; empty if nothing does. */
  readonly gatewayPath: string;
  /** As `API_BASE_PATH` should be; begins with a slash, or is empty. */
  readonly basePath: string;
  /** The website's origin, as `WEBSITE_DOMAIN` should have it. */
  readonly website: string;
  /** A route that needs a session, below the gateway's path. */
  readonly route: string;
}

export interface GivenTarget {
  readonly url: string;
  readonly origin: string;
  readonly basePath: string;
  readonly route: string;
}

/** @throws UsageError naming what is no address */
export function readTarget({ url, origin, basePath, route }: GivenTarget): Target {
  const api = readUrl('The URL', url);
  const website = readUrl('--origin', origin);
  if (website.pathname !== '/')
    throw new UsageError(`--origin ${origin}: an origin is a scheme, host and port, without a path.`);
  return {
    api: api.origin,
    gatewayPath: withoutSlash(api.pathname),
    basePath: readPath('--base-path', basePath),
    website: website.origin,
    route: readPath('--route', route),
  };
}

function readUrl(what: string, given: string): URL {
  if (!isHttpUrl(given)) throw new UsageError(`${what} must begin with https:// or http://, but ${given} does not.`);
  const url = new URL(given);
  if (url.search !== '' || url.hash !== '' || url.username !== '') {
    throw new UsageError(`${what} must not have a user, ? or #.`);
  }
  return url;
}

function readPath(option: string, given: string): string {
  const path = withoutSlash(given);
  if (path !== '' && !/^(\/[A-Za-z0-9._~-]+)+$/.test(path))
    throw new UsageError(`${option} must be a path such as /auth.`);
  return path;
}

const withoutSlash = (path: string): string => path.replace(/\/+$/, '');

/** What access tokens must have as `iss`, and where API Gateway's JWT authorizer looks for the discovery document. */
export const issuerOf = ({ api, gatewayPath, basePath }: Target): string => `${api}${gatewayPath}${basePath}`;

/** Where the browser is to send the refresh token, and nowhere else. */
export const refreshPathOf = ({ gatewayPath, basePath }: Target): string => `${gatewayPath}${basePath}/session/refresh`;

/** Whether the API is on the machine on which the doctor runs. */
export const isLocal = ({ api }: Target): boolean => isLoopback(new URL(api));

/** Only a loopback host may be asked over http. */
export const isLoopback = ({ hostname }: URL): boolean => isSecureUrl(`http://${hostname}`);

/** `localhost` and `127.0.0.1`, which are one machine, and two sites to a browser though one to SuperTokens. */
export function isLoopbackMix({ api, website }: Pick<Target, 'api' | 'website'>): boolean {
  const [one, other] = [new URL(api), new URL(website)];
  return isLoopback(one) && isLoopback(other) && one.hostname !== other.hostname;
}

/**
 * Whether the API and the website are one site to a browser: the same scheme, and the same registrable domain or the
 * same host. The browser then sends the API's cookies with the website's requests, whatever their SameSite is.
 */
export function isSameSite({ api, website }: Target): boolean {
  const [one, other] = [new URL(api), new URL(website)];
  if (one.protocol !== other.protocol) return false;
  return one.hostname === other.hostname || (!isBareHost(one) && registrableDomain(one) === registrableDomain(other));
}

/** A name without a dot, or an IP address, which belongs to no domain. */
const isBareHost = ({ hostname }: URL): boolean => !hostname.includes('.') || /^[\d.]+$|^\[/.test(hostname);

/** By the SDK's own list of public suffixes; a host that is a suffix itself stands alone. */
export function registrableDomain({ origin, hostname }: URL): string {
  try {
    return getTopLevelDomainForSameSiteResolution(origin);
  } catch {
    return hostname;
  }
}

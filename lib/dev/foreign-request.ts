import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/**
 * Why a server for this machine's own programs refuses a request; `undefined` if it does not. A web page can reach such
 * a server through the browser of a developer. Then the request names the page's origin, or says that it is cross-site,
 * or has the page's own domain as its host (DNS rebinding). Programs send neither of the first two.
 * @param ownHost the name on which the server listens, if it has one
 */
export function foreignRequest(headers: IncomingHttpHeaders, ownHost?: string): string | undefined {
  if (headers.origin !== undefined) return 'Requests from web pages are rejected.';
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'none') return 'Requests from web pages are rejected.';
  const host = hostNameOf(headers.host);
  if (host === undefined || !(isUnregistrable(host) || host === ownHost)) {
    return `The Host header ${headers.host ?? '(none)'} is rejected. Use localhost or an IP address.`;
  }
  return undefined;
}

/** Without the port, the brackets of IPv6, and upper case; `undefined` if it is no host. */
function hostNameOf(host: string | undefined): string | undefined {
  const url = `http://${host}`;
  if (host === undefined || !URL.canParse(url)) return undefined;
  return new URL(url).hostname.replace(/^\[(.*)\]$/, '$1');
}

/**
 * Whether an attacker cannot own this host name. That holds for addresses, for `localhost` and what is below it (RFC
 * 6761, section 6.3), and for names without a dot, as containers have: ICANN forbids dotless domains.
 */
const isUnregistrable = (host: string): boolean => isIP(host) !== 0 || /^[^.]+$|\.localhost$/.test(host);

import { isIP } from 'node:net';
import type { TrustedProxy } from '../config/trusted-proxy.ts';
import type { GatewayRequest } from './gateway.ts';

/**
 * The IP address of the client. Without a trusted proxy it is the address that connected to API Gateway, whatever the headers
 * say. With one it is the address that the outermost trusted proxy has appended to the header. Entries before it come from
 * the client. A header with too few entries, or with no address there, is not used.
 */
export function clientAddress(
  { headers, requestContext }: Pick<GatewayRequest, 'headers' | 'requestContext'>,
  proxy: TrustedProxy | undefined,
): string {
  const { sourceIp } = requestContext.http;
  if (proxy === undefined || (proxy.header === 'x-forwarded-for' && isFunctionUrl(requestContext))) return sourceIp;
  const entries = (headers[proxy.header] ?? '').split(',').map(addressIn);
  // API Gateway itself appends to X-Forwarded-For.
  const appended = entries.at(-1) === sourceIp ? entries.slice(0, -1) : entries;
  return appended.at(-proxy.hops) ?? sourceIp;
}

/** A function URL gives a function the first entry of X-Forwarded-For alone, which is the client's own. */
const isFunctionUrl = ({ domainName }: GatewayRequest['requestContext']): boolean =>
  domainName.includes('.lambda-url.');

/** Some proxies append the port, too: `192.0.2.7:443`, `[2001:db8::1]:443`. @returns `undefined` if it is no address */
function addressIn(entry: string): string | undefined {
  const text = entry.trim();
  const [, bare = text] = /^\[(.*)\](?::\d+)?$/.exec(text) ?? /^([\d.]+):\d+$/.exec(text) ?? [];
  return isIP(bare) === 0 ? undefined : bare;
}

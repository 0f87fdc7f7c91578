import { isIPv4, isIPv6 } from 'node:net';

/** Not an address: API Gateway's console, for one, sends `test-invoke-source-ip`. */
const UNKNOWN = 'unknown';

/**
 * Whom attempts from an address are counted against.
 *
 * An IPv4 address stands for itself, in whatever way it is written. Of an IPv6 address only the /64 counts, since
 * whoever has one address has all of its /64 (RFC 4291, section 2.5.1). All that is no address counts as one.
 * @returns short, and the same for all addresses counted together: `192.0.2.7`, `2001:db8:0:1::/64`, `unknown`
 */
export function sourceNetwork(address: string): string {
  if (isIPv4(address)) return address;
  if (!isIPv6(address)) return UNKNOWN;
  const groups = groupsOf(address);
  return mappedIPv4(groups) ?? `${groups.slice(0, 4).join(':')}::/64`;
}

/** The eight groups of an IPv6 address, in hex without leading zeros. */
function groupsOf(address: string): string[] {
  const [withoutZone = ''] = address.split('%');
  // A URL's host is in the canonical form of RFC 5952, except that an IPv4 tail is in hex, too.
  const canonical = new URL(`http://[${withoutZone}]`).hostname.slice(1, -1);
  const [head = [], tail = []] = canonical.split('::').map((part) => part.split(':').filter((group) => group !== ''));
  return [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
}

/** `::ffff:192.0.2.7` is how IPv6 sockets show an IPv4 peer (RFC 4291, section 2.5.5.2). */
function mappedIPv4(groups: readonly string[]): string | undefined {
  if (groups.slice(0, 6).join(':') !== '0:0:0:0:0:ffff') return undefined;
  return groups
    .slice(6)
    .map((group) => Number.parseInt(group, 16))
    .flatMap((pair) => [pair >> 8, pair & 255])
    .join('.');
}

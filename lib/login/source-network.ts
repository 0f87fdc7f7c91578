import { isIPv4, isIPv6 } from 'node:net';

/** A network that attempts are counted against. */
export interface SourceNetwork {
  /** Short, and the same for all addresses that are counted together: `192.0.2.7`, `2001:db8:0:1::/64`, `unknown` */
  readonly name: string;
  /** How many times the attempts of a single address may come from it. */
  readonly share: number;
}

/** Not an address: API Gateway's console, for one, sends `test-invoke-source-ip`. */
const UNKNOWN: SourceNetwork = { name: 'unknown', share: 1 };

/**
 * The networks that attempts from an address are counted against, the narrowest first.
 *
 * An IPv4 address is counted by itself, in whatever way it is written. An IPv6 address is counted by its /64, /56 and
 * /48. One device has a whole /64 (RFC 4291, section 2.5.1). One customer may have a whole /56 or /48 (RFC 6177,
 * section 2). Since many may share them, these have twice and four times the attempts. Everything that is no address
 * counts as one.
 */
export function sourceNetworks(address: string): readonly SourceNetwork[] {
  if (isIPv4(address)) return [{ name: address, share: 1 }];
  if (!isIPv6(address)) return [UNKNOWN];
  const groups = groupsOf(address);
  const mapped = mappedIPv4(groups);
  if (mapped !== undefined) return [{ name: mapped, share: 1 }];
  const site = groups.slice(0, 3).join(':');
  const subnet = Number.parseInt(groups[3] ?? '', 16);
  return [
    { name: `${site}:${subnet.toString(16)}::/64`, share: 1 },
    { name: `${site}:${(subnet & 0xff00).toString(16)}::/56`, share: 2 },
    { name: `${site}::/48`, share: 4 },
  ];
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

import { sourceNetwork } from '../../lib/login/source-network.ts';

test.each([
  ['an IPv4 address stands for itself', '192.0.2.7', '192.0.2.7'],
  ['an IPv6 address stands for its /64', '2001:db8:0:1:a:b:c:d', '2001:db8:0:1::/64'],
  ['a compressed one, too', '2001:db8::1', '2001:db8:0:0::/64'],
  ['compressed at its end, too', '2001:db8:0:1::', '2001:db8:0:1::/64'],
  ['compressed in its middle, too', '2001:db8:0:1:0:0:0:1', '2001:db8:0:1::/64'],
  ['in whatever way it is written', '2001:0DB8:0000:0001::0001', '2001:db8:0:1::/64'],
  ['its zone does not count', 'fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['the loopback address', '::1', '0:0:0:0::/64'],
  ['the unspecified address', '::', '0:0:0:0::/64'],
  ['an IPv4-mapped address equals the IPv4 address', '::ffff:192.0.2.7', '192.0.2.7'],
  ['written in hex as well', '::FFFF:c000:207', '192.0.2.7'],
  ['written in full as well', '0:0:0:0:0:ffff:c000:0207', '192.0.2.7'],
  ['an IPv4 tail of another prefix makes no IPv4 address', '64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
  ["API Gateway's console is one unknown source", 'test-invoke-source-ip', 'unknown'],
  ['so is nothing', '', 'unknown'],
  ['what only looks like an address, too', '192.0.2.7, 192.0.2.8', 'unknown'],
])('%s: %s', (_name, address, network) => {
  expect(sourceNetwork(address)).toBe(network);
});

import { sourceNetworks } from '../../lib/login/source-network.ts';

test.each([
  ['an IPv4 address stands for itself', '192.0.2.7', '192.0.2.7'],
  ['an IPv4-mapped address equals the IPv4 address', '::ffff:192.0.2.7', '192.0.2.7'],
  ['written in hex as well', '::FFFF:c000:207', '192.0.2.7'],
  ['written in full as well', '0:0:0:0:0:ffff:c000:0207', '192.0.2.7'],
  ["API Gateway's console is one unknown source", 'test-invoke-source-ip', 'unknown'],
  ['so is nothing', '', 'unknown'],
  ['what only looks like an address, too', '192.0.2.7, 192.0.2.8', 'unknown'],
])('%s: %s', (_name, address, name) => {
  expect(sourceNetworks(address)).toEqual([{ name, share: 1 }]);
});

test.each([
  ['an IPv6 address stands for its networks', '2001:db8:0:1234:a:b:c:d', '2001:db8:0', '1234', '1200'],
  ['of one /56', '2001:db8:0:12ff::1', '2001:db8:0', '12ff', '1200'],
  ['a compressed one', '2001:db8::1', '2001:db8:0', '0', '0'],
  ['compressed at its end', '2001:db8:0:1::', '2001:db8:0', '1', '0'],
  ['compressed in its middle', '2001:db8:0:1:0:0:0:1', '2001:db8:0', '1', '0'],
  ['in whatever way it is written', '2001:0DB8:0000:0001::0001', '2001:db8:0', '1', '0'],
  ['its zone does not count', 'fe80::1%eth0', 'fe80:0:0', '0', '0'],
  ['the loopback address', '::1', '0:0:0', '0', '0'],
  ['the unspecified address', '::', '0:0:0', '0', '0'],
  ['an IPv4 tail of another prefix makes no IPv4 address', '64:ff9b::192.0.2.7', '64:ff9b:0', '0', '0'],
])('%s: %s', (_name, address, site, subnet, customer) => {
  expect(sourceNetworks(address)).toEqual([
    { name: `${site}:${subnet}::/64`, share: 1 },
    { name: `${site}:${customer}::/56`, share: 2 },
    { name: `${site}::/48`, share: 4 },
  ]);
});

import { BlockList, isIPv6 } from 'node:net';

/** Networks that are not the public Internet (IANA special-purpose registries). */
const PRIVATE: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.0.2.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['198.51.100.0', 24, 'ipv4'],
  ['203.0.113.0', 24, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  ['64:ff9b:1::', 48, 'ipv6'],
  ['2001::', 23, 'ipv6'],
  ['2001:db8::', 32, 'ipv6'],
];
/** Global unicast. All other addresses of IPv6 are local, reserved or contain an IPv4 address. */
const PUBLIC_IPV6 = new BlockList();
PUBLIC_IPV6.addSubnet('2000::', 3, 'ipv6');

const NETWORKS = new BlockList();
for (const [network, prefix, family] of PRIVATE) NETWORKS.addSubnet(network, prefix, family);

/** NAT64 (RFC 6052) and 6to4 (RFC 3056) contain an IPv4 address that they lead to. */
const NAT64 = new BlockList();
NAT64.addSubnet('64:ff9b::', 96, 'ipv6');
const SIX_TO_FOUR = new BlockList();
SIX_TO_FOUR.addSubnet('2002::', 16, 'ipv6');

/**
 * Whether an address is of this machine, of a private network, or otherwise not of the public Internet.
 * @param address IPv4 or IPv6, as `dns.lookup` returns it
 */
export function isPrivateAddress(address: string): boolean {
  if (!isIPv6(address)) return NETWORKS.check(address, 'ipv4');
  // BlockList applies the rules of IPv4 to mapped addresses (::ffff:127.0.0.1) as well.
  if (/^::ffff:/i.test(address)) return NETWORKS.check(address, 'ipv6');
  if (SIX_TO_FOUR.check(address, 'ipv6') || NAT64.check(address, 'ipv6')) return true;
  return !PUBLIC_IPV6.check(address, 'ipv6') || NETWORKS.check(address, 'ipv6');
}

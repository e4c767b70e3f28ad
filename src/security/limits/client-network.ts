import { isIP } from 'node:net';

const IPV6_GROUPS = 8;
/** What one customer of a provider is given at least: whoever has one such address has 2^64 of them. */
const NETWORK_GROUPS = 4;
/** Some proxies tell the port as well. */
const WITH_PORT = /^(?:\[([^\]]*)\](?::\d+)?|(\d+(?:\.\d+){3}):\d+)$/;

/** Of all whose proxy tells no address: they could say anything, as often as they like. */
const NOWHERE = 'an unknown address';

/** What one client can be told apart by: an IPv4 address, or an IPv6 network. */
export function clientNetwork(told: string): string {
  const [, inBrackets, beforeColon] = WITH_PORT.exec(told) ?? [];
  const [address = ''] = (inBrackets ?? beforeColon ?? told).split('%');
  const family = isIP(address);
  if (family === 0) return NOWHERE;
  if (family === 4) return address;
  const [head = '', tail = ''] = address.split('::');
  const front = groupsOf(head);
  const back = groupsOf(tail);
  const left = IPV6_GROUPS - front.length - back.length - (address.includes('.') ? 1 : 0);
  const groups = [...front, ...Array.from({ length: Math.max(0, left) }, () => '0'), ...back];
  const network = groups.slice(0, NETWORK_GROUPS).map((group) => parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}

function groupsOf(part: string): string[] {
  return part === '' ? [] : part.split(':');
}

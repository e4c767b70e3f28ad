import { isIP } from 'node:net';

const IPV6_GROUPS = 8;
/** Length of the network prefix. A provider gives each customer at least a /64, which has 2^64 addresses. */
const NETWORK_GROUPS = 4;
/** An address with a port, as some proxies send it. */
const WITH_PORT = /^(?:\[([^\]]*)\](?::\d+)?|(\d+(?:\.\d+){3}):\d+)$/;

/** One network for all texts that are no address: a client could invent any number of such texts. */
const UNKNOWN = 'an unknown address';

/** Returns the network by which a client is counted: its IPv4 address, or the /64 of its IPv6 address. */
export function clientNetwork(text: string): string {
  const [, inBrackets, beforeColon] = WITH_PORT.exec(text) ?? [];
  const [address = ''] = (inBrackets ?? beforeColon ?? text).split('%');
  const family = isIP(address);
  if (family === 0) return UNKNOWN;
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

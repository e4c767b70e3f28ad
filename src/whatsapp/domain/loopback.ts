/**
 * Whether a host name or address always means this machine.
 * @param host lower case; as in a URL (`[::1]`, IPv4 in its normal form) or as an address (`::1`)
 */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

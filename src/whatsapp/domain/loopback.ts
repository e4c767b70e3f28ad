/**
 * Whether a host name or address always means this machine.
 * @param host as in a URL, with `[::1]` in brackets and IPv4 in its normal form, or as typed, with `::1` bare; lower case
 */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

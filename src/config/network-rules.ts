import { isIP } from 'node:net';

export const RATE_RULE = 'a whole number from 0 to 1000000 (0: no limit)';
export const HOPS_RULE =
  'addresses and networks like 10.0.0.0/8, separated by commas, or a number of proxies from 1 to 9';

/** As browsers send it: `https://office.example.com`, `http://localhost:5173`. */
export function isOrigin(value: string): boolean {
  return URL.canParse(value) && /^https?:/.test(value) && new URL(value).origin === value;
}

/** An address, or a network like `10.0.0.0/8`. */
export function isAddressRange(value: string): boolean {
  const [address = '', bits, ...more] = value.split('/');
  const family = address.includes('%') ? 0 : isIP(address);
  if (family === 0 || more.length > 0) return false;
  return bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

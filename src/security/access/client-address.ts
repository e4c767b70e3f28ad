import type { Request } from 'express';

/** Without the prefix that an IPv4 address has on a socket that takes both; null: the connection is gone. */
export function clientAddress({ ip }: Pick<Request, 'ip'>): string | null {
  return ip?.replace(/^::ffff:(?=\d+\.)/i, '') ?? null;
}

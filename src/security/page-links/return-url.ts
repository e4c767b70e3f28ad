import { isLoopback } from '../../whatsapp/domain/loopback.js';

/** White space and control characters, which parsers drop, and what only some of them take for a slash. */
const READ_DIFFERENTLY = /[\s\\\p{Cc}]/u;

/** Dots and slashes in disguise, also twice: what is behind the address may undress them after we have compared. */
const DISGUISED = /%(?:25)*(?:2e|2f|5c)|\/\.{1,2};/i;

/** An address that whoever reads it understands in the same way; null: it is none. */
function plainUrl(text: string): URL | null {
  if (READ_DIFFERENTLY.test(text) || !/^https?:\/\/[^/]/i.test(text) || !URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || /^[^/?#]*\/\/[^/?#]*@/.test(text)) return null;
  if (DISGUISED.test(url.pathname)) return null;
  return url.protocol === 'https:' || isLoopback(url.hostname) ? url : null;
}

/** Whether a text is an origin, or one with the beginning of a path: `https:`, `http:` only on a loopback address. */
export function isBaseUrl(text: string): boolean {
  return plainUrl(text) !== null && !/[?#*]/.test(text);
}

/**
 * The address as browsers understand it if it begins with one of the prefixes: the same scheme, host and port, and the same
 * path up to a `/` or the end. Null: it does not, or it is no address.
 * @param prefixes for all of which `isBaseUrl` holds
 */
export function allowedReturnUrl(text: string, prefixes: readonly string[]): string | null {
  const url = plainUrl(text);
  if (url === null) return null;
  const allowed = prefixes.some((prefix) => {
    const { origin, pathname } = new URL(prefix);
    return url.origin === origin && isBelow(url.pathname, pathname);
  });
  return allowed ? url.href : null;
}

function isBelow(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);
}

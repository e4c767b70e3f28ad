import { isLoopback } from '../../whatsapp/domain/loopback.js';

/** White space and control characters, which some parsers drop, and `\`, which some read as `/`. */
const AMBIGUOUS = /[\s\\\p{Cc}]/u;

/**
 * Dots and slashes in percent-encoding, also encoded twice, and dot segments with a parameter (`..;`). The target server can
 * resolve them after our comparison.
 */
const ENCODED_PATH = /%(?:25)*(?:2e|2f|5c)|\/\.{1,2};/i;

/** Parses a URL that every parser reads in the same way. Null: it is ambiguous or invalid. */
function plainUrl(text: string): URL | null {
  if (AMBIGUOUS.test(text) || !/^https?:\/\/[^/]/i.test(text) || !URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || /^[^/?#]*\/\/[^/?#]*@/.test(text)) return null;
  if (ENCODED_PATH.test(url.pathname)) return null;
  return url.protocol === 'https:' || isLoopback(url.hostname) ? url : null;
}

/** Whether a text is an origin, optionally with the start of a path. `http:` is permitted only on a loopback address. */
export function isBaseUrl(text: string): boolean {
  return plainUrl(text) !== null && !/[?#*]/.test(text);
}

/**
 * Returns the URL in the form of browsers if it starts with one of the prefixes: the same scheme, host and port, and the
 * same path up to a `/` or the end. Null: it does not, or it is no URL.
 * @param prefixes texts for which `isBaseUrl` is true
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

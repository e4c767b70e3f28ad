const MAX_QUOTED = 64;

/** Runs of digits could be a phone number, long runs of letters and digits a secret. */
const COULD_BE_PRIVATE = /\d[\d\s().-]{5,}|[A-Za-z0-9+/=_-]{24,}/;

/** An offending text for an error message: escaped, at most 64 characters, and not at all when it could be private. */
export function quote(text: string): string {
  if (COULD_BE_PRIVATE.test(text)) return '(not shown)';
  const escaped = JSON.stringify(text)
    .slice(1, -1)
    .replace(/[^\x20-\x7e]/g, '?');
  return `"${escaped.length > MAX_QUOTED ? `${escaped.slice(0, MAX_QUOTED - 1)}…` : escaped}"`;
}

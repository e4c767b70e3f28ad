const MAX_QUOTED = 64;

/** A text with this many digits could contain a phone number, in any notation. */
const PHONE_DIGITS = 6;

/** A long word, or a shorter one with digits and letters, could be a secret. */
const COULD_BE_SECRET = /[\w+/=-]{24,}|(?=[\w+/=-]*\d)(?=[\w+/=-]*[a-z])[\w+/=-]{12,}/i;

function couldBePrivate(text: string): boolean {
  return (text.match(/\p{Nd}/gu)?.length ?? 0) >= PHONE_DIGITS || COULD_BE_SECRET.test(text);
}

/**
 * Returns an invalid text for an error message: escaped, at most 64 characters, and hidden when it could be private.
 */
export function quote(text: string): string {
  if (couldBePrivate(text)) return '(not shown)';
  const escaped = JSON.stringify(text.slice(0, MAX_QUOTED + 1))
    .slice(1, -1)
    .replace(/[^\x20-\x7e]/g, '?');
  return `"${escaped.length > MAX_QUOTED ? `${escaped.slice(0, MAX_QUOTED - 1)}…` : escaped}"`;
}

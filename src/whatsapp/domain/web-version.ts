/** A version of WhatsApp Web as sent at login: `2.3000.1043857760`. The last number is WhatsApp's `client_revision`. */
export type WebVersion = readonly [number, number, number];

/** `AppVersion` of WhatsApp's ClientPayload holds unsigned 32-bit numbers. */
const LARGEST = 2 ** 32 - 1;

export function isWebVersion(value: unknown): value is WebVersion {
  return (
    Array.isArray(value) &&
    value.length === 3 &&
    value.every((number) => Number.isInteger(number) && number >= 0 && number <= LARGEST)
  );
}

/** Returns null unless the text is three decimal numbers of at most 32 bits, separated by dots. */
export function parseWebVersion(text: string): WebVersion | null {
  if (!/^\d{1,10}\.\d{1,10}\.\d{1,10}$/.test(text)) return null;
  const version = text.split('.').map(Number);
  return isWebVersion(version) ? version : null;
}

export function printWebVersion(version: WebVersion): string {
  return version.join('.');
}

/** Returns a number above 0 when `left` is newer, below 0 when `right` is newer. */
export function compareWebVersions(left: WebVersion, right: WebVersion): number {
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
}

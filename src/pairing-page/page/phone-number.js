/** The country calling codes of one and two digits (ITU-T E.164); all others have three. */
const ONE = /^[17]/;
const TWO = /^(20|27|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/;

/**
 * Formats a number for people: `4915112345678` → `+49 151 123 456 78`.
 * @param {string} digits as WhatsApp writes it
 */
export function readable(digits) {
  if (!/^\d{7,15}$/.test(digits)) return digits;
  const countryDigits = ONE.test(digits) ? 1 : TWO.test(digits) ? 2 : 3;
  const groups = [];
  for (let rest = digits.slice(countryDigits); rest !== '';) {
    const size = rest.length === 4 ? 4 : 3;
    groups.push(rest.slice(0, size));
    rest = rest.slice(size);
  }
  return `+${digits.slice(0, countryDigits)} ${groups.join(' ')}`;
}

/**
 * Returns the typed number without spaces and punctuation, with `+` for a leading `00`. The API validates the rest.
 * @param {string} typed
 */
export function normalised(typed) {
  return typed.replace(/[\s().\-/\u00a0\u2010-\u2015]/g, '').replace(/^00/, '+');
}

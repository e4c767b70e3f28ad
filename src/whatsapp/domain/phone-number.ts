declare const brand: unique symbol;

/** An international number (E.164) as WhatsApp writes it: digits, no `+`. */
export type PhoneNumber = string & { readonly [brand]: 'PhoneNumber' };

/** E.164: at most 15 digits with the country code. Whether a country has such numbers is a library's to say. */
export const PHONE_NUMBER_PATTERN = /^\+?[1-9]\d{6,14}$/;

/** @throws RangeError for anything but `PHONE_NUMBER_PATTERN`; it does not quote the text */
export function phoneNumber(text: string): PhoneNumber {
  if (!PHONE_NUMBER_PATTERN.test(text)) throw new RangeError('not an international phone number');
  return text.replace('+', '') as PhoneNumber;
}

/**
 * Whether two numbers reach the same account. WhatsApp keeps some numbers in a form of its own: Brazilian mobiles that are
 * older than their ninth digit without it, Mexican ones with a 1 and Argentine ones with a 9 behind the country code.
 * Source: WhatsApp Help Center, "About international phone number format"; Evolution API, `createJid`.
 */
export function samePhone(one: string, other: string): boolean {
  return plain(one) === plain(other);
}

function plain(digits: string): string {
  return digits
    .replace(/^55(\d\d)9(\d{8})$/, '55$1$2')
    .replace(/^521(\d{10})$/, '52$1')
    .replace(/^549(\d{10})$/, '54$1');
}

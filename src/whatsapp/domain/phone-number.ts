declare const brand: unique symbol;

/** An international number (E.164) as WhatsApp writes it: digits, no `+`. */
export type PhoneNumber = string & { readonly [brand]: 'PhoneNumber' };

/** E.164: at most 15 digits with the country code. It does not check the rules of a country; a library does that. */
export const PHONE_NUMBER_PATTERN = /^\+?[1-9]\d{6,14}$/;

/**
 * Returns the text without `+`.
 * @throws RangeError when it does not match `PHONE_NUMBER_PATTERN`; the message does not quote it
 */
export function phoneNumber(text: string): PhoneNumber {
  if (!PHONE_NUMBER_PATTERN.test(text)) throw new RangeError('not an international phone number');
  return text.replace('+', '') as PhoneNumber;
}

/**
 * Whether two numbers belong to the same WhatsApp account. WhatsApp stores some numbers in its own form: older
 * Brazilian mobile numbers without the ninth digit, Mexican ones with a 1 and Argentine ones with a 9 after the country
 * code. Source: WhatsApp Help Center, "About international phone number format"; Evolution API, `createJid`.
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

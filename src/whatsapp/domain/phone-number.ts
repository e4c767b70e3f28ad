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
 * Whether two numbers belong to the same subscriber. WhatsApp stores some numbers in its own form, and users write both.
 *
 * - Brazil: mobile numbers got a ninth digit, a 9, before their eight digits. Those eight digits begin with 6 to 9. Eight
 *   digits from 2 on are landlines, and 70, 77, 78 and 79 were trunk radios; they never got a ninth digit, so the number
 *   with a 9 is of another subscriber. Source: Anatel, Resolução 553/2010.
 * - Mexico: a 1 before the ten digits of a mobile number, until 2019. The ten digits are unique without it.
 * - Argentina: a 9 before the ten digits of a mobile number. The ten digits are unique without it: a call from a mobile
 *   number to another one needs neither 9 nor 15. Source: ENACOM, Plan Fundamental de Numeración Nacional.
 *
 * Source of the forms: WhatsApp Help Center, "About international phone number format".
 */
export function samePhone(one: string, other: string): boolean {
  return plain(one) === plain(other);
}

function plain(digits: string): string {
  return digits
    .replace(/^(55[1-9][1-9])9((?:[689]\d|7[1-6])\d{6})$/, '$1$2')
    .replace(/^521([2-9]\d{9})$/, '52$1')
    .replace(/^549([1-3]\d{9})$/, '54$1');
}

import { ApiPropertyOptional } from '@nestjs/swagger';
import { registerDecorator, ValidateIf } from 'class-validator';
import { isPossiblePhoneNumber } from 'libphonenumber-js/max';
import { phoneNumber, PHONE_NUMBER_PATTERN, samePhone, type PhoneNumber } from '../../domain/phone-number.js';
import type { PairingRequest } from '../../domain/pairing.js';
import { AccountRequest } from './account.request.dto.js';
import { RequestError } from '../http/request.errors.js';

/**
 * Possible, not valid: a number from a range that the library does not know yet has the right length, and WhatsApp has the
 * last word. The message never quotes it.
 */
export function IsInternationalNumber(): PropertyDecorator {
  return (target, property) => {
    const propertyName = String(property);
    registerDecorator({
      name: 'isInternationalNumber',
      target: target.constructor,
      propertyName,
      validator: {
        validate: (value: unknown) =>
          typeof value === 'string' &&
          PHONE_NUMBER_PATTERN.test(value) &&
          isPossiblePhoneNumber(`+${value.replace('+', '')}`),
        defaultMessage: () =>
          `${propertyName} must be a text with an international phone number (E.164): the country code and the number, digits only, with or without a "+" in front.`,
      },
    });
  };
}

/** Which of the two makes no sense with the other. */
function IsAlone(other: keyof PairRequest): PropertyDecorator {
  return (target, property) => {
    const propertyName = String(property);
    registerDecorator({
      name: 'isAlone',
      target: target.constructor,
      propertyName,
      validator: {
        validate: (_, context) => (context?.object as Partial<PairRequest>)[other] === undefined,
        defaultMessage: () => `${propertyName} and ${other} cannot be given together.`,
      },
    });
  };
}

export const NUMBER = {
  type: String,
  pattern: PHONE_NUMBER_PATTERN.source,
  minLength: 7,
  maxLength: 16,
} as const;

/** Which account is to be linked, and how. */
export class PairRequest extends AccountRequest {
  @ApiPropertyOptional({
    ...NUMBER,
    description:
      'Link by a code that is typed on the phone of this number, instead of by QR code. International (E.164), with or without `+`.',
    example: '+4915112345678',
  })
  @ValidateIf((_, value) => value !== undefined)
  @IsInternationalNumber()
  readonly phoneNumber?: string;

  @ApiPropertyOptional({
    ...NUMBER,
    description:
      'Link by QR code, and only this number: if another one scans, it is refused and the session ends as `wrong_number`. Not together with `phoneNumber`.',
    example: '+4915112345678',
  })
  @ValidateIf((_, value) => value !== undefined)
  @IsInternationalNumber()
  @IsAlone('phoneNumber')
  readonly expectedPhoneNumber?: string;
}

/**
 * @param onlyPhone the only number that the caller may link; null or undefined: any
 * @throws DomainError `number_forbidden`; its message quotes no number
 */
export function assertMayLink(
  { phoneNumber: number, expectedPhoneNumber: expected }: PairRequest,
  { onlyPhone = null }: { readonly onlyPhone?: PhoneNumber | null },
): void {
  const asked = number ?? expected;
  if (onlyPhone === null || asked === undefined || samePhone(phoneNumber(asked), onlyPhone)) return;
  throw new RequestError('number_forbidden', 'Another phone number is to be linked here.');
}

/** @param onlyPhone the one to expect where the request names none */
export function pairOptions(
  { phoneNumber: number, expectedPhoneNumber: expected }: PairRequest,
  onlyPhone: PhoneNumber | null,
): PairingRequest {
  if (number !== undefined) return { by: 'code', expected: phoneNumber(number) };
  return { by: 'qr', expected: expected === undefined ? onlyPhone : phoneNumber(expected) };
}

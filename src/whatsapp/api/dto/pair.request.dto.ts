import { ApiPropertyOptional } from '@nestjs/swagger';
import { registerDecorator } from 'class-validator';
import { isPossiblePhoneNumber } from 'libphonenumber-js/max';
import { phoneNumber, PHONE_NUMBER_PATTERN, samePhone, type PhoneNumber } from '../../domain/phone-number.js';
import type { PairingRequest } from '../../domain/pairing.js';
import { AccountRequest } from './account.request.dto.js';
import { RequestError } from '../http/request.errors.js';
import { IfPresent } from './validators.js';

/**
 * Validates an international phone number: its length is possible in its country. It does not check number ranges,
 * because the library may not know new ones; WhatsApp decides. The error message never quotes the number.
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
          `${propertyName} must be an international phone number (E.164) as text: country code and number, digits only, with or without a leading "+".`,
      },
    });
  };
}

/** Refuses a field that is given together with the other one. */
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

/** The account to link, and the way to link it. */
export class PairRequest extends AccountRequest {
  @ApiPropertyOptional({
    ...NUMBER,
    description:
      'Links by a code that the user types on the phone of this number, instead of by QR code. International (E.164), with or without `+`.',
    example: '+4915112345678',
  })
  @IfPresent()
  @IsInternationalNumber()
  readonly phoneNumber?: string;

  @ApiPropertyOptional({
    ...NUMBER,
    description:
      'Links by QR code, and only this number. When a phone with another number scans the code, it is refused and the session ends as `wrong_number`. Not allowed together with `phoneNumber`.',
    example: '+4915112345678',
  })
  @IfPresent()
  @IsInternationalNumber()
  @IsAlone('phoneNumber')
  readonly expectedPhoneNumber?: string;
}

/**
 * Checks that the caller may link the number of the request.
 * @param onlyPhone the only number that the caller may link; null or undefined: any
 * @throws DomainError `number_forbidden`; its message quotes no number
 */
export function assertMayLink(
  { phoneNumber: number, expectedPhoneNumber: expected }: PairRequest,
  { onlyPhone = null }: { readonly onlyPhone?: PhoneNumber | null },
): void {
  const asked = number ?? expected;
  if (onlyPhone === null || asked === undefined || samePhone(phoneNumber(asked), onlyPhone)) return;
  throw new RequestError(
    'number_forbidden',
    'You may not link this phone number. Use the number that you were given access for.',
  );
}

/** Returns the pairing request. @param onlyPhone the expected number when the request names none */
export function pairOptions(
  { phoneNumber: number, expectedPhoneNumber: expected }: PairRequest,
  onlyPhone: PhoneNumber | null,
): PairingRequest {
  if (number !== undefined) return { by: 'code', expected: phoneNumber(number) };
  return { by: 'qr', expected: expected === undefined ? onlyPhone : phoneNumber(expected) };
}

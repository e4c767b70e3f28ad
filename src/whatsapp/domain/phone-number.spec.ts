import { describe, expect, it } from '@jest/globals';
import { phoneNumber, samePhone } from './phone-number.js';

describe('phoneNumber', () => {
  it.each(['+4915112345678', '4915112345678'])(
    'the number %s is stored in the form that WhatsApp uses',
    (text) => {
      expect(phoneNumber(text)).toBe('4915112345678');
    },
  );

  it.each([
    '',
    '+',
    '0151123456',
    '+049151123456',
    '12345',
    '+49 151 12345678',
    '49-151-12345678',
    '1234567890123456',
    '++4915112345678',
    '4915112345678\n',
    '４９１５１１２３４５６７８',
  ])('the value %j is refused as a number, and the error does not quote it', (text) => {
    expect(() => phoneNumber(text)).toThrow(new RangeError('not an international phone number'));
  });
});

describe('samePhone', () => {
  it.each([
    ['4915112345678', '4915112345678'],
    ['5531988887777', '553188887777'],
    ['5215512345678', '525512345678'],
    ['5491112345678', '541112345678'],
    ['5511964567890', '551164567890'],
    ['5511974567890', '551174567890'],
    ['5511994567890', '551194567890'],
  ])('the numbers %s and %s belong to the same account', (one, other) => {
    expect([samePhone(one, other), samePhone(other, one)]).toEqual([true, true]);
  });

  it.each([
    ['4915112345678', '4915112345679'],
    ['5531988887777', '553188887778'],
    ['5531988887777', '5532988887777'],
    ['5215512345678', '5215512345679'],
    ['15512345678', '515512345678'],
    ['551134567890', '5511934567890'],
    ['551124567890', '5511924567890'],
    ['551154567890', '5511954567890'],
    ['551177123456', '5511977123456'],
    ['551170123456', '5511970123456'],
    ['5215512345678', '52155123456'],
    ['54911123456789', '5411123456789'],
  ])('the numbers %s and %s belong to different accounts', (one, other) => {
    expect(samePhone(one, other)).toBe(false);
  });
});

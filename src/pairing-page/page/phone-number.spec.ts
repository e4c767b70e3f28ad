import { describe, expect, it } from '@jest/globals';
import { normalised, readable } from './phone-number.js';

describe('phone numbers of the page', () => {
  it.each([
    ['4915112345678', '+49 151 123 456 78'],
    ['12025550123', '+1 202 555 0123'],
    ['447911123456', '+44 791 112 3456'],
    ['33612345678', '+33 612 345 678'],
    ['35312345678', '+353 123 456 78'],
    ['5511998765432', '+55 119 987 654 32'],
    ['not a number', 'not a number'],
  ])('the number %s is shown as %s', (digits, text) => {
    expect(readable(digits)).toBe(text);
  });

  it.each([
    ['+49 (151) 234-567', '+49151234567'],
    ['0049 151.234567', '+49151234567'],
    ['49151234567', '49151234567'],
    ['+49\u00a0151\u2011234567', '+49151234567'],
    ['what?', 'what?'],
  ])('the input %s is sent as %s', (typed, sent) => {
    expect(normalised(typed)).toBe(sent);
  });
});

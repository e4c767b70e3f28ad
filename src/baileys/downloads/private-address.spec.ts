import { describe, expect, it } from '@jest/globals';
import { isPrivateAddress } from './private-address.js';

describe('isPrivateAddress', () => {
  it.each([
    '127.0.0.1',
    '127.255.0.9',
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    'fe80::1',
    'fc00::1',
    'fd12:3456::1',
    'ff02::1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:db8::1',
  ])('%s is not an address of the public Internet', (address) => {
    expect(isPrivateAddress(address)).toBe(true);
  });

  it.each(['157.240.0.1', '172.32.0.1', '11.0.0.1', '100.128.0.1', '2a03:2880::1', '::ffff:157.240.0.1'])(
    '%s is an address of the public Internet',
    (address) => {
      expect(isPrivateAddress(address)).toBe(false);
    },
  );
});

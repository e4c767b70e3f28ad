import { describe, expect, it } from '@jest/globals';
import { OwnSenders } from './own-senders.js';

const ME = { id: '4915112345678:3@s.whatsapp.net', lid: '123456789:3@lid' };

describe('OwnSenders', () => {
  const isPhone = (...stanzas: Record<string, string>[]): boolean => {
    const senders = new OwnSenders({ me: ME });
    for (const attrs of stanzas) senders.see({ tag: 'message', attrs: { id: 'A', ...attrs } });
    return senders.takeIsPhone('A');
  };

  it.each(['4915112345678@s.whatsapp.net', '4915112345678:0@s.whatsapp.net', '123456789@lid'])(
    '%s is the phone of the account',
    (from) => {
      expect(isPhone({ from })).toBe(true);
    },
  );

  it.each([
    ['a companion', { from: '4915112345678:7@s.whatsapp.net' }],
    ['a companion by LID', { from: '123456789:7@lid' }],
    ['this device', { from: ME.id }],
    ['the phone of another account', { from: '4915100000000@s.whatsapp.net' }],
    ['a LID with the digits of the number', { from: '4915112345678@lid' }],
    ['the account in a group', { from: '120363@g.us', participant: '4915112345678@s.whatsapp.net' }],
    ['the account in its status', { from: 'status@broadcast', participant: '4915112345678@s.whatsapp.net' }],
    ['the phone with a participant', { from: '4915112345678@s.whatsapp.net', participant: ME.id }],
    ['the server', { from: 's.whatsapp.net' }],
  ])('%s is not the phone of the account', (_who, attrs) => {
    expect(isPhone(attrs as Record<string, string>)).toBe(false);
  });

  it('an id that the phone and a companion used is not of the phone, in either order', () => {
    const phone = { from: '4915112345678@s.whatsapp.net' };
    const companion = { from: '4915112345678:7@s.whatsapp.net' };
    expect(isPhone(phone, companion)).toBe(false);
    expect(isPhone(companion, phone)).toBe(false);
  });

  it('an id is answered once, and an unknown one is not of the phone', () => {
    const senders = new OwnSenders({ me: ME });
    senders.see({ tag: 'message', attrs: { id: 'A', from: '123456789@lid' } });
    expect([senders.takeIsPhone('A'), senders.takeIsPhone('A'), senders.takeIsPhone('B')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('the latest 512 stanzas are kept', () => {
    const senders = new OwnSenders({ me: ME });
    for (let id = 0; id <= 512; id += 1)
      senders.see({ tag: 'message', attrs: { id: String(id), from: '123456789@lid' } });
    expect([senders.takeIsPhone('0'), senders.takeIsPhone('1'), senders.takeIsPhone('512')]).toEqual([
      false,
      true,
      true,
    ]);
  });
});

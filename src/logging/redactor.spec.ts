import { describe, expect, it } from '@jest/globals';
import { Redactor } from './redactor.js';

const SECRET = 'Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF';
const KEY_32 = 'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=';
const redactor = new Redactor({ phoneNumbers: false });

describe('Redactor.text', () => {
  it.each([
    ['WhatsApp knows 4915112345678 as another', 'WhatsApp knows …78 as another'],
    ['+4915112345678', '…78'],
    ['call +49 151 123-456 78, please', 'call …78, please'],
    ['+1 (415) 555-2671.', '…71.'],
    ['"phoneNumber":"14155552671"', '"phoneNumber":"…71"'],
    ['phone=14155552671&x', 'phone=…71&x'],
    ['/contacts/4915112345678', '/contacts/…78'],
    ["4915112345678's devices", "…78's devices"],
    ['session of 4915112345678.0', 'session of …78.0'],
    ['4915112345678@s.whatsapp.net', '…78@s.whatsapp.net'],
    ['4915112345678:12@s.whatsapp.net', '…78:12@s.whatsapp.net'],
    ['from 999912345678_1:3@s.whatsapp.net', 'from …78_1:3@s.whatsapp.net'],
  ])('a phone number is masked: %s', (text, masked) => {
    expect(redactor.text(text)).toBe(masked);
  });

  it.each([
    [`the key wak_Ab12Cd34_${SECRET} is unknown`, 'the key wak_Ab12Cd34_… is unknown'],
    [`/#wpl_Ab12Cd34_${SECRET}`, '/#wpl_Ab12Cd34_…'],
    [`u=%2F%23wpl_Ab12Cd34_${SECRET}&x`, 'u=%2F%23wpl_Ab12Cd34_…&x'],
    [`wak_${SECRET}`, 'wak_…'],
    ['wak_short', 'wak_…'],
    [`office:1.AAECAwQFBgcICQoLDA0ODw.${SECRET}:read`, 'office:…:read'],
    [`authorization: Bearer ${SECRET}`, 'authorization: Bearer …'],
    ['2@abcDEF123456789+/abcDEF=,q83v/xI0=,abc=,xyz=,1', '…'],
    [`https://wa.me/settings/linked_devices#2@a,${KEY_32},1 is shown`, '… is shown'],
    [`noise ${KEY_32} lost`, 'noise … lost'],
    ['public Bmq83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJ', 'public …'],
    [Buffer.from(KEY_32, 'base64').toString('hex'), '…'],
    ['keys: <Buffer 05 ab cd ... 12 more bytes>!', 'keys: …!'],
    ['Uint8Array(3) [ 1, 2, 3 ]', '…'],
  ])('a secret is masked: %s', (text, masked) => {
    expect(redactor.text(text)).toBe(masked);
  });

  it.each([
    'Ready. Open http://127.0.0.1:65535 to link an account',
    '2026-11-22T22:05:52.123+01:00',
    'begun at 1795385152123, in seconds 1795385152',
    'process 4194303 has ended with code 143',
    'sw.js is larger than 4194304 bytes',
    'tries again in 3600000 ms',
    'Shut down in 1234567.891 ms',
    'WhatsApp Web 2.3000.1043857760 is announced from now on',
    'request 550e8400-e29b-41d4-a716-446655440000',
    'message 3EB0C767D097B7F1',
    'group 120363041234567890@g.us',
    'LID 49151123456789:7@lid is unknown',
    'sequence 2147483647 of 16777216',
    'key Ab12Cd34 (office) was revoked',
    'SQLITE_NOTADB: file is not a database',
    'the user 2@home',
    '    at load (file:///srv/whatsapp/node_modules/@nestjs/core/injector/module.js:112:23)',
    'wrong_number code_expired logout_unconfirmed',
  ])('a text that is no secret stays unchanged: %s', (text) => {
    expect(redactor.text(text)).toBe(text);
  });

  it('phone numbers stay unmasked with the option phoneNumbers, but secrets are masked', () => {
    const open = new Redactor({ phoneNumbers: true });
    const text = 'from 4915112345678@s.whatsapp.net, +4915112345678';
    expect(open.text(`${text} wak_Ab12Cd34_${SECRET}`)).toBe(`${text} wak_Ab12Cd34_…`);
  });
});

describe('Redactor.fields', () => {
  it('every text is masked at any depth, and values of the type number stay', () => {
    const fields = { count: 4915112345678, port: 65535, isNew: true, none: null };
    const nested = { jids: [{ id: '4915112345678@s.whatsapp.net' }], at: new Date(0), of: 10n };
    expect(redactor.fields({ ...fields, nested })).toEqual({
      ...fields,
      nested: { jids: [{ id: '…78@s.whatsapp.net' }], at: '1970-01-01T00:00:00.000Z', of: '10' },
    });
  });

  it('the account id that the operator chose stays, unless it is a key', () => {
    expect(redactor.fields({ accountId: '4915112345678' })).toEqual({ accountId: '4915112345678' });
    expect(redactor.fields({ accountId: `wak_Ab12Cd34_${SECRET}` })).toEqual({ accountId: 'wak_Ab12Cd34_…' });
  });

  it('values with the name of a secret and all bytes are masked', () => {
    const fields = {
      Authorization: 'x',
      'X-API-Key': ['x'],
      cookie: 'x',
      pairingCode: 'ABCD-EFGH',
      qr: { value: 'x' },
      advSecretKey: 7,
      privKey: new Uint8Array(3),
      content: Buffer.from('x'),
      more: [new Uint8Array(3)],
    };
    const masked = Object.fromEntries(Object.keys(fields).map((name) => [name, '…']));
    expect(redactor.fields(fields)).toEqual({ ...masked, more: ['…'] });
  });

  it('values beyond a depth are masked, so a cyclic object has an end', () => {
    const round: Record<string, unknown> = {};
    round['self'] = round;
    expect(JSON.stringify(redactor.fields({ round }))).toContain('…');
  });

  it('only the masked message of an error is kept', () => {
    const failure = Object.assign(new Error('no 4915112345678'), { data: { key: 'x' } });
    expect(redactor.fields({ failure })).toEqual({ failure: 'Error: no …78' });
  });
});

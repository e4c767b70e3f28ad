import { describe, expect, it } from '@jest/globals';
import { Browsers } from '@whiskeysockets/baileys';
import { settingsFrom } from './baileys.options.js';

const KEY = 'ab'.repeat(32);

describe('the options of the Baileys gateway', () => {
  it('default to WhatsApp itself and a name that WhatsApp knows', () => {
    const settings = settingsFrom({});
    expect(settings.serverUrl.href).toBe('wss://web.whatsapp.com/ws/chat');
    expect(settings.serverRootKey).toBeNull();
    expect(settings.browser).toEqual(Browsers.macOS('Chrome'));
  });

  it('show the device name on the phone', () => {
    expect(settingsFrom({ deviceName: 'Sales' }).browser[0]).toBe('Sales');
  });

  it.each(['ws://127.0.0.1:1/', 'ws://localhost/', 'ws://[::1]:5/', 'wss://example.org/ws'])(
    'accept %s',
    (serverUrl) => {
      expect(settingsFrom({ serverUrl }).serverUrl.href).toBe(serverUrl);
    },
  );

  it.each(['ws://example.org/', 'ws://127.0.0.1.example.org/', 'http://localhost/', 'nonsense', ''])(
    'refuse to speak to "%s"',
    (serverUrl) => {
      expect(() => settingsFrom({ serverUrl })).toThrow('serverUrl must be');
    },
  );

  it('accept another root key on loopback only', () => {
    expect(settingsFrom({ serverUrl: 'ws://127.0.0.1/', serverRootKey: KEY }).serverRootKey).toHaveLength(32);
    expect(() => settingsFrom({ serverRootKey: KEY })).toThrow('loopback');
    expect(() => settingsFrom({ serverUrl: 'ws://127.0.0.1/', serverRootKey: 'abc' })).toThrow(
      '64 hexadecimal',
    );
  });

  it.each(['connectTimeoutMs', 'keepAliveIntervalMs', 'answerTimeoutMs'] as const)(
    'refuse a %s that is no time',
    (name) => {
      for (const value of [0, -1, Number.NaN]) expect(() => settingsFrom({ [name]: value })).toThrow(name);
    },
  );
});

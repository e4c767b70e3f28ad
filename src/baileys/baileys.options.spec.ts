import { describe, expect, it } from '@jest/globals';
import { Browsers } from '@whiskeysockets/baileys';
import { settingsFrom } from './baileys.options.js';

const KEY = 'ab'.repeat(32);

describe('Baileys gateway options', () => {
  it('the default options name WhatsApp’s server and a device name that WhatsApp knows', () => {
    const settings = settingsFrom({});
    expect(settings.serverUrl.href).toBe('wss://web.whatsapp.com/ws/chat');
    expect(settings.serverRootKey).toBeNull();
    expect(settings.browser).toEqual(Browsers.macOS('Chrome'));
  });

  it('deviceName sets the name that the phone shows', () => {
    expect(settingsFrom({ deviceName: 'Sales' }).browser[0]).toBe('Sales');
  });

  it.each(['ws://127.0.0.1:1/', 'ws://localhost/', 'ws://[::1]:5/', 'wss://example.org/ws'])(
    'serverUrl may be %s',
    (serverUrl) => {
      expect(settingsFrom({ serverUrl }).serverUrl.href).toBe(serverUrl);
    },
  );

  it.each(['ws://example.org/', 'ws://127.0.0.1.example.org/', 'http://localhost/', 'nonsense', ''])(
    'serverUrl must not be "%s"',
    (serverUrl) => {
      expect(() => settingsFrom({ serverUrl })).toThrow('serverUrl must be');
    },
  );

  it('serverRootKey is accepted only with a serverUrl on loopback', () => {
    expect(settingsFrom({ serverUrl: 'ws://127.0.0.1/', serverRootKey: KEY }).serverRootKey).toHaveLength(32);
    expect(() => settingsFrom({ serverRootKey: KEY })).toThrow('loopback');
    expect(() => settingsFrom({ serverUrl: 'ws://127.0.0.1/', serverRootKey: 'abc' })).toThrow(
      '64 hexadecimal',
    );
  });

  it('history is none by default, and must be one of its values', () => {
    expect(settingsFrom({}).history).toBe('none');
    expect(settingsFrom({ history: 'full' }).history).toBe('full');
    expect(() => settingsFrom({ history: 'all' as never })).toThrow(
      'history must be one of none, recent, full',
    );
  });

  it.each(['connectTimeoutMs', 'keepAliveIntervalMs', 'answerTimeoutMs'] as const)(
    '%s must be a positive time',
    (name) => {
      for (const value of [0, -1, Number.NaN]) expect(() => settingsFrom({ [name]: value })).toThrow(name);
    },
  );
});

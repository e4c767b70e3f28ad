import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'dotenv';
import { configFrom, ConfigInvalid, variableNames } from './load-config.js';

function faultsOf(variables: Record<string, string>): string {
  try {
    configFrom(variables);
  } catch (error) {
    if (error instanceof ConfigInvalid) return error.message;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

describe('the configuration', () => {
  it('the documented defaults apply when nothing is set', () => {
    expect({ ...configFrom({}) }).toMatchObject({
      HOST: '127.0.0.1',
      PORT: 3000,
      WHATSAPP_DATA_DIR: './data',
      WHATSAPP_SERVER_URL: 'wss://web.whatsapp.com/ws/chat',
      WHATSAPP_ALLOWED_HOSTS: [],
      WHATSAPP_ALLOW_ANONYMOUS: false,
      WHATSAPP_MAX_PAIRING_SESSIONS: 10,
      WHATSAPP_VERSION_REFRESH: true,
      WHATSAPP_AUDIT_DAYS: 90,
      LOG_LEVEL: 'info',
    });
  });

  it('the refresh of the WhatsApp Web version can be switched off', () => {
    expect(configFrom({ WHATSAPP_VERSION_REFRESH: 'off' }).WHATSAPP_VERSION_REFRESH).toBe(false);
  });

  it('the configuration is frozen', () => {
    expect(Object.isFrozen(configFrom({}))).toBe(true);
  });

  it('.env.example has every variable with its default', () => {
    const example = parse(readFileSync('.env.example'));
    expect(Object.keys(example).sort()).toEqual([...variableNames()].sort());
    expect(configFrom(example)).toEqual(configFrom({}));
  });

  it('the README names every variable', () => {
    const readme = readFileSync('README.md', 'utf8');
    expect(variableNames().filter((name) => !readme.includes(`| \`${name}\` `))).toEqual([]);
  });

  it('one message names every fault, with the value and the accepted values', () => {
    const message = faultsOf({ PORT: '99999', LOG_LEVEL: 'loud', WHATSAPP_WEB_VERSION: 'new' });
    expect(message).toContain('PORT holds "99999"; it accepts a whole number from 0 to 65535');
    expect(message).toContain(
      'LOG_LEVEL holds "loud"; it accepts fatal, error, warn, info, debug, trace, silent',
    );
    expect(message).toContain('WHATSAPP_WEB_VERSION holds "new"; it accepts three numbers');
  });

  it('faults of two variables together are reported with the faults of single variables', () => {
    const message = faultsOf({
      PORT: 'http',
      WHATSAPP_ALLOW_ANONYMOUS: 'perhaps',
      WHATSAPP_SERVER_ROOT_KEY: 'ab'.repeat(32),
    });
    for (const name of ['PORT', 'WHATSAPP_ALLOW_ANONYMOUS', 'WHATSAPP_SERVER_ROOT_KEY']) {
      expect(message).toContain(`${name} holds`);
    }
  });

  it.each([
    ['PORT', '0x50'],
    ['PORT', '-1'],
    ['PORT', '3000.5'],
    ['WHATSAPP_SERVER_URL', 'ws://web.whatsapp.com/ws/chat'],
    ['WHATSAPP_SERVER_URL', 'http://127.0.0.1/'],
    ['WHATSAPP_SERVER_URL', 'nonsense'],
    ['WHATSAPP_SERVER_URL', 'wss://user:secret@example.com/'],
    ['WHATSAPP_SERVER_ROOT_KEY', 'ab'],
    ['WHATSAPP_ALLOWED_HOSTS', 'https://example.com'],
    ['WHATSAPP_ALLOWED_HOSTS', 'example.com:443'],
    ['WHATSAPP_ALLOW_ANONYMOUS', 'yes'],
    ['WHATSAPP_MAX_PAIRING_SESSIONS', '0'],
    ['WHATSAPP_MAX_PAIRING_SESSIONS', 'ten'],
    ['WHATSAPP_AUDIT_DAYS', '0'],
    ['WHATSAPP_AUDIT_DAYS', '3651'],
    ['WHATSAPP_DEVICE_NAME', 'a\u0007b'],
    ['WHATSAPP_WEB_VERSION', '2.3000.4294967296'],
    ['WHATSAPP_VERSION_REFRESH', 'true'],
    ['HOST', 'not a host'],
    ['WHATSAPP_CORS_ORIGINS', '*'],
    ['WHATSAPP_CORS_ORIGINS', 'null'],
    ['WHATSAPP_CORS_ORIGINS', 'office.example.com'],
    ['WHATSAPP_CORS_ORIGINS', 'https://office.example.com/'],
    ['WHATSAPP_CORS_ORIGINS', 'https://Office.example.com'],
    ['WHATSAPP_CORS_ORIGINS', 'https://office.example.com,ftp://office.example.com'],
    ['WHATSAPP_CORS_ORIGINS', 'https://office.example.com:443'],
    ['WHATSAPP_REQUESTS_PER_MINUTE', '-1'],
    ['WHATSAPP_REQUESTS_PER_MINUTE', 'none'],
    ['WHATSAPP_PAIRINGS_PER_MINUTE', '1000001'],
    ['WHATSAPP_TRUSTED_PROXIES', '0'],
    ['WHATSAPP_TRUSTED_PROXIES', '10'],
    ['WHATSAPP_TRUSTED_PROXIES', 'true'],
    ['WHATSAPP_TRUSTED_PROXIES', 'proxy.example.com'],
    ['WHATSAPP_TRUSTED_PROXIES', '0.0.0.0/0'],
    ['WHATSAPP_TRUSTED_PROXIES', '10.0.0.0/33'],
    ['WHATSAPP_TRUSTED_PROXIES', '10.0.0.1,2001:db8::/129'],
  ])('the configuration refuses %s=%s', (name, value) => {
    expect(faultsOf({ [name]: value })).toContain(`${name} holds`);
  });

  it.each([
    ['abc'],
    [Buffer.alloc(31).toString('base64')],
    [Buffer.alloc(33).toString('base64')],
    [Buffer.alloc(32).toString('hex')],
  ])('the encryption key %s is refused and not shown', (key) => {
    for (const name of ['WHATSAPP_ENCRYPTION_KEY', 'WHATSAPP_NEW_ENCRYPTION_KEY']) {
      const message = faultsOf({ [name]: key });
      expect(message).toContain(`${name} holds a value that is not shown; it accepts 32 bytes in base64`);
      expect(message).not.toContain(key);
    }
  });

  it('the encryption key can come from a file, and no message shows the content or the name of a wrong file', () => {
    const directory = mkdtempSync(join(tmpdir(), 'whatsapp-config-'));
    const file = join(directory, 'key');
    const key = randomBytes(32).toString('base64');
    writeFileSync(file, `${key}\n`);
    expect(configFrom({ WHATSAPP_ENCRYPTION_KEY_FILE: file }).WHATSAPP_ENCRYPTION_KEY).toBe(key);
    expect(faultsOf({ WHATSAPP_ENCRYPTION_KEY_FILE: file, WHATSAPP_ENCRYPTION_KEY: key })).toMatch(
      /both set; set one of them/,
    );
    writeFileSync(file, 'not-the-secret');
    const wrong = faultsOf({ WHATSAPP_ENCRYPTION_KEY_FILE: file });
    expect(wrong).toMatch(/WHATSAPP_ENCRYPTION_KEY_FILE names a file that does not hold 32 bytes/);
    expect(wrong).not.toContain('not-the-secret');
    for (const path of [key, directory, 'a\0b']) {
      const message = faultsOf({ WHATSAPP_NEW_ENCRYPTION_KEY_FILE: path });
      expect(message).toMatch(/WHATSAPP_NEW_ENCRYPTION_KEY_FILE names a file that cannot be read/);
      expect(message).not.toContain(path);
    }
    rmSync(directory, { recursive: true });
  });

  it('trusted proxies are addresses and networks, or their number', () => {
    const proxies = (value: string): unknown =>
      configFrom({ WHATSAPP_TRUSTED_PROXIES: value }).WHATSAPP_TRUSTED_PROXIES;
    expect(proxies('10.0.0.0/8, 192.0.2.7,2001:db8::/32')).toEqual([
      '10.0.0.0/8',
      '192.0.2.7',
      '2001:db8::/32',
    ]);
    expect(proxies('2')).toBe(2);
    expect(configFrom({}).WHATSAPP_TRUSTED_PROXIES).toEqual([]);
  });

  it('no message shows a key', () => {
    expect(faultsOf({ WHATSAPP_SERVER_ROOT_KEY: 'deadbeef-secret' })).not.toContain('deadbeef');
    expect(faultsOf({ PORT: 'wak_Ab12Cd34_Zm9vYmFyYmF6cXV4Zm9vYm' })).toContain(
      'PORT holds "wak_Ab12Cd34_…"',
    );
    expect(faultsOf({ WHATSAPP_API_KEYS: 'crm:deadbeef-secret' })).not.toContain('deadbeef');
  });

  it('API keys are read, and a message names the wrong entry', () => {
    const hash = `1.${'a'.repeat(22)}.${'b'.repeat(43)}`;
    const { WHATSAPP_API_KEYS: keys } = configFrom({
      WHATSAPP_API_KEYS: `crm:${hash}:read+pair:acme|shop-*`,
    });
    expect(keys).toMatchObject([
      { name: 'crm', hash, scopes: ['read', 'pair'], accounts: ['acme', 'shop-*'] },
    ]);
    expect(configFrom({ WHATSAPP_API_KEYS: ' , ' }).WHATSAPP_API_KEYS).toEqual([]);
    const message = faultsOf({ WHATSAPP_API_KEYS: `crm:${hash}, web:1.2.3` });
    expect(message).toContain('it accepts name:hash[:scopes[:accounts]]');
    expect(message).toContain('(entry 2 has another form)');
  });

  it('a root key is refused in production, together with other faults', () => {
    const local = {
      WHATSAPP_SERVER_ROOT_KEY: 'ab'.repeat(32),
      WHATSAPP_SERVER_URL: 'ws://127.0.0.1:8080/ws/chat',
    };
    expect(faultsOf({ ...local, NODE_ENV: 'production' })).toContain('not accepted with NODE_ENV=production');
    expect(configFrom({ ...local, NODE_ENV: 'demo' }).NODE_ENV).toBe('demo');
    expect(faultsOf({ ...local, NODE_ENV: 'production', PORT: 'http' })).toContain('PORT holds');
  });

  it('an environment in which Node verifies no certificates is refused', () => {
    expect(faultsOf({ NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toContain(
      'NODE_TLS_REJECT_UNAUTHORIZED holds "0"',
    );
    expect(configFrom({ NODE_TLS_REJECT_UNAUTHORIZED: '1' }).PORT).toBe(3000);
  });

  it('phone numbers are in the log only when the variable is true', () => {
    expect(configFrom({}).LOG_PHONE_NUMBERS).toBe(false);
    expect(configFrom({ LOG_PHONE_NUMBERS: 'true' }).LOG_PHONE_NUMBERS).toBe(true);
    expect(faultsOf({ LOG_PHONE_NUMBERS: 'yes' })).toContain(
      'LOG_PHONE_NUMBERS holds "yes"; it accepts true',
    );
  });

  it('a root key is accepted only with a server on a loopback address', () => {
    const key = 'ab'.repeat(32);
    expect(faultsOf({ WHATSAPP_SERVER_ROOT_KEY: key })).toContain(
      'only with a WHATSAPP_SERVER_URL on a loopback',
    );
    const local = { WHATSAPP_SERVER_ROOT_KEY: key, WHATSAPP_SERVER_URL: 'ws://127.0.0.1:8080/ws/chat' };
    expect(configFrom(local).WHATSAPP_SERVER_ROOT_KEY).toBe(key);
  });
});

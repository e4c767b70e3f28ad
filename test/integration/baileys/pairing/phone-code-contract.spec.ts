import { createCipheriv, hkdfSync, pbkdf2Sync } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  aesDecryptCTR,
  aesEncryptCTR,
  aesEncryptGCM,
  Browsers,
  bytesToCrockford,
  derivePairingCodeKey,
  getCompanionPlatformId,
  hkdf,
  initAuthCreds,
  jidEncode,
  makeWASocket,
  type BinaryNode,
  type WASocket,
} from '@whiskeysockets/baileys';
import { silentLogger } from '../../../../src/baileys/baileys.logger.js';
import { PairingAuthState } from '../../../../src/baileys/auth-state/pairing-auth-state.js';
import { WhatsappSimulator } from '../../../../simulator/whatsapp-simulator.js';
import { eventually } from '../../../support/eventually.js';
import { TypingPhone } from './typing-phone.js';

const key = Buffer.alloc(32, 1);
const iv = Buffer.alloc(16, 2);
const wrappedKey: BinaryNode = {
  tag: 'link_code_pairing_wrapped_companion_ephemeral_pub',
  attrs: {},
  content: Buffer.alloc(80, 4),
};
const anyHello: BinaryNode = {
  tag: 'iq',
  attrs: {},
  content: [{ tag: 'link_code_companion_reg', attrs: {}, content: [wrappedKey] }],
};
const text = Buffer.from('thirty-two bytes of a public key');

/** The parts of Baileys that a registration by phone code uses, and the part that must not run beside it. */
describe('Baileys 7.0.0-rc14, phone codes', () => {
  it('bytesToCrockford writes five bytes as eight unambiguous characters', () => {
    expect(bytesToCrockford(Buffer.from([0, 0, 0, 0, 0]))).toBe('11111111');
    expect(bytesToCrockford(Buffer.from('ffffffffff', 'hex'))).toBe('ZZZZZZZZ');
    expect(bytesToCrockford(Buffer.from('0123456789', 'hex'))).toBe('15JMBSWA');
  });

  it('derivePairingCodeKey uses 131,072 rounds of PBKDF2 with SHA-256', async () => {
    const derived = await derivePairingCodeKey('ABCD1234', Buffer.alloc(32, 3));
    expect(derived).toEqual(pbkdf2Sync('ABCD1234', Buffer.alloc(32, 3), 131_072, 32, 'sha256'));
  });

  it('Baileys encrypts with AES-256 in counter mode, and in GCM with the tag after the text', () => {
    expect(aesEncryptCTR(text, key, iv)).toEqual(createCipheriv('aes-256-ctr', key, iv).update(text));
    expect(aesDecryptCTR(aesEncryptCTR(text, key, iv), key, iv)).toEqual(text);
    const cipher = createCipheriv('aes-256-gcm', key, iv.subarray(0, 12));
    const sealed = Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]);
    expect(aesEncryptGCM(text, key, iv.subarray(0, 12), Buffer.alloc(0))).toEqual(sealed);
  });

  it('hkdf expands secrets with SHA-256, with or without a salt', () => {
    const expanded = (salt: Buffer): Buffer => Buffer.from(hkdfSync('sha256', key, salt, 'adv_secret', 32));
    expect(Buffer.from(hkdf(key, 32, { salt: iv, info: 'adv_secret' }))).toEqual(expanded(iv));
    expect(Buffer.from(hkdf(key, 32, { info: 'adv_secret' }))).toEqual(expanded(Buffer.alloc(0)));
  });

  it('Browsers.macOS is an identity that WhatsApp accepts, and jidEncode addresses a phone number', () => {
    const [os, name] = Browsers.macOS('Chrome');
    expect([os, name, getCompanionPlatformId(Browsers.macOS('Chrome'))]).toEqual(['Mac OS', 'Chrome', '1']);
    expect(jidEncode('4915112345678', 's.whatsapp.net')).toBe('4915112345678@s.whatsapp.net');
  });

  describe('a socket of Baileys', () => {
    let simulator: WhatsappSimulator;
    let socket: WASocket;

    beforeAll(async () => {
      simulator = await WhatsappSimulator.start();
      const auth = new PairingAuthState(initAuthCreds());
      socket = makeWASocket({ auth, logger: silentLogger, waWebSocketUrl: simulator.url });
      await once(socket.ws, 'CB:iq,type:set,pair-device');
    });
    afterAll(async () => {
      await socket.end(undefined);
      await simulator.stop();
    });

    const ping = (): BinaryNode => ({
      tag: 'iq',
      attrs: { to: '@s.whatsapp.net', type: 'get', xmlns: 'w:p' },
      content: [{ tag: 'ping', attrs: {} }],
    });

    it('Baileys answers code notifications in its one notification listener, and nowhere else', async () => {
      const events = socket.ws.eventNames().filter((name) => String(name).startsWith('CB:notification'));
      expect(events).toEqual(['CB:notification']);
      expect(socket.ws.listenerCount('CB:notification')).toBe(1);

      const { creds } = socket.authState;
      const secret = creds.advSecretKey;
      creds.me = { id: '4915112345678@s.whatsapp.net' };
      creds.pairingCode = 'ABCD1234';
      const hello = new TypingPhone().types('ABCD1234', anyHello, '2@unknown');
      socket.ws.emit('CB:notification', hello);
      await eventually(
        () => creds.advSecretKey !== secret,
        5_000,
        () => 'the secret did not change',
      );
    });

    it('query sends a stanza and resolves with its answer', async () => {
      expect(await socket.query(ping(), 5_000)).toMatchObject({ tag: 'iq', attrs: { type: 'result' } });
    });

    it('query rejects for an error answer, with its code as the data and its text as the message', async () => {
      simulator.addFault({
        stage: 'ping',
        action: { type: 'query_error', code: 429, text: 'rate-overlimit' },
      });
      const refused = socket.query(ping(), 5_000);
      await expect(refused).rejects.toMatchObject({ data: 429, message: 'rate-overlimit' });
    });

    it('query resolves with undefined or rejects with 408 when no answer comes in time', async () => {
      simulator.addFault({ stage: 'ping', action: { type: 'silent' } });
      const silence = (await socket.query(ping(), 100).catch((error: unknown) => error)) as
        { readonly output: { readonly statusCode: number } } | undefined;
      expect(silence?.output.statusCode ?? 408).toBe(408);
    });
  });
});

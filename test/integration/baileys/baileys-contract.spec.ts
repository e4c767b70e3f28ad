import http from 'node:http';
import { createRequire } from 'node:module';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  buildAckStanza,
  buildPairingQRData,
  Curve,
  DEFAULT_CONNECTION_CONFIG,
  INITIAL_PREKEY_COUNT,
  initAuthCreds,
  makeWASocket,
  WA_CERT_DETAILS,
  type AuthenticationCreds,
  type WASocket,
} from '@whiskeysockets/baileys';
import { PRE_KEY_COUNT } from '../../../src/baileys/crypto/fresh-keys.js';
import { PairingAuthState } from '../../../src/baileys/auth-state/pairing-auth-state.js';
import { silentLogger } from '../../../src/baileys/baileys.logger.js';
import { emitterBehind } from '../../../src/baileys/socket-emitter.js';
import { NO_KEEP_ALIVE_MS } from '../../../src/baileys/socket/socket.config.js';
import { WhatsappSimulator } from '../../../simulator/whatsapp-simulator.js';

const require = createRequire(import.meta.url);

/**
 * Internals of Baileys that this module uses and Baileys does not document. Read a new release before you upgrade to
 * it.
 */
describe('Baileys 7.0.0-rc14', () => {
  let credentials: AuthenticationCreds;
  let socket: WASocket;
  let connections = 0;
  let closings = 0;

  beforeEach(() => {
    credentials = initAuthCreds();
    connections = 0;
    closings = 0;
    const agent = new http.Agent();
    const createConnection = agent.createConnection.bind(agent);
    agent.createConnection = (options, callback) => {
      connections += 1;
      return createConnection(options, callback);
    };
    socket = makeWASocket({
      auth: new PairingAuthState(credentials),
      logger: silentLogger,
      waWebSocketUrl: 'ws://127.0.0.1:1/',
      agent: agent as never,
      makeSignalRepository: (auth, logger, pnToLid) => ({
        ...DEFAULT_CONNECTION_CONFIG.makeSignalRepository(auth, logger, pnToLid),
        close: () => {
          closings += 1;
        },
      }),
    });
  });
  afterEach(() => socket.end(undefined));

  it('the installed release is exactly the one that was read', () => {
    expect(require('@whiskeysockets/baileys/package.json')).toMatchObject({ version: '7.0.0-rc14' });
  });

  it('Baileys listens once to each event that the gateway replaces, and its emitter shows its listeners', () => {
    for (const event of [
      'CB:iq,type:set,pair-device',
      'CB:iq,,pair-success',
      'CB:notification',
      'CB:success',
    ]) {
      expect([event, socket.ws.listenerCount(event)]).toEqual([event, 1]);
    }
    expect(socket.ws.listenerCount('unexpected-response')).toBe(0);
    expect(socket.ws.listenerCount('message')).toBe(1);
  });

  it('makeWASocket connects through the agent before it returns', () => {
    expect(connections).toBe(1);
  });

  it('Baileys works on the given credentials object, and changes it before the listeners of the gateway run', () => {
    expect(socket.authState.creds).toBe(credentials);
    let seenPlatform: string | undefined;
    socket.ev.on('creds.update', () => {
      seenPlatform = credentials.platform;
    });
    socket.ev.emit('creds.update', { platform: 'android' });
    expect(seenPlatform).toBe('android');
  });

  it('the first listener of creds.update announces the name and changes the credentials, and does nothing else', () => {
    const [announce] = emitterBehind(socket.ev).rawListeners('creds.update') as ((update: object) => void)[];
    expect(String(announce)).toMatch(/tag: 'presence'/);
    expect(String(announce).replaceAll(/\s+/g, ' ')).toMatch(/Object\.assign\(creds, update\);? }$/);
    const other = { me: { id: 'x', name: 'Anna' } };
    announce?.(other);
    expect(credentials.me).toBe(other.me);
  });

  it('Baileys listens once to messages, and its repository decrypts through functions that can be replaced', () => {
    expect(socket.ws.listenerCount('CB:message')).toBe(1);
    for (const name of ['decryptMessage', 'decryptGroupMessage'] as const) {
      expect(Object.getOwnPropertyDescriptor(socket.signalRepository, name)).toMatchObject({
        writable: true,
      });
    }
  });

  it('Baileys closes the signal repository first when a socket ends', () => {
    void socket.end(undefined);
    expect(closings).toBe(1);
  });

  it('the keep-alive of Baileys is one interval of the given length, which can be 24 days', async () => {
    const simulator = await WhatsappSimulator.start();
    const setInterval = jest.spyOn(globalThis, 'setInterval');
    const clearInterval = jest.spyOn(globalThis, 'clearInterval');
    const paired = makeWASocket({
      auth: new PairingAuthState(initAuthCreds()),
      logger: silentLogger,
      waWebSocketUrl: simulator.url,
      keepAliveIntervalMs: NO_KEEP_ALIVE_MS,
    });
    try {
      await once(paired.ws, 'CB:iq,type:set,pair-device');
      const intervals = setInterval.mock.calls.flatMap(([, delayMs], call) =>
        delayMs === NO_KEEP_ALIVE_MS ? [setInterval.mock.results[call]?.value as NodeJS.Timeout] : [],
      );
      expect(intervals).toHaveLength(1);
      expect(intervals[0]).toMatchObject({ _repeat: NO_KEEP_ALIVE_MS });
      await paired.end(undefined);
      expect(clearInterval).toHaveBeenCalledWith(intervals[0]);
    } finally {
      jest.restoreAllMocks();
      await paired.end(undefined);
      await simulator.stop();
    }
  });

  it('queries that wait for an answer stay pending after the end of a socket, so the gateway must end them', async () => {
    const simulator = await WhatsappSimulator.start();
    const paired = makeWASocket({
      auth: new PairingAuthState(initAuthCreds()),
      logger: silentLogger,
      waWebSocketUrl: simulator.url,
    });
    await once(paired.ws, 'CB:iq,type:set,pair-device');
    const listeners = paired.ws.listenerCount('error');
    const query = paired.waitForMessage('never');
    await paired.end(undefined);
    expect(paired.ws.listenerCount('error')).toBe(listeners + 1);
    paired.ws.emit('error', new Error('over'));
    await expect(query).rejects.toThrow('over');
    await simulator.stop();
  });

  it('a socket has the functions that the pairing handshake, the keep-alive and the logout call', () => {
    for (const name of [
      'generateMessageTag',
      'sendNode',
      'query',
      'updateServerTimeOffset',
      'sendUnifiedSession',
      'end',
    ] as const) {
      expect(typeof socket[name]).toBe('function');
    }
  });

  it('the text of a QR code consists of reference, keys, secret and browser type', () => {
    expect(buildPairingQRData('2@ref', 'noise', 'identity', 'secret', ['Mac OS', 'Chrome', '14.4.1'])).toBe(
      'https://wa.me/settings/linked_devices#2@ref,noise,identity,secret,1',
    );
  });

  it('buildAckStanza acknowledges a notification of the server', () => {
    const attrs = { id: '7', from: '@s.whatsapp.net', type: 'companion_reg_refresh' };
    expect(buildAckStanza({ tag: 'notification', attrs })).toEqual({
      tag: 'ack',
      attrs: { id: '7', to: '@s.whatsapp.net', class: 'notification', type: 'companion_reg_refresh' },
    });
  });

  it('Curve can be made stricter, and the root key is one object', () => {
    expect(Object.isFrozen(Curve)).toBe(false);
    for (const name of ['generateKeyPair', 'sharedKey', 'verify'] as const) {
      expect(Object.getOwnPropertyDescriptor(Curve, name)).toMatchObject({ writable: true });
    }
    expect(WA_CERT_DETAILS.PUBLIC_KEY).toBe(WA_CERT_DETAILS.PUBLIC_KEY);
    expect(WA_CERT_DETAILS.PUBLIC_KEY.toString('hex')).toBe(
      '142375574d0a587166aae71ebe516437c4a28b73e3695c6ce1f7f9545da8ee6b',
    );
  });

  it('Curve.verify alone still accepts any signature; once it does not, the check of the gateway can be removed', () => {
    expect(Curve.verify(Curve.generateKeyPair().public, Buffer.from('x'), Buffer.alloc(64))).toBe(true);
  });

  it('Baileys uploads as many pre-keys at the first login as the gateway makes ahead', () => {
    expect(INITIAL_PREKEY_COUNT).toBe(PRE_KEY_COUNT);
  });
});

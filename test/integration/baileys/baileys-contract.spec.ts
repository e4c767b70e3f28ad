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

  it('is exactly the release that was read', () => {
    expect(require('@whiskeysockets/baileys/package.json')).toMatchObject({ version: '7.0.0-rc14' });
  });

  it('listens once to each of the events that we take over, on an emitter that shows its listeners', () => {
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

  it('makes its connection through the agent while it is made', () => {
    expect(connections).toBe(1);
  });

  it('works on the very object of credentials that it was given, and changes it before we hear of it', () => {
    expect(socket.authState.creds).toBe(credentials);
    let seenPlatform: string | undefined;
    socket.ev.on('creds.update', () => {
      seenPlatform = credentials.platform;
    });
    socket.ev.emit('creds.update', { platform: 'android' });
    expect(seenPlatform).toBe('android');
  });

  it('closes the signal repository first of all when it ends', () => {
    void socket.end(undefined);
    expect(closings).toBe(1);
  });

  it('keeps alive by one interval of the length that it is given, and that can be 24 days', async () => {
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

  it('still lets the queries that wait for an answer hang when it ends, which is why we tell them', async () => {
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

  it('has what the pairing dialogue, the watch and the logout call', () => {
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

  it('draws a code from reference, keys, secret and kind of browser', () => {
    expect(buildPairingQRData('2@ref', 'noise', 'identity', 'secret', ['Mac OS', 'Chrome', '14.4.1'])).toBe(
      'https://wa.me/settings/linked_devices#2@ref,noise,identity,secret,1',
    );
  });

  it('acknowledges a notification of the server', () => {
    const attrs = { id: '7', from: '@s.whatsapp.net', type: 'companion_reg_refresh' };
    expect(buildAckStanza({ tag: 'notification', attrs })).toEqual({
      tag: 'ack',
      attrs: { id: '7', to: '@s.whatsapp.net', class: 'notification', type: 'companion_reg_refresh' },
    });
  });

  it('lets its Curve be made stricter, and names the root key by one object', () => {
    expect(Object.isFrozen(Curve)).toBe(false);
    for (const name of ['generateKeyPair', 'sharedKey', 'verify'] as const) {
      expect(Object.getOwnPropertyDescriptor(Curve, name)).toMatchObject({ writable: true });
    }
    expect(WA_CERT_DETAILS.PUBLIC_KEY).toBe(WA_CERT_DETAILS.PUBLIC_KEY);
    expect(WA_CERT_DETAILS.PUBLIC_KEY.toString('hex')).toBe(
      '142375574d0a587166aae71ebe516437c4a28b73e3695c6ce1f7f9545da8ee6b',
    );
  });

  it('still accepts any signature by itself: once it does not, our own check may go', () => {
    expect(Curve.verify(Curve.generateKeyPair().public, Buffer.from('x'), Buffer.alloc(64))).toBe(true);
  });

  it('uploads as many pre-keys at the first login as we make ahead', () => {
    expect(INITIAL_PREKEY_COUNT).toBe(PRE_KEY_COUNT);
  });
});

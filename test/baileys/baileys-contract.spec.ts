import http from 'node:http';
import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  buildAckStanza,
  buildPairingQRData,
  Curve,
  DEFAULT_CONNECTION_CONFIG,
  INITIAL_PREKEY_COUNT,
  initAuthCreds,
  makeWASocket,
  WA_CERT_DETAILS,
} from '@whiskeysockets/baileys';
import type { AuthenticationCreds, WASocket } from '@whiskeysockets/baileys';
import { PRE_KEY_COUNT } from '../../src/baileys/fresh-keys.js';
import { PairingAuthState } from '../../src/baileys/pairing.auth-state.js';
import { silentLogger } from '../../src/baileys/silent.logger.js';

const require = createRequire(import.meta.url);

/** What we use of Baileys and nobody promised. A new release has to be read before it is taken. */
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
    let heard: string | undefined;
    socket.ev.on('creds.update', () => {
      heard = credentials.platform;
    });
    socket.ev.emit('creds.update', { platform: 'android' });
    expect(heard).toBe('android');
  });

  it('closes the signal repository first of all when it ends', () => {
    void socket.end(undefined);
    expect(closings).toBe(1);
  });

  it('has what the pairing dialogue and the logout call', () => {
    for (const name of [
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
    for (const name of ['sharedKey', 'verify'] as const) {
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

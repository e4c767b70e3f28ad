import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { initAuthCreds, type BinaryNode, type WASocket } from '@whiskeysockets/baileys';
import { PairingForged, PasskeyRequired } from '../baileys.errors.js';
import { decodeKey } from '../auth-state/auth-state.codec.js';
import { PairingAuthState } from '../auth-state/pairing-auth-state.js';
import { PairingHandshake, type PairingAttempt } from './pairing-handshake.js';
import { QrLinking } from './qr-linking.js';

const references = ['2@one', '2@two'];
const pairDevice: BinaryNode = {
  tag: 'iq',
  attrs: { id: '7', type: 'set' },
  content: [
    {
      tag: 'pair-device',
      attrs: {},
      content: references.map((ref) => ({ tag: 'ref', attrs: {}, content: Buffer.from(ref) })),
    },
  ],
};

function notification(type: string, child: string): BinaryNode {
  const attrs = { id: 'n1', from: '@s.whatsapp.net', type };
  return { tag: 'notification', attrs, content: [{ tag: child, attrs: {} }] };
}

describe('PairingHandshake by QR code', () => {
  let ws: EventEmitter;
  let sent: BinaryNode[];
  let emitted: Parameters<PairingAttempt['emit']>[0][];
  let failures: unknown[];
  let closings: unknown[];
  let receivedByBaileys: BinaryNode[];
  let authState: PairingAuthState;
  let over: boolean;

  beforeEach(() => {
    ws = new EventEmitter();
    [sent, emitted, failures, closings, receivedByBaileys, over] = [[], [], [], [], [], false];
    authState = new PairingAuthState(initAuthCreds());
    const socket = {
      ws,
      ev: new EventEmitter(),
      updateServerTimeOffset: () => undefined,
      sendNode: (node: BinaryNode) => {
        sent.push(node);
        return Promise.resolve();
      },
    } as unknown as WASocket;
    ws.on('CB:iq,type:set,pair-device', () => {
      throw new Error('Baileys’ own listener is still installed');
    });
    ws.on('CB:notification', (node: BinaryNode) => receivedByBaileys.push(node));
    const attempt: PairingAttempt = {
      isOver: () => over,
      emit: (event) => emitted.push(event),
      fail: (error) => failures.push(error),
      closeAfterSending: (error) => closings.push(error),
      accept: () => Promise.reject(new Error('accept is not used in this spec')),
      expectServerClose: () => undefined,
    };
    const method = new QrLinking(authState.creds, ['Mac OS', 'Chrome', '14.4.1'], attempt);
    new PairingHandshake(socket, authState, () => Promise.resolve([]), method, attempt).start();
  });

  it('the handshake acknowledges the references and emits them all as codes', () => {
    ws.emit('CB:iq,type:set,pair-device', pairDevice);
    expect(sent).toEqual([{ tag: 'iq', attrs: { to: '@s.whatsapp.net', type: 'result', id: '7' } }]);
    expect(emitted).toMatchObject([{ type: 'codes', step: 'qr' }]);
    expect(emitted[0]?.values.map((value) => value.split(/[#,]/)[1])).toEqual(references);
    expect(emitted[0]?.values[0]).toContain(authState.creds.advSecretKey);
  });

  it('the codes are drawn with a new secret when WhatsApp retires the old one', () => {
    const retired = authState.creds.advSecretKey;
    ws.emit('CB:iq,type:set,pair-device', pairDevice);
    ws.emit('CB:notification', notification('companion_reg_refresh', 'pair-device-rotate-qr'));
    expect(authState.creds.advSecretKey).not.toBe(retired);
    expect(emitted[1]).toMatchObject({ type: 'codesRedrawn' });
    expect(emitted[1]?.values[1]).toContain(`2@two,`);
    expect(emitted[1]?.values[1]).toContain(authState.creds.advSecretKey);
    expect(sent[1]).toMatchObject({ tag: 'ack', attrs: { id: 'n1', type: 'companion_reg_refresh' } });
  });

  it('a retired secret is also replaced before there are codes to draw', () => {
    const retired = authState.creds.advSecretKey;
    ws.emit('CB:notification', notification('companion_reg_refresh', 'companion_reg_refresh'));
    expect(authState.creds.advSecretKey).not.toBe(retired);
    expect(emitted).toEqual([]);
    expect(sent).toHaveLength(1);
  });

  it('any other notification keeps the secret and is acknowledged', () => {
    const secret = authState.creds.advSecretKey;
    ws.emit('CB:notification', notification('server_sync', 'collection'));
    ws.emit('CB:notification', notification('companion_reg_refresh', 'something-else'));
    ws.emit('CB:notification', notification('link_code_companion_reg', 'link_code_companion_reg'));
    expect(authState.creds.advSecretKey).toBe(secret);
    expect(sent).toHaveLength(3);
    expect([emitted, failures, closings]).toEqual([[], [], []]);
  });

  it('Baileys receives no notification that it could not acknowledge', () => {
    ws.emit('CB:notification', notification('server_sync', 'collection'));
    expect(receivedByBaileys).toEqual([]);
  });

  it('the handshake leaves acknowledgements to Baileys once the device is linked', () => {
    authState.creds.me = { id: '4915112345678:1@s.whatsapp.net' };
    ws.emit('CB:notification', notification('server_sync', 'collection'));
    expect(sent).toEqual([]);
  });

  it('the handshake acknowledges a passkey request and then closes the attempt', () => {
    ws.emit('CB:iq,type:set,pair-device', pairDevice);
    ws.emit('CB:notification', notification('passkey_prologue_request', 'passkey_request_options'));
    expect(sent[1]).toMatchObject({ tag: 'ack', attrs: { id: 'n1', type: 'passkey_prologue_request' } });
    expect(closings).toEqual([expect.any(PasskeyRequired)]);
    expect(failures).toEqual([]);
  });

  it('a pair-success without an identity fails the attempt, and a second one is ignored', async () => {
    const stanza = {
      tag: 'iq',
      attrs: { id: '9' },
      content: [{ tag: 'pair-success', attrs: {}, content: [] }],
    };
    ws.emit('CB:iq,,pair-success', stanza);
    ws.emit('CB:iq,,pair-success', stanza);
    await new Promise((resolve) => setImmediate(resolve));
    expect(failures).toHaveLength(1);
    expect(failures[0]).toBeInstanceOf(PairingForged);
    expect(sent).toEqual([]);
  });

  it('the handshake sends, emits and reports nothing once the attempt is over', () => {
    over = true;
    const secret = authState.creds.advSecretKey;
    ws.emit('CB:iq,type:set,pair-device', pairDevice);
    ws.emit('CB:iq,,pair-success', pairDevice);
    ws.emit('CB:notification', notification('companion_reg_refresh', 'companion_reg_refresh'));
    ws.emit('CB:notification', notification('passkey_prologue_request', 'passkey_request_options'));
    expect([sent, emitted, failures, closings]).toEqual([[], [], [], []]);
    expect(authState.creds.advSecretKey).toBe(secret);
  });
});

describe('PairingAuthState', () => {
  it('the keys that Baileys sets stay in memory and are returned together', async () => {
    const state = new PairingAuthState(initAuthCreds());
    const pair = { public: Buffer.alloc(32, 1), private: Buffer.alloc(32, 2) };
    await state.keys.set({ 'pre-key': { '1': pair, '2': pair }, 'lid-mapping': { '49': '77' } });
    await state.keys.set({ 'pre-key': { '1': null } });
    expect(await state.keys.get('pre-key', ['1', '2'])).toEqual({ '2': pair });
    expect(state.changes().map(({ type, id }) => `${type} ${id}`)).toEqual(['pre-key 2', 'lid-mapping 49']);
    expect(decodeKey('pre-key', state.changes()[0]?.value ?? Buffer.alloc(0))).toEqual(pair);
    state.retire();
    expect(state.changes()).toEqual([]);
  });
});

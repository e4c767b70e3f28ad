import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { FaultAction, WireAction } from '../../../../simulator/faults/actions.js';
import type { ConnectionEnd } from '../../../../src/whatsapp/domain/session/connection-end.js';
import { SimulatedWhatsapp } from '../simulated-whatsapp.js';

const GONE: object = { kind: 'network', problem: expect.stringMatching(/^(closed|lost)$/) };

/** How WhatsApp or the network can end the connection of a linked device, at its login or later. */
const ENDS: readonly (readonly [WireAction, object])[] = [
  ...[400, 401, 403, 405, 406, 409, 411, 500, 503].map(
    (code) =>
      [
        { type: 'fail', code },
        { kind: 'whatsapp', code },
      ] as const,
  ),
  [
    { type: 'fail', code: 402, expireS: 3600 },
    { kind: 'whatsapp', code: 402, expiresInMs: 3_600_000 },
  ],
  [
    { type: 'stream_error', code: 515 },
    { kind: 'whatsapp', code: 515, detail: null },
  ],
  [
    { type: 'stream_error', code: 503 },
    { kind: 'whatsapp', code: 503, detail: null },
  ],
  [{ type: 'stream_error' }, { kind: 'whatsapp', code: 500, detail: null }],
  [
    { type: 'stream_error', code: 401 },
    { kind: 'whatsapp', code: 401, detail: null },
  ],
  [
    { type: 'stream_error', code: 401, conflict: 'device_removed' },
    { kind: 'whatsapp', code: 401, detail: 'device_removed' },
  ],
  [
    { type: 'stream_error', conflict: 'replaced' },
    { kind: 'whatsapp', code: 440, detail: 'replaced' },
  ],
  [{ type: 'garbage', kind: 'undecryptable' }, { kind: 'protocol_error' }],
  [{ type: 'garbage', kind: 'corrupted' }, { kind: 'protocol_error' }],
  [{ type: 'garbage', kind: 'undecodable' }, { kind: 'protocol_error' }],
  [{ type: 'raw_frames', count: 1, bytes: 0 }, { kind: 'protocol_error' }],
  [
    { type: 'large_stanza', nodes: 20_000 },
    { kind: 'stanza_too_large', excess: 'more than 20000 nodes' },
  ],
  [
    { type: 'large_stanza', nodes: 60_000, compressed: true },
    { kind: 'stanza_too_large', excess: 'more than 20000 nodes' },
  ],
  [
    { type: 'large_stanza', bytes: 2 ** 20 },
    { kind: 'stanza_too_large', excess: 'more than 1048576 bytes' },
  ],
  [
    { type: 'large_stanza', bytes: 14_000_000 },
    { kind: 'stanza_too_large', excess: 'more than 1048576 bytes' },
  ],
  [
    { type: 'large_stanza', bytes: 14_000_000, compressed: true },
    { kind: 'stanza_too_large', excess: 'more than 1048576 bytes, inflated' },
  ],
  // FIN or RST: the operating system sends RST when a buffer holds unread data. The service handles both alike.
  [{ type: 'cut', reset: true }, GONE],
  [{ type: 'cut' }, GONE],
  [{ type: 'close' }, { kind: 'network', problem: 'closed' }],
  [{ type: 'freeze' }, { kind: 'silent' }],
];

/** How an attempt can end before its login. */
const AT_LOGIN: readonly (readonly ['tcp' | 'upgrade' | 'server_hello', FaultAction, object])[] = [
  ['tcp', { type: 'cut', reset: true }, { kind: 'network', problem: 'lost' }],
  ['upgrade', { type: 'http_status', status: 429 }, { kind: 'upgrade_refused', status: 429 }],
  ['upgrade', { type: 'http_status', status: 503, keepOpen: true }, { kind: 'upgrade_refused', status: 503 }],
  ['upgrade', { type: 'silent' }, { kind: 'silent' }],
  ['server_hello', { type: 'silent' }, { kind: 'silent' }],
  ['server_hello', { type: 'certificate', forgery: 'expired' }, { kind: 'server_untrusted' }],
];

describe('BaileysGateway, connection ends of a linked account', () => {
  let whatsapp: SimulatedWhatsapp;
  let attempt = 10;

  beforeAll(async () => {
    whatsapp = await SimulatedWhatsapp.start({
      connectTimeoutMs: 3_000,
      keepAliveIntervalMs: 1_000,
      answerTimeoutMs: 1_500,
    });
    await whatsapp.link(1);
    await whatsapp.gateway.do({ name: 'destroy', attempt: 2 });
  });
  afterAll(() => whatsapp.stop());
  beforeEach(() => {
    attempt += 1;
  });
  afterEach(async () => {
    expect(whatsapp.gateway.isRunning).toBe(true);
    await whatsapp.control.removeFault();
  });

  /** Waits for the end. Expects exactly one event `closed`, and a closed TCP connection. */
  async function ended(): Promise<ConnectionEnd> {
    const { gateway } = whatsapp;
    const end = await gateway.closed(attempt);
    await gateway.do({ name: 'waitUntilClosed', attempt });
    expect(gateway.events(attempt).filter(({ type }) => type === 'closed')).toHaveLength(1);
    return end;
  }

  it.each(ENDS)('the end of an open connection is reported after %j', async (action, end) => {
    await whatsapp.gateway.open(attempt, { stored: true });
    await whatsapp.gateway.event(attempt, 'opened');
    expect(await whatsapp.control.act(action)).toBe(1);
    expect(await ended()).toMatchObject(end);
  });

  // Without `freeze`: the caller of the gateway limits the time between the handshake and `open`.
  it.each(ENDS.filter(([{ type }]) => type !== 'freeze'))(
    'the end of a login is reported after %j',
    async (action, end) => {
      await whatsapp.control.addFault({ stage: 'login_success', action });
      await whatsapp.gateway.open(attempt, { stored: true });
      expect(await ended()).toMatchObject(end);
      expect(whatsapp.gateway.events(attempt).map(({ type }) => type)).toEqual(['closed']);
    },
  );

  it.each(AT_LOGIN)('an end before the login is reported (%s: %j)', async (stage, action, end) => {
    await whatsapp.control.addFault({ stage, action });
    await whatsapp.gateway.open(attempt, { stored: true });
    expect(await ended()).toMatchObject(end);
  });

  it.each([
    { nodes: 19_000 },
    { nodes: 19_000, compressed: true },
    { bytes: 1_000_000 },
    { bytes: 1_000_000, compressed: true },
  ])('a stanza within the limits does not end the connection (%j)', async (size) => {
    const { gateway, control } = whatsapp;
    await gateway.open(attempt, { stored: true });
    await gateway.event(attempt, 'opened');
    expect(await control.act({ type: 'large_stanza', ...size })).toBe(1);
    expect(await control.act({ type: 'stream_error', code: 503 })).toBe(1);
    // The stream error is read after the large stanza.
    expect(await ended()).toEqual({ kind: 'whatsapp', code: 503, detail: null });
  });

  it('a device that is removed on the phone is reported at once and at the next login', async () => {
    const { gateway, control } = whatsapp;
    const phone = await whatsapp.link(attempt);
    attempt += 1;
    await control.removeDevices(phone);
    expect(await ended()).toEqual({ kind: 'whatsapp', code: 401, detail: 'device_removed' });
    attempt += 1;
    await gateway.open(attempt, { stored: true });
    expect(await ended()).toMatchObject({ kind: 'whatsapp', code: 401 });
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { PairingView } from '../../../src/whatsapp/domain/pairing.js';
import { eventually } from '../../support/eventually.js';
import {
  expectRefusal,
  noPairing,
  NOT_READY,
  QrClient,
  QUIET,
  SESSION_LIMIT_MS,
} from '../../support/clients/qr-client.js';
import { WaitingClient } from '../../support/clients/waiting-client.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { CODE_WAIT_MS, timeLimit } from '../../support/time/time-limit.js';

let setup: TestEnvironment;
let qr: QrClient;

beforeAll(async () => {
  setup = await TestEnvironment.create(QUIET);
  qr = new QrClient(setup);
});
afterEach(() => setup.simulator.control.removeFault());
afterAll(() => setup.close());

describe('waiting for a QR code', () => {
  it('a wait ends as soon as the first code is available', async () => {
    const { control } = setup.simulator;
    await control.addFault({ stage: 'pair_device', action: { type: 'hold' } });
    await setup.service.pair('first');
    await expectRefusal(qr.get('first'), NOT_READY);
    await expectRefusal(qr.get('first', '&waitMs=50'), NOT_READY);
    const waiting = qr.get('first', '&format=json&waitMs=30000');
    await control.holds({}, 5_000);
    await control.release();
    expect(qr.codeIn(await waiting).sequence).toBe(1);
  });

  it('a wait ends at once when no session runs, and the answer has the account’s status', async () => {
    await expectRefusal(qr.get('never-paired', '&waitMs=30000'), noPairing('idle'));
  });

  it('a wait ends early when the session is stopped', async () => {
    const { etag } = await qr.start('stopped');
    const waiting = qr.get('stopped', '&format=json&waitMs=30000', { 'if-none-match': etag });
    await setup.service.stopPairing('stopped');
    await expectRefusal(waiting, noPairing('idle'));
  });

  it('a wait ends early when the session fails', async () => {
    const { code, etag } = await qr.start('failed');
    const waiting = qr.get('failed', '&format=json&waitMs=30000', { 'if-none-match': etag });
    await setup.simulator.control.act({ type: 'fail', code: 403 }, { qr: code.value });
    await expectRefusal(waiting, noPairing('error'));
  });

  it('a wait ends with the status connected when the phone has linked', async () => {
    const { code, etag } = await qr.start('linked');
    const waiting = qr.get('linked', '&format=json&waitMs=30000', { 'if-none-match': etag });
    const scan = await setup.simulator.control.scan({ phone: setup.newPhone(), qr: code.value });
    expect(scan).toMatchObject({ paired: true });
    await expectRefusal(waiting, noPairing('connected'));
    await expectRefusal(qr.get('linked', '&waitMs=30000'), noPairing('connected'));
  });

  it('clients that hang up leave nothing behind, and 500 waiting clients are served at once', async () => {
    const { code, etag } = await qr.start('crowd');
    const { service } = setup;
    const resources = async (): Promise<number[]> => {
      const { TCPSocketWrap = 0, Timeout = 0 } = await service.resources();
      return [TCPSocketWrap, Timeout];
    };
    // The fetch connections of this process close automatically.
    let before = [0, 0];
    await eventually(
      async () => String(before) === String((before = await resources())),
      10_000,
      () => String(before),
    );
    const path = '/api/whatsapp/pair/qr?accountId=crowd&format=json&waitMs=30000';
    let waiting = 0;
    const clients = Array.from(
      { length: 500 },
      () => new WaitingClient(service.url, path, { 'if-none-match': etag }),
    );
    await eventually(
      async () => (waiting = (await service.resources())['Timeout'] ?? 0) >= 500,
      25_000,
      () => `only ${waiting} clients wait`,
    );
    for (const client of clients.slice(0, 250)) client.hangUp();
    await eventually(
      async () => ((await service.resources())['Timeout'] ?? 0) < 400,
      10_000,
      () => 'the service still waits for clients that hung up',
    );
    await qr.redraw(code.value);
    for (const client of clients.slice(250)) {
      expect(await client.answered).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*"sequence":2,"of":6,/);
    }
    let now = before;
    await eventually(
      async () => (now = await resources()).every((count, index) => count <= (before[index] ?? 0)),
      15_000,
      () => `the service has the resources ${String(now)} and not ${String(before)}`,
    );
    expect((await service.usage()).warnings).toEqual([]);
  });
});

describe('the view of a pairing', () => {
  const NO_STEP = { step: null, qr: null, pairingCode: null };
  const EMPTY = { startedAt: null, expiresAt: null, ...NO_STEP, error: null };

  async function view(accountId: string): Promise<PairingView> {
    const { status, body, headers } = await setup.service.view(accountId);
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(Object.keys(body)).toEqual(['accountId', 'status', ...Object.keys(EMPTY)]);
    return body;
  }

  it('the view is empty when no session runs', async () => {
    expect(await view('view')).toEqual({ accountId: 'view', status: 'idle', ...EMPTY });
  });

  it('the view has everything that a client needs to draw each phase', async () => {
    const { control } = setup.simulator;
    await control.addFault({ stage: 'pair_device', action: { type: 'hold' } });
    await setup.service.pair('view');
    const connecting = await view('view');
    expect(connecting).toMatchObject({ status: 'pending', qr: null, error: null });
    const [startedAt, expiresAt] = [String(connecting.startedAt), String(connecting.expiresAt)];
    for (const time of [startedAt, expiresAt]) expect(new Date(time).toISOString()).toBe(time);
    expect(Date.parse(expiresAt) - Date.parse(startedAt)).toBe(timeLimit(SESSION_LIMIT_MS));

    await control.holds({}, 5_000);
    await control.release();
    const { code } = { code: qr.codeIn(await qr.get('view', `&format=json&waitMs=${CODE_WAIT_MS}`)) };
    expect(await view('view')).toEqual({ ...connecting, step: { type: 'qr', ...code }, qr: code });

    await control.addFault({ stage: 'stream_restart', action: { type: 'hold' } });
    expect(await control.scan({ phone: setup.newPhone(), qr: code.value })).toMatchObject({ paired: true });
    expect(await view('view')).toEqual({ ...connecting, ...NO_STEP });
    await expectRefusal(qr.get('view'), NOT_READY);

    await control.holds({}, 5_000);
    await control.release();
    await setup.service.reaches('view', 'connected');
    expect(await view('view')).toEqual({ accountId: 'view', status: 'connected', ...EMPTY });
  });

  it('the view says why a pairing failed until the pairing is stopped or started again', async () => {
    const { code } = await qr.start('view-failed');
    await setup.simulator.control.act({ type: 'fail', code: 405 }, { qr: code.value });
    await setup.service.reaches('view-failed', 'error');
    const failed = await view('view-failed');
    expect(failed).toEqual({ accountId: 'view-failed', status: 'error', ...EMPTY, error: expect.anything() });
    expect(failed.error).toEqual({
      code: 'client_outdated',
      message: expect.stringMatching(/\.$/),
      userAction: 'update_service',
    });
    await qr.start('view-failed');
    expect(await view('view-failed')).toMatchObject({ status: 'pending', error: null });
    await setup.service.stopPairing('view-failed');
    expect(await view('view-failed')).toEqual({ accountId: 'view-failed', status: 'idle', ...EMPTY });
  });
});

describe('the secrets of a code', () => {
  it('no secret of a code appears in the most verbose log', () => {
    qr.expectUnlogged();
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { PairingView } from '../../../src/whatsapp/domain/pairing.js';
import { eventually } from '../../support/eventually.js';
import { PATIENT, SHORT_TIMINGS } from '../../support/processes/service-timings.js';
import type { Answer } from '../../support/processes/service-process.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { timeLimit, timeLimitSince } from '../../support/time/time-limit.js';

const CODE = /^[0-9A-HJ-NP-Z]{4}-[0-9A-HJ-NP-Z]{4}$/;
const stage = 'companion_hello';

let setup: TestEnvironment;

beforeAll(async () => {
  setup = await TestEnvironment.create({ timings: { ...SHORT_TIMINGS, ...PATIENT }, environment: NAMED });
});
afterEach(() => setup.simulator.control.removeFault());
afterAll(() => setup.close());

/** A device name that WhatsApp refuses together with a phone code, and the most verbose log. */
const NAMED = {
  WHATSAPP_DEVICE_NAME: 'Acme Support',
  LOG_LEVEL: 'trace',
  WHATSAPP_BAILEYS_LOG: 'debug',
};

function codeOf({ status, body }: Answer): string {
  expect([status, body]).toEqual([
    200,
    {
      ok: true,
      accountId: expect.any(String),
      status: 'pending',
      pairingCode: expect.stringMatching(CODE),
    },
  ]);
  return (body as { pairingCode: string }).pairingCode;
}

async function view(accountId: string): Promise<PairingView> {
  return (await setup.service.view(accountId)).body;
}

/** Waits for a code with a number above `after` in the view of the pairing. */
async function nextCode(accountId: string, after: number): Promise<string> {
  let found: PairingView['step'] = null;
  await eventually(
    async () => ((found = (await view(accountId)).step)?.sequence ?? 0) > after,
    10_000,
    () => `no code after ${after} for ${accountId}`,
  );
  expect(found).toMatchObject({ type: 'code', value: expect.stringMatching(CODE) });
  return (found as unknown as { value: string }).value;
}

describe('a pairing by phone number', () => {
  it.each(['+', ''])('a phone is linked by the code in the answer (number written %s…)', async (plus) => {
    const accountId = `linked${plus === '' ? '' : '-plus'}`;
    const phone = setup.newPhone();
    const begun = performance.now();
    const code = codeOf(await setup.service.pair(accountId, { phoneNumber: `${plus}${phone}` }));
    const shown = await view(accountId);
    expect(shown).toMatchObject({ status: 'pending', qr: null, pairingCode: code, error: null });
    expect(shown.step).toMatchObject({ type: 'code', value: code, sequence: 1, of: 1 });
    const left = Date.parse(String(shown.step?.expiresAt)) - Date.now();
    expect(left).toBeGreaterThan(timeLimit(60_000) - timeLimitSince(begun, 10_000));
    expect(left).toBeLessThanOrEqual(timeLimit(60_000));
    expect(await setup.simulator.control.typeCode({ phone, code })).toMatchObject({ paired: true });
    expect(await setup.service.reaches(accountId, 'connected')).toMatchObject({ servicePhone: phone });
    expect(await view(accountId)).toMatchObject({ step: null, qr: null, pairingCode: null, error: null });
    // The most verbose log contains the account but not its code.
    expect(setup.service.output).toContain(accountId);
    expect(setup.service.output).not.toMatch(new RegExp(code.replace('-', '-?')));
  });

  it('a link by phone code survives a restart and can be disconnected like any other', async () => {
    const phone = setup.newPhone();
    const code = codeOf(await setup.service.pair('restarted', { phoneNumber: phone }));
    await setup.simulator.control.typeCode({ phone, code });
    await setup.service.reaches('restarted', 'connected');
    await setup.restart('kill');
    await setup.service.reaches('restarted', 'connected');
    expect((await setup.service.disconnect('restarted')).status).toBe(200);
    const { devices } = await setup.simulator.control.state();
    expect(devices.filter((device) => device.phone === phone)).toEqual([]);
  });

  it('a pairing by phone code has no QR code, and a client that waits for one is answered at once', async () => {
    codeOf(await setup.service.pair('no-qr', { phoneNumber: setup.newPhone() }));
    const begun = performance.now();
    const answer = await setup.service.call('GET', '/api/whatsapp/pair/qr?accountId=no-qr&waitMs=20000');
    expect(answer).toMatchObject({ status: 409, body: { code: 'pairing_by_code' } });
    expect(performance.now() - begun).toBeLessThan(timeLimitSince(begun, 5_000));
    await setup.service.stopPairing('no-qr');
  });

  it('a call is answered without a code when WhatsApp is slow, and the code appears later', async () => {
    await setup.restart('stop', { timings: { ...SHORT_TIMINGS, ...PATIENT, codeWaitMs: 500 } });
    const phone = setup.newPhone();
    await setup.simulator.control.addFault({ stage, action: { type: 'hold' } });
    const { status, body } = await setup.service.pair('late', { phoneNumber: phone });
    expect([status, body]).toEqual([
      200,
      { ok: true, accountId: 'late', status: 'pending', pairingCode: null },
    ]);
    expect(await view('late')).toMatchObject({ status: 'pending', step: null, pairingCode: null });
    await setup.simulator.control.release({ stage });
    const code = await nextCode('late', 0);
    expect(await setup.simulator.control.typeCode({ phone, code })).toMatchObject({ paired: true });
    await setup.service.reaches('late', 'connected');
    await setup.restart('stop', { timings: { ...SHORT_TIMINGS, ...PATIENT } });
  });

  it('a pairing can be stopped while its call waits for the code, and the call answers no_pairing', async () => {
    await setup.simulator.control.addFault({ stage, action: { type: 'hold' } });
    const call = setup.service.pair('stopped', { phoneNumber: setup.newPhone() });
    expect(await setup.simulator.control.holds({ stage }, 10_000)).toHaveLength(1);
    expect((await setup.service.stopPairing('stopped')).status).toBe(200);
    expect(await call).toMatchObject({ status: 404, body: { code: 'no_pairing' } });
    expect(await setup.service.status('stopped')).toMatchObject({ status: 'idle', authExists: false });
  });

  it.each([{}, { phoneNumber: '4915112345678' }])(
    'a call is answered without a code when another call replaces it meanwhile (%j)',
    async (numbers) => {
      await setup.simulator.control.addFault({ stage, action: { type: 'hold' } });
      const first = setup.service.pair('replaced', { phoneNumber: setup.newPhone() });
      expect(await setup.simulator.control.holds({ stage }, 10_000)).toHaveLength(1);
      expect(await setup.service.pair('replaced', numbers)).toMatchObject({
        status: 200,
        body: { status: 'pending' },
      });
      expect(await first).toMatchObject({ status: 200, body: { status: 'pending', pairingCode: null } });
      await setup.service.stopPairing('replaced');
    },
  );

  it.each([
    [400, 'bad-request', 'check_number'],
    [429, 'rate-overlimit', 'retry_later'],
  ])('a refused code (%i) is answered with its reason', async (code, text, userAction) => {
    const accountId = `refused-${code}`;
    await setup.simulator.control.addFault({ stage, action: { type: 'query_error', code, text } });
    const answer = await setup.service.pair(accountId, { phoneNumber: setup.newPhone() });
    expect(answer).toMatchObject({
      status: 422,
      body: { code: 'code_refused', message: expect.stringContaining(`${text}, ${code}`) },
    });
    expect(await view(accountId)).toMatchObject({
      status: 'error',
      step: null,
      error: { code: 'code_refused', userAction },
    });
  });

  it('the answer says why the pairing failed when WhatsApp did not refuse the code', async () => {
    await setup.simulator.control.addFault({
      stage: 'pair_device',
      action: { type: 'fail', code: 403 },
    });
    expect(await setup.service.pair('failed', { phoneNumber: setup.newPhone() })).toMatchObject({
      status: 502,
      body: { code: 'pairing_failed', message: expect.any(String) },
    });
  });

  it('a new code is shown when the connection is lost, and links the phone', async () => {
    const phone = setup.newPhone();
    const first = codeOf(await setup.service.pair('cut', { phoneNumber: phone }));
    await setup.simulator.control.act({ type: 'cut' }, { kind: 'registration' });
    const second = await nextCode('cut', 1);
    expect(second).not.toBe(first);
    expect(await setup.simulator.control.typeCode({ phone, code: second })).toMatchObject({ paired: true });
    await setup.service.reaches('cut', 'connected');
  });

  it('a pairing by phone code is replaced by a pairing by QR code, and replaces one', async () => {
    const phone = setup.newPhone();
    codeOf(await setup.service.pair('either', { phoneNumber: phone }));
    await setup.service.pair('either');
    expect(await setup.service.qr('either')).toMatchObject({ sequence: 1 });
    const code = codeOf(await setup.service.pair('either', { phoneNumber: phone }));
    expect(await setup.simulator.control.typeCode({ phone, code })).toMatchObject({ paired: true });
    await setup.service.reaches('either', 'connected');
    expect((await setup.simulator.control.state()).counters.takeovers).toBe(0);
  });

  it('an account that is linked to the number stays linked, and another number is refused', async () => {
    const phone = await setup.link('taken');
    for (const field of ['phoneNumber', 'expectedPhoneNumber']) {
      const same = await setup.service.pair('taken', { [field]: phone });
      expect(same).toMatchObject({ status: 200, body: { status: 'connected' } });
      const other = await setup.service.pair('taken', { [field]: setup.newPhone() });
      expect(other).toMatchObject({ status: 409, body: { code: 'other_number_linked' } });
    }
    expect(await setup.service.status('taken')).toMatchObject({ status: 'connected', servicePhone: phone });
  });

  it('a linked account without a connection is logged in without a code', async () => {
    const phone = await setup.link('down');
    await setup.simulator.control.addFault({
      stage: 'login_success',
      action: { type: 'hold' },
      where: { phone },
    });
    await setup.simulator.control.act({ type: 'cut' }, { phone });
    await setup.simulator.control.holds({ stage: 'login_success' }, 10_000);
    const other = await setup.service.pair('down', { phoneNumber: setup.newPhone() });
    expect(other).toMatchObject({ status: 409, body: { code: 'other_number_linked' } });
    const call = setup.service.pair('down', { phoneNumber: phone });
    await setup.simulator.control.removeFault();
    expect(await call).toMatchObject({ status: 200, body: { status: 'connected', pairingCode: null } });
  });

  it.each([
    '',
    '+',
    'abc',
    '0151 123456',
    '+49 151 12345678',
    '12345',
    '+999123456789',
    '1234567890123456',
    4_915_112_345_678,
    null,
    ['4915112345678'],
    {},
  ])('%j is refused as a phone number, without being quoted', async (number) => {
    for (const field of ['phoneNumber', 'expectedPhoneNumber']) {
      const { status, body } = await setup.service.pair('invalid', { [field]: number });
      expect([status, (body as { code: string }).code]).toEqual([400, 'invalid_request']);
      expect(JSON.stringify(body)).not.toMatch(/\d{5}/);
    }
    expect(await setup.service.status('invalid')).toMatchObject({ status: 'idle' });
  });

  it('both number fields together are refused', async () => {
    const phone = setup.newPhone();
    const answer = await setup.service.pair('both', { phoneNumber: phone, expectedPhoneNumber: phone });
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  });

  it('a pairing ends with `code_expired` when the code is not typed', async () => {
    await setup.restart('stop', { timings: { ...SHORT_TIMINGS, ...PATIENT, phoneCodeMs: 1_000 } });
    codeOf(await setup.service.pair('expired', { phoneNumber: setup.newPhone() }));
    await setup.service.reaches('expired', 'error');
    expect(await view('expired')).toMatchObject({
      step: null,
      pairingCode: null,
      error: { code: 'code_expired', userAction: 'pair_again' },
    });
  });
});

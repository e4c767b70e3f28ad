import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { PATIENT, SHORT_TIMINGS } from '../../support/processes/service-timings.js';
import { storeBytes } from '../../support/secrets/store-bytes.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { timeLimitSince } from '../../support/time/time-limit.js';

let setup: TestEnvironment;

beforeAll(async () => {
  setup = await TestEnvironment.create({ timings: { ...SHORT_TIMINGS, ...PATIENT } });
});
afterEach(() => setup.simulator.control.removeFault());
afterAll(() => setup.close());

async function expectNothingLinked(accountId: string, phone: string): Promise<void> {
  expect(await setup.service.status(accountId)).toMatchObject({ authExists: false, servicePhone: null });
  const { devices } = await setup.simulator.control.state();
  expect(devices.filter((device) => device.phone === phone)).toEqual([]);
  expect((await storeBytes(setup.dataDir)).includes(phone)).toBe(false);
}

describe('a pairing with an expected number', () => {
  it('the expected number is linked', async () => {
    const phone = setup.newPhone();
    await setup.service.pair('expected', { expectedPhoneNumber: `+${phone}` });
    const { value: qr } = await setup.service.qr('expected');
    expect(await setup.simulator.control.scan({ phone, qr })).toMatchObject({ paired: true });
    expect(await setup.service.reaches('expected', 'connected')).toMatchObject({ servicePhone: phone });
  });

  it('another number ends the pairing: nothing is linked at WhatsApp and nothing is stored', async () => {
    const other = setup.newPhone();
    await setup.service.pair('unexpected', { expectedPhoneNumber: setup.newPhone() });
    const { value: qr } = await setup.service.qr('unexpected');
    expect(await setup.simulator.control.scan({ phone: other, qr })).toMatchObject({ paired: false });
    await setup.service.reaches('unexpected', 'error');
    expect(await setup.service.failure('unexpected')).toMatchObject({
      code: 'wrong_number',
      userAction: 'scan_again',
    });
    await expectNothingLinked('unexpected', other);
    // Its place is free, and the right number can be linked.
    const phone = setup.newPhone();
    await setup.link('unexpected', phone);
  });

  it('an expected number matches the same number in the form that WhatsApp keeps', async () => {
    const phone = '553188887777';
    await setup.service.pair('brazil', { expectedPhoneNumber: '+5531988887777' });
    const { value: qr } = await setup.service.qr('brazil');
    expect(await setup.simulator.control.scan({ phone, qr })).toMatchObject({ paired: true });
    expect(await setup.service.reaches('brazil', 'connected')).toMatchObject({ servicePhone: phone });
  });

  it('a service that is killed while it refuses a number leaves nothing behind', async () => {
    const other = setup.newPhone();
    await setup.simulator.control.addFault({
      stage: 'pair_success',
      when: 'before',
      action: { type: 'delay', ms: 300 },
    });
    await setup.service.pair('killed', { expectedPhoneNumber: setup.newPhone() });
    const { value: qr } = await setup.service.qr('killed');
    const scan = setup.simulator.control.scan({ phone: other, qr });
    await setup.service.reaches('killed', 'error');
    await setup.restart('kill');
    expect(await scan).toMatchObject({ paired: false });
    await expectNothingLinked('killed', other);
  });
});

describe('an account that requires a passkey', () => {
  async function expectPasskeyRequired(accountId: string, phone: string): Promise<void> {
    await setup.service.reaches(accountId, 'error');
    expect((await setup.service.view(accountId)).body).toMatchObject({
      step: null,
      qr: null,
      pairingCode: null,
      error: {
        code: 'passkey_required',
        userAction: 'use_another_account',
        message: expect.stringContaining('passkey'),
      },
    });
    await expectNothingLinked(accountId, phone);
  }

  let refusalsBefore: object = {};

  /** Expects that WhatsApp got the acknowledgement, and no other stanza that it would refuse. */
  async function expectAcknowledged(times: number): Promise<void> {
    const { counters, refusals } = await setup.simulator.control.state();
    expect(counters).toMatchObject({ passkeyRequests: times, passkeyAcknowledgements: times });
    expect(refusals).toEqual(refusalsBefore);
  }

  it('a required passkey is reported at once, by QR code and by phone code, and WhatsApp gets its acknowledgement', async () => {
    const { control } = setup.simulator;
    refusalsBefore = (await control.state()).refusals;
    const phone = setup.newPhone();
    await control.requirePasskey({ phone });
    await setup.service.pair('passkey');
    const { value: qr } = await setup.service.qr('passkey');
    const begun = performance.now();
    const scan = control.scan({ phone, qr });
    await expectPasskeyRequired('passkey', phone);
    expect(performance.now() - begun).toBeLessThan(timeLimitSince(begun, 3_000));
    expect(await scan).toEqual({ paired: false, reason: 'passkey_required' });
    await expectAcknowledged(1);

    const answer = await setup.service.pair('passkey', { phoneNumber: phone });
    const code = (answer.body as { pairingCode: string }).pairingCode;
    expect(await control.typeCode({ phone, code })).toEqual({ paired: false, reason: 'passkey_required' });
    await expectPasskeyRequired('passkey', phone);
    await expectAcknowledged(2);
  });

  it('the account can be linked once WhatsApp no longer requires the passkey', async () => {
    const { control } = setup.simulator;
    const phone = setup.newPhone();
    await control.requirePasskey({ phone });
    await setup.service.pair('relieved');
    const { value: qr } = await setup.service.qr('relieved');
    await control.scan({ phone, qr });
    await setup.service.reaches('relieved', 'error');
    await control.requirePasskey({ phone, required: false });
    await setup.link('relieved', phone);
  });
});

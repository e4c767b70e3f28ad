import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SimulatedWhatsapp } from '../simulated-whatsapp.js';

describe('BaileysGateway, pairing by phone code', () => {
  let whatsapp: SimulatedWhatsapp;
  let attempt = 0;
  let phone: string;

  beforeAll(async () => {
    whatsapp = await SimulatedWhatsapp.start({ deviceName: 'Acme Shop', answerTimeoutMs: 1_000 });
  });
  afterAll(() => whatsapp.stop());
  beforeEach(async () => {
    attempt += 10;
    phone = whatsapp.newPhone();
    await whatsapp.control.reset();
  });

  const types = (): string[] => whatsapp.gateway.events(attempt).map(({ type }) => type);

  async function shown(times = 1): Promise<string> {
    const codes = await whatsapp.gateway.shown(attempt, times);
    expect(codes.every(({ step, values }) => step === 'code' && values.length === 1)).toBe(true);
    return codes.at(-1)?.values[0] ?? '';
  }

  it('a pairing shows one code, is accepted when it is typed, restarts on 515, logs in and unlinks', async () => {
    const { gateway, control } = whatsapp;
    await gateway.open(attempt, { phoneNumber: phone });
    const code = await shown();
    expect(code).toMatch(/^[1-9A-HJ-NP-TV-Z]{4}-[1-9A-HJ-NP-TV-Z]{4}$/);

    expect(await control.typeCode({ phone, code })).toMatchObject({ paired: true });
    expect(await gateway.accepted(attempt)).toMatchObject({ accepted: phone, keys: 812 });
    expect(await gateway.closed(attempt)).toEqual({ kind: 'whatsapp', code: 515, detail: null });
    expect(types()).toEqual(['codes', 'closed']);

    await gateway.open(attempt + 1, { stored: true });
    expect(await gateway.event(attempt + 1, 'opened')).toEqual({ type: 'opened', phone });
    await gateway.do({ name: 'logout', attempt: attempt + 1 });
    const state = await control.state();
    expect(state.devices).toEqual([]);
    expect(state.refusals).toEqual({});
    expect(state.stages.companion_finish).toEqual({ before: 1, after: 1 });
  });

  it('WhatsApp gets its reply only after the device has been stored', async () => {
    const { gateway, control } = whatsapp;
    await gateway.open(attempt, { phoneNumber: phone, acceptance: 'hold' });
    const typed = control.typeCode({ phone, code: await shown() });
    await gateway.accepted(attempt);
    expect((await control.state()).stages.pair_device_sign.before).toBe(0);
    await gateway.do({ name: 'accept', attempt });
    expect(await typed).toMatchObject({ paired: true });
    expect(await gateway.closed(attempt)).toMatchObject({ code: 515 });
  });

  it.each([
    [400, 'bad-request'],
    [429, 'rate-overlimit'],
  ])('no code is shown after a refusal (%d), whose reason is reported', async (code, text) => {
    const { gateway, control } = whatsapp;
    await control.addFault({ stage: 'companion_hello', action: { type: 'query_error', code, text } });
    await gateway.open(attempt, { phoneNumber: phone });
    expect(await gateway.closed(attempt)).toEqual({ kind: 'code_refused', code, detail: text });
    expect(types()).toEqual(['closed']);
  });

  it('an attempt ends when WhatsApp refuses the keys agreed with the phone', async () => {
    const { gateway, control } = whatsapp;
    const action = { type: 'query_error', code: 403, text: 'forbidden' } as const;
    await control.addFault({ stage: 'companion_finish', action });
    await gateway.open(attempt, { phoneNumber: phone });
    const typed = control.typeCode({ phone, code: await shown() });
    expect(await gateway.closed(attempt)).toEqual({ kind: 'code_refused', code: 403, detail: 'forbidden' });
    expect(await typed).toMatchObject({ paired: false });
    expect(types()).toEqual(['codes', 'closed']);
  });

  it('an attempt ends without a code when WhatsApp does not answer companion_hello', async () => {
    const { gateway, control } = whatsapp;
    await control.addFault({ stage: 'companion_hello', action: { type: 'silent' } });
    await gateway.open(attempt, { phoneNumber: phone });
    expect(await gateway.closed(attempt)).toEqual({ kind: 'silent' });
    expect(types()).toEqual(['closed']);
  });

  it('an attempt keeps waiting when WhatsApp does not answer companion_finish, and the code can be typed again', async () => {
    const { gateway, control } = whatsapp;
    await control.addFault({ stage: 'companion_finish', action: { type: 'silent' } });
    await gateway.open(attempt, { phoneNumber: phone });
    const code = await shown();
    // The phone waits longer than the gateway waits for the answer.
    expect(await control.typeCode({ phone, code, waitMs: 1_500 })).toMatchObject({ reason: 'no_answer' });
    expect(await control.typeCode({ phone, code })).toMatchObject({ paired: true });
    expect(await gateway.closed(attempt)).toMatchObject({ code: 515 });
    expect(types()).toEqual(['codes', 'closed']);
  });

  it.each(['companion_hello', 'primary_hello', 'companion_finish'] as const)(
    'the process survives a connection that WhatsApp cuts at %s',
    async (stage) => {
      const { gateway, control } = whatsapp;
      await control.addFault({ stage, action: { type: 'cut' } });
      await gateway.open(attempt, { phoneNumber: phone });
      if (stage !== 'companion_hello') void control.typeCode({ phone, code: await shown() });
      expect(await gateway.closed(attempt)).toMatchObject({ kind: 'network' });
      await gateway.do({ name: 'waitUntilClosed', attempt });
      expect(types().filter((type) => type === 'closed')).toHaveLength(1);
      expect(gateway.isRunning).toBe(true);
    },
  );

  it.each([
    ['companion_hello', 'destroy'],
    ['companion_hello', 'close'],
    ['companion_finish', 'destroy'],
    ['companion_finish', 'close'],
  ] as const)('an attempt emits nothing after it is over at %s (%s)', async (stage, name) => {
    const { gateway, control } = whatsapp;
    await control.addFault({ stage, action: { type: 'hold' } });
    await gateway.open(attempt, { phoneNumber: phone });
    if (stage === 'companion_finish') void control.typeCode({ phone, code: await shown(), waitMs: 1_000 });
    expect(await control.holds({ stage }, 5_000)).toHaveLength(1);
    const before = types();
    const ended = gateway.do({ name, attempt });
    await control.release();
    await ended;
    await gateway.do({ name: 'waitUntilClosed', attempt });
    await control.waitFor({ kind: 'sockets', open: 0 }, 5_000);
    expect(types()).toEqual(before);
  });

  it('a new code is shown when the first one was mistyped, and links the device', async () => {
    const { gateway, control } = whatsapp;
    await gateway.open(attempt, { phoneNumber: phone });
    const first = await shown();
    expect(await control.typeCode({ phone, code: 'AAAA-1111' })).toMatchObject({ reason: 'wrong_code' });
    const second = await shown(2);
    expect(second).not.toBe(first);
    expect(await control.typeCode({ phone, code: second })).toMatchObject({ paired: true });
    expect(await gateway.accepted(attempt)).toMatchObject({ accepted: phone });
    expect(await gateway.closed(attempt)).toMatchObject({ code: 515 });
    expect(types()).toEqual(['codes', 'codes', 'closed']);
  });

  it('an attempt ends when WhatsApp refuses the replacement of a code', async () => {
    const { gateway, control } = whatsapp;
    await gateway.open(attempt, { phoneNumber: phone });
    await shown();
    const action = { type: 'query_error', code: 429, text: 'rate-overlimit' } as const;
    await control.addFault({ stage: 'companion_hello', action });
    await control.act({ type: 'refresh_code' });
    expect(await gateway.closed(attempt)).toEqual({
      kind: 'code_refused',
      code: 429,
      detail: 'rate-overlimit',
    });
  });

  it('an attempt ends when another attempt requests a code for the same number', async () => {
    const { gateway, control } = whatsapp;
    await gateway.open(attempt, { phoneNumber: phone });
    await shown();
    await gateway.open(attempt + 1, { phoneNumber: phone });
    expect(await gateway.closed(attempt)).toEqual({ kind: 'code_refused', code: 409, detail: 'replaced' });
    const [newer] = await gateway.shown(attempt + 1, 1);
    expect(await control.typeCode({ phone, code: newer?.values[0] ?? '' })).toMatchObject({ paired: true });
    await gateway.closed(attempt + 1);
  });

  it('two numbers are linked at the same time, each by its own code', async () => {
    const { gateway, control } = whatsapp;
    const other = whatsapp.newPhone();
    await Promise.all([
      gateway.open(attempt, { phoneNumber: phone }),
      gateway.open(attempt + 1, { phoneNumber: other }),
    ]);
    const [code, [otherShown]] = await Promise.all([shown(), gateway.shown(attempt + 1, 1)]);
    const typed = await Promise.all([
      control.typeCode({ phone, code }),
      control.typeCode({ phone: other, code: otherShown?.values[0] ?? '' }),
    ]);
    expect(typed).toMatchObject([{ paired: true }, { paired: true }]);
    expect(await gateway.accepted(attempt)).toMatchObject({ accepted: phone });
    expect(await gateway.accepted(attempt + 1)).toMatchObject({ accepted: other });
    await Promise.all([gateway.closed(attempt), gateway.closed(attempt + 1)]);
  });

  it('a phone code stays valid when WhatsApp retires the secrets of QR codes', async () => {
    const { gateway, control } = whatsapp;
    await gateway.open(attempt, { phoneNumber: phone });
    const code = await shown();
    expect(await control.retire({ waitMs: 5_000 })).toBe(true);
    expect(await control.typeCode({ phone, code })).toMatchObject({ paired: true });
    await gateway.closed(attempt);
    expect(types()).toEqual(['codes', 'closed']);
  });
});

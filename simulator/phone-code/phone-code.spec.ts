import { createHmac, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { proto } from '@whiskeysockets/baileys/WAProto/index.js';
import { CodeCompanion, type Overrides } from '../testing/code-companion.js';
import { connect, link, login } from '../testing/linked-device.js';
import { WhatsappSimulator } from '../whatsapp-simulator.js';
import { bytesOf, child, element, type Stanza } from '../wire/stanza.js';

const PHONE = '4915112345678';
const BAD_REQUEST = { type: 'error', code: '400', text: 'bad-request' };

function refusal(answer: Stanza): Record<string, string> {
  return { ...child(answer, 'error')?.attrs, type: answer.attrs['type'] ?? '' };
}

describe('linking by phone code', () => {
  let simulator: WhatsappSimulator;

  beforeEach(async () => {
    simulator = await WhatsappSimulator.start();
  });

  afterEach(() => simulator.stop());

  const type = (code: string, waitMs = 3_000): ReturnType<WhatsappSimulator['typeCode']> =>
    simulator.typeCode({ phone: PHONE, code, waitMs });

  it('a typed code links like a scan, with a secret that both sides derive', async () => {
    const companion = await CodeCompanion.withCode(simulator, PHONE);
    expect(simulator.state().connections).toMatchObject([{ phone: PHONE, codeFor: PHONE }]);
    const typed = type('ABCD1234');
    await companion.finish(await companion.nextNotification('primary_hello'));
    const success = await companion.client.next((stanza) => child(stanza, 'pair-success') !== undefined);
    const sealed = bytesOf(child(child(success, 'pair-success'), 'device-identity'));
    const { details, hmac } = proto.ADVSignedDeviceIdentityHMAC.decode(sealed);
    const expected = createHmac('sha256', companion.keys.advSecret).update(details ?? Buffer.of());
    expect(Buffer.from(hmac ?? [])).toEqual(expected.digest());
    companion.client.terminate();
    expect(await typed).toEqual({ paired: false, reason: 'companion_gone' });

    const second = await CodeCompanion.withCode(simulator, PHONE);
    const again = type('ABCD1234');
    await second.link();
    expect(await again).toMatchObject({ paired: true, deviceJid: `${PHONE}:2@s.whatsapp.net` });
    expect((await second.client.nextTagged('stream:error')).attrs).toEqual({ code: '515' });
    expect(simulator.state()).toMatchObject({
      counters: { companionHellos: 2, codesTyped: 2, pairs: 1, scans: 0 },
      refusals: { companion_gone: 1 },
      devices: [{ phone: PHONE }],
    });
    const deviceJid = `${PHONE}:2@s.whatsapp.net`;
    await (await connect(simulator, { keys: second.keys, deviceJid })).nextTagged('success');
  });

  it.each(['abcd-1234', 'ABCD-1234', ' abcd1234 '])('the phone reads %p as ABCD1234', async (code) => {
    const companion = await CodeCompanion.withCode(simulator, PHONE);
    const typed = type(code);
    await companion.link();
    expect(await typed).toMatchObject({ paired: true });
  });

  it('a code that is invalid, or that no companion shows, is refused with its reason', async () => {
    const reasons = [await type('ABCD'), await type('ABCD12345'), await type('ABCD1234')];
    expect(reasons.map((result) => (result.paired ? '' : result.reason))).toEqual([
      'not_a_code',
      'not_a_code',
      'no_code_pending',
    ]);
    await expect(simulator.typeCode({ phone: '+49', code: 'ABCD1234' })).rejects.toThrow('5 to 15 digits');
  });

  const display = (text: string): Overrides => ({ content: { companion_platform_display: text } });
  const WRONG_HELLOS: Record<string, [string, Overrides]> = {
    'a JID that is not a number': ['bad_companion_hello', { attrs: { jid: 'letters@s.whatsapp.net' } }],
    'the JID of a device': ['bad_companion_hello', { attrs: { jid: `${PHONE}:1@s.whatsapp.net` } }],
    'a LID': ['bad_companion_hello', { attrs: { jid: `${PHONE}@lid` } }],
    'an invalid push attribute': [
      'bad_companion_hello',
      { attrs: { should_show_push_notification: 'perhaps' } },
    ],
    'a wrapped key of 79 bytes': [
      'bad_companion_hello',
      { content: { link_code_pairing_wrapped_companion_ephemeral_pub: randomBytes(79) } },
    ],
    'a nonce of two bytes': [
      'bad_companion_hello',
      { content: { link_code_pairing_nonce: Buffer.of(0, 0) } },
    ],
    'an unknown nonce': ['bad_companion_hello', { content: { link_code_pairing_nonce: Buffer.of(7) } }],
    'the Noise key of another connection': [
      'foreign_noise_key',
      { content: { companion_server_auth_key_pub: randomBytes(32) } },
    ],
    'platform 0': ['unknown_platform_id', { content: { companion_platform_id: '0' } }],
    'a platform letter of Android': ['unknown_platform_id', { content: { companion_platform_id: 'e' } }],
    'a product name as system': ['free_platform_display', display('Chrome (Acme)')],
    'a product name as browser': ['free_platform_display', display('Acme (Windows)')],
    'a display without a system': ['free_platform_display', display('Chrome')],
    'an unknown stage': ['unknown_link_code_stage', { attrs: { stage: 'companion_goodbye' } }],
  };

  it.each(Object.keys(WRONG_HELLOS))('the server refuses a companion_hello with %s', async (what) => {
    const [reason, deviation] = WRONG_HELLOS[what] ?? ['', {}];
    const companion = await CodeCompanion.register(simulator, PHONE);
    expect(refusal(await companion.hello(deviation))).toEqual(BAD_REQUEST);
    expect(simulator.state()).toMatchObject({
      refusals: { [reason]: 1 },
      counters: { companionHellos: 0 },
      connections: [{ codeFor: null }],
    });
    expect(await type('ABCD1234')).toEqual({ paired: false, reason: 'no_code_pending' });
    expect((await companion.hello()).attrs['type']).toBe('result');
  });

  it.each(['Chrome (Mac OS)', 'Edge (Windows)', 'Firefox (Linux)', 'Chrome (Ubuntu)'])(
    'the server accepts the display %s, and the digit 0 as nonce',
    async (text) => {
      const companion = await CodeCompanion.register(simulator, PHONE);
      const content = { companion_platform_display: text, link_code_pairing_nonce: '0' };
      expect((await companion.hello({ content })).attrs['type']).toBe('result');
    },
  );

  it('the server refuses a companion_hello of a linked device, and of a companion during its linking', async () => {
    const device = await link(simulator, PHONE);
    const client = await login(simulator, device);
    const jid = `${PHONE}@s.whatsapp.net`;
    const hello = element('link_code_companion_reg', { jid, stage: 'companion_hello' }, []);
    expect(refusal(await client.query('md', 'set', [hello]))).toEqual(BAD_REQUEST);
    const companion = await CodeCompanion.register(simulator, PHONE);
    void simulator.scan({ qr: companion.qr, phone: PHONE, waitMs: 1 });
    await simulator.waitFor({ kind: 'stage', stage: 'pair_success', atLeast: 2 }, 2_000);
    expect(refusal(await companion.hello())).toEqual(BAD_REQUEST);
    expect(simulator.state().refusals).toEqual({ companion_hello_out_of_turn: 2 });
  });

  const WRONG_FINISHES: Record<string, [string, Overrides]> = {
    'another number': ['bad_companion_finish', { attrs: { jid: '4915100000000@s.whatsapp.net' } }],
    'a bundle of 155 bytes': [
      'bad_companion_finish',
      { content: { link_code_pairing_wrapped_key_bundle: randomBytes(155) } },
    ],
    'another reference': ['foreign_pairing_ref', { content: { link_code_pairing_ref: '3@2:other' } }],
    'another identity key': [
      'foreign_identity_key',
      { content: { companion_identity_public: randomBytes(32) } },
    ],
  };

  it.each(Object.keys(WRONG_FINISHES))('the server refuses a companion_finish with %s', async (what) => {
    const [reason, deviation] = WRONG_FINISHES[what] ?? ['', {}];
    const companion = await CodeCompanion.withCode(simulator, PHONE);
    const typed = type('ABCD1234');
    const answer = await companion.finish(await companion.nextNotification('primary_hello'), deviation);
    expect(refusal(answer)).toEqual(BAD_REQUEST);
    expect(await typed).toEqual({ paired: false, reason: 'bad_companion_finish' });
    expect(simulator.state()).toMatchObject({ refusals: { [reason]: 1 }, devices: [] });
  });

  it('the server refuses a companion_finish without a typed code, and a second one', async () => {
    const companion = await CodeCompanion.withCode(simulator, PHONE);
    const typed = type('ABCD1234');
    const hello = await companion.nextNotification('primary_hello');
    await companion.finish(hello);
    expect(refusal(await companion.finish(hello))).toEqual(BAD_REQUEST);
    expect(simulator.state().refusals).toEqual({ unasked_companion_finish: 1 });
    companion.client.terminate();
    expect(await typed).toMatchObject({ reason: 'companion_gone' });
  });

  it.each(['companionIdentity', 'primaryIdentity'] as const)(
    'a bundle with another %s links nothing',
    async (name) => {
      const companion = await CodeCompanion.withCode(simulator, PHONE);
      const typed = type('ABCD1234');
      const deviation = { bundle: { [name]: randomBytes(32) } };
      const answer = await companion.finish(await companion.nextNotification('primary_hello'), deviation);
      expect(answer.attrs['type']).toBe('result');
      expect(await typed).toEqual({ paired: false, reason: 'bundle_mismatch' });
    },
  );

  it('the companion does not learn of a wrong code, and gets refresh_code', async () => {
    const companion = await CodeCompanion.withCode(simulator, PHONE);
    const typed = type('ABCD1235');
    const answer = await companion.finish(await companion.nextNotification('primary_hello'));
    expect(answer.attrs['type']).toBe('result');
    expect(await typed).toEqual({ paired: false, reason: 'wrong_code' });
    const refresh = await companion.nextNotification('refresh_code');
    expect(refresh.attrs).toEqual({ stage: 'refresh_code' });
    expect(bytesOf(child(refresh, 'link_code_pairing_ref')).toString()).toBe(companion.reference);
    expect(await type('ABCD1234')).toEqual({ paired: false, reason: 'withdrawn_code' });
    companion.code = 'WXYZ7777';
    await companion.hello();
    const again = type('WXYZ7777');
    await companion.link();
    expect(await again).toMatchObject({ paired: true });
    expect(simulator.state()).toMatchObject({
      counters: { codeRefreshes: 1 },
      refusals: { wrong_code: 1, withdrawn_code: 1 },
    });
  });

  it('mostWrongCodes allows several wrong codes, as older phones do', async () => {
    const patient = await WhatsappSimulator.start({ mostWrongCodes: 3 });
    const companion = await CodeCompanion.withCode(patient, PHONE);
    const wrong = patient.typeCode({ phone: PHONE, code: 'AAAA1111' });
    await companion.finish(await companion.nextNotification('primary_hello'));
    expect(await wrong).toMatchObject({ reason: 'wrong_code' });
    const right = patient.typeCode({ phone: PHONE, code: 'ABCD1234' });
    await companion.link();
    expect(await right).toMatchObject({ paired: true });
    expect(patient.state().counters.codeRefreshes).toBe(0);
    await patient.stop();
  });

  it('a code works once, and for one phone at a time', async () => {
    simulator.addFault({ stage: 'stream_restart', action: { type: 'hold' } });
    const companion = await CodeCompanion.withCode(simulator, PHONE);
    const typed = type('ABCD1234');
    const hello = await companion.nextNotification('primary_hello');
    expect(await type('ABCD1234')).toEqual({ paired: false, reason: 'phone_busy' });
    await companion.finish(hello);
    companion.client.sendSignature(await companion.client.countersign(companion.keys.identityKey));
    expect(await typed).toMatchObject({ paired: true });
    expect(await type('ABCD1234')).toEqual({ paired: false, reason: 'used_code' });
  });

  it('a code ends with its connection, with its references and with a newer code', async () => {
    const hasty = await WhatsappSimulator.start({
      referenceCount: 1,
      // Longer than a busy machine needs to show the code.
      firstReferenceMs: 3_000,
      referenceGraceMs: 0,
    });
    const late = await CodeCompanion.withCode(hasty, PHONE);
    await late.client.waitForClose();
    const expired = await hasty.typeCode({ phone: PHONE, code: 'ABCD1234' });
    expect(expired).toEqual({ paired: false, reason: 'expired_code' });
    await hasty.stop();

    const companion = await CodeCompanion.withCode(simulator, PHONE);
    companion.code = 'NEWCODE1';
    await companion.hello();
    const old = type('ABCD1234');
    await companion.finish(await companion.nextNotification('primary_hello'));
    expect(await old).toMatchObject({ reason: 'wrong_code' });
    await companion.hello();
    companion.client.terminate();
    expect(await simulator.waitFor({ kind: 'sockets', open: 0 }, 2_000)).toBe(true);
    expect(await type('NEWCODE1')).toEqual({ paired: false, reason: 'companion_gone' });
  });

  it('an attempt ends when the companion does not answer, and the code can be typed again', async () => {
    const companion = await CodeCompanion.withCode(simulator, PHONE);
    expect(await type('ABCD1234', 200)).toEqual({ paired: false, reason: 'no_answer' });
    const hello = await companion.nextNotification('primary_hello');
    expect(refusal(await companion.finish(hello))).toEqual(BAD_REQUEST);
    const again = type('ABCD1234');
    await companion.link();
    expect(await again).toMatchObject({ paired: true });
  });

  it('a newer companion for the same number links, and the older one must show another code by user action', async () => {
    const older = await CodeCompanion.withCode(simulator, PHONE);
    const newer = await CodeCompanion.register(simulator, PHONE);
    newer.code = 'NEWCODE1';
    await newer.hello();
    expect((await older.nextNotification('refresh_code')).attrs).toMatchObject({
      force_manual_refresh: 'true',
    });
    const typed = type('NEWCODE1');
    await newer.link();
    expect(await typed).toMatchObject({ paired: true });
  });

  it('two numbers link at the same time', async () => {
    const phones = [PHONE, '4915187654321'];
    const companions = await Promise.all(phones.map((phone) => CodeCompanion.withCode(simulator, phone)));
    const typed = phones.map((phone) => simulator.typeCode({ phone, code: 'ABCD1234' }));
    await Promise.all(companions.map((companion) => companion.link()));
    expect((await Promise.all(typed)).map(({ paired }) => paired)).toEqual([true, true]);
    expect(simulator.state().refusals).toEqual({});
  });

  it('the QR code stays valid beside a phone code, and its scan uses up the phone code', async () => {
    const { client, keys, qr } = await CodeCompanion.withCode(simulator, PHONE);
    const scan = simulator.scan({ qr, phone: PHONE });
    const answer = await client.countersign(keys.identityKey);
    expect(await type('ABCD1234')).toEqual({ paired: false, reason: 'used_code' });
    client.sendSignature(answer);
    expect(await scan).toMatchObject({ paired: true });
  });

  it('an account has at most four devices linked by phone code', async () => {
    for (let count = 0; count < 4; count += 1) await link(simulator, PHONE);
    await CodeCompanion.withCode(simulator, PHONE);
    expect(await type('ABCD1234')).toEqual({ paired: false, reason: 'too_many_devices' });
  });
});

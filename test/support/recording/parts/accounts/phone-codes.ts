import { API, of, loses, reaches } from '../../accounts.js';
import type { Recorder } from '../../recorder.js';

const PAIR = `POST ${API}/pair`;
const stage = 'companion_hello';

const WRONG_NUMBERS: readonly (readonly [what: string, numbers: object])[] = [
  ['a number without its country code', { phoneNumber: '0151' }],
  ['a number with spaces', { phoneNumber: '+49 151 00000000' }],
  ['null for a number', { phoneNumber: null }],
  ['a number that is no text', { phoneNumber: 4_915_100_000_000 }],
  ['an expected number that is no text', { expectedPhoneNumber: 4_915_100_000_000 }],
  ['both numbers', { phoneNumber: '+4915100000000', expectedPhoneNumber: '+4915100000000' }],
];

async function isLinked(recorder: Recorder): Promise<void> {
  const { world } = recorder;
  const [phone, other] = [world.newPhone(), world.newPhone()];
  const accountId = 'by-number';
  const byCode = { body: { accountId, phoneNumber: `+${phone}` } };
  const { body } = await recorder.step('The client starts a pairing by phone number.', PAIR, byCode);
  await recorder.step('The client reads the pairing by phone code.', `GET ${of('pair', accountId)}`);
  await recorder.step(
    'The client asks for a QR code of a pairing by phone code.',
    `GET ${of('pair/qr', accountId)}`,
  );
  await recorder.step(
    'The client waits for a QR code of a pairing by phone code.',
    `GET ${of('pair/qr', accountId, '&waitMs=30000')}`,
  );
  await world.simulator.control.typeCode({ phone, code: String(body['pairingCode']) });
  await reaches(recorder, accountId, 'connected');
  await recorder.step(
    'The client reads the status after the code was typed.',
    `GET ${of('status', accountId)}`,
  );
  await recorder.step('The client pairs the connected account by its own number.', PAIR, byCode);
  const wrong = { body: { accountId, phoneNumber: other } };
  await recorder.step('The client pairs the connected account by another number.', PAIR, wrong);
  const expected = { body: { accountId, expectedPhoneNumber: other } };
  await recorder.step('The client expects another number of the connected account.', PAIR, expected);
  await loses(recorder, accountId, phone);
  await recorder.step('The client pairs a linked account that is down by another number.', PAIR, wrong);
}

async function isRefused(recorder: Recorder): Promise<void> {
  const { world } = recorder;
  const { control } = world.simulator;
  const byCode = (accountId: string): object => ({ body: { accountId, phoneNumber: world.newPhone() } });
  for (const [what, numbers] of WRONG_NUMBERS)
    await recorder.step(`The client pairs with ${what}.`, PAIR, { body: { accountId: 'wrong', ...numbers } });
  await control.addFault({ stage, action: { type: 'query_error', code: 429, text: 'rate-overlimit' } });
  await recorder.step('The client pairs, and WhatsApp refuses to send a code.', PAIR, byCode('refused'));
  await recorder.step('The client reads the pairing after the refusal.', `GET ${of('pair', 'refused')}`);
  await control.addFault({ stage: 'pair_device', action: { type: 'fail', code: 403 } });
  await recorder.step('The client pairs by phone number, and the pairing fails.', PAIR, byCode('failed'));
  await control.addFault({ stage, action: { type: 'hold' } });
  const stopped = recorder.step(
    'The pairing is stopped while the client waits for a code.',
    PAIR,
    byCode('stopped'),
  );
  await control.holds({ stage }, 60_000);
  await recorder.unrecorded(`POST ${API}/pair/stop`, { body: { accountId: 'stopped' } });
  await stopped;
  await control.addFault({ stage, action: { type: 'hold' } });
  const replaced = recorder.step(
    'The pairing is replaced while the client waits for a code.',
    PAIR,
    byCode('replaced'),
  );
  await control.holds({ stage }, 60_000);
  await recorder.unrecorded(PAIR, { body: { accountId: 'replaced' } });
  await replaced;
}

/** Pairings by phone number. */
export async function showsPhoneCodes(recorder: Recorder): Promise<void> {
  await isLinked(recorder);
  await isRefused(recorder);
}

import { API, links, loses, of, reaches, shownQr } from '../../accounts.js';
import { NO_SERVER, UNHURRIED, type FaultRequest } from '../../harness.js';
import type { Part } from '../../part.js';
import type { Recorder } from '../../recorder.js';

type Failing = readonly (readonly [what: string, fault: FaultRequest])[];

const SHORT_MS = 50;
/** A time after the last one that a Date can hold. */
const NO_TIME_MS = 8.7e15;

/** Failures of a pairing before a code is scanned. */
const PAIRINGS: Failing = [
  ['is refused', { stage: 'upgrade', action: { type: 'http_status', status: 403 }, times: 'always' }],
  [
    'meets a server error',
    { stage: 'upgrade', action: { type: 'http_status', status: 503 }, times: 'always' },
  ],
  ['comes from an outdated client', { stage: 'pair_device', action: { type: 'fail', code: 405 } }],
  ['is rejected', { stage: 'pair_device', action: { type: 'fail', code: 401 }, times: 'always' }],
  ['loses each connection', { stage: 'pair_device', action: { type: 'cut' }, times: 'always' }],
  [
    'meets a foreign server',
    { stage: 'server_hello', action: { type: 'certificate', forgery: 'foreign_root' } },
  ],
];

/** Failures of a login with stored credentials. */
const LOGINS: Failing = [402, 403, 405, 406, 411].map((code) => [
  `is refused with ${code}`,
  { stage: 'login_success', action: { type: 'fail', code } },
]);

async function fails(recorder: Recorder, what: string, accountId: string): Promise<void> {
  await reaches(recorder, accountId, 'error');
  await recorder.step(`The client reads a pairing that ${what}.`, `GET ${of('pair', accountId)}`);
}

async function failsToPair(recorder: Recorder): Promise<void> {
  const { control } = recorder.setup.simulator;
  for (const [index, [what, fault]] of PAIRINGS.entries()) {
    const accountId = `failed-${index}`;
    await control.addFault(fault);
    await recorder.unrecorded(`POST ${API}/pair`, { body: { accountId } });
    await fails(recorder, what, accountId);
    await control.removeFault();
  }
}

async function failsToBeScanned(recorder: Recorder): Promise<void> {
  const { control } = recorder.setup.simulator;
  const scan = async (accountId: string, phone = recorder.setup.newPhone()): Promise<void> => {
    await recorder.unrecorded(`POST ${API}/pair`, { body: { accountId } });
    await control.scan({ phone, qr: await shownQr(recorder, accountId) });
  };
  await control.addFault({ stage: 'pair_success', action: { type: 'forge_pair_success', forgery: 'hmac' } });
  await scan('forged');
  await fails(recorder, 'is forged', 'forged');
  const phone = recorder.setup.newPhone();
  await control.requirePasskey({ phone, required: true });
  await scan('passkey', phone);
  await fails(recorder, 'needs a passkey', 'passkey');
}

async function failsToLogIn(recorder: Recorder): Promise<void> {
  const { control } = recorder.setup.simulator;
  const phone = await links(recorder, 'linked');
  await loses(recorder, 'linked', phone);
  for (const [what, fault] of LOGINS) {
    await control.addFault(fault);
    await recorder.unrecorded(`POST ${API}/pair`, { body: { accountId: 'linked' } });
    await fails(recorder, `logs in and ${what}`, 'linked');
    await recorder.unrecorded(`POST ${API}/pair/stop`, { body: { accountId: 'linked' } });
  }
  await recorder.unrecorded(`POST ${API}/pair`, { body: { accountId: 'linked' } });
  await reaches(recorder, 'linked', 'connected');
  await control.act({ type: 'stream_error', conflict: 'replaced' }, { phone });
  await fails(recorder, 'was connected and is replaced', 'linked');
  await recorder.step('The client lists accounts that failed.', `GET ${API}/accounts`);
  await recorder.step('The client lists a page of them.', `GET ${API}/accounts?limit=2&after=failed-1`);
  await recorder.step('A probe asks how the accounts are.', 'GET /health/ready');
}

async function isTooLate(recorder: Recorder): Promise<void> {
  const { control } = recorder.setup.simulator;
  await control.addFault({ stage: 'companion_hello', action: { type: 'silent' }, times: 'always' });
  const byCode = { body: { accountId: 'slow-code', phoneNumber: recorder.setup.newPhone() } };
  await recorder.step('The client pairs, and WhatsApp sends no code in time.', `POST ${API}/pair`, byCode);
  await control.removeFault();
  await recorder.unrecorded(`POST ${API}/pair`, { body: { accountId: 'late' } });
  await fails(recorder, 'shows QR codes until they expire', 'late');
  const phoneNumber = recorder.setup.newPhone();
  await recorder.unrecorded(`POST ${API}/pair`, { body: { accountId: 'late-code', phoneNumber } });
  await fails(recorder, 'shows a phone code until it expires', 'late-code');
}

async function isTimedOut(recorder: Recorder): Promise<void> {
  const { control } = recorder.setup.simulator;
  await control.addFault({ stage: 'pair_device', action: { type: 'silent' }, times: 'always' });
  await recorder.unrecorded(`POST ${API}/pair`, { body: { accountId: 'silent' } });
  await fails(recorder, 'gets no answer in time', 'silent');
  await control.removeFault();
}

async function isUnreachable(recorder: Recorder): Promise<void> {
  await recorder.unrecorded(`POST ${API}/pair`, { body: { accountId: 'alone' } });
  await fails(recorder, 'finds no server', 'alone');
}

/** Records `internal_error`: no code of the service expects a clock without a time. */
async function isUnexpected(recorder: Recorder): Promise<void> {
  await recorder.setup.service.shiftClock(NO_TIME_MS);
  const pair = { body: { accountId: 'one' } };
  await recorder.step('The client pairs, and an unexpected error occurs.', `POST ${API}/pair`, pair);
  await recorder.setup.service.shiftClock(0);
}

export const failures: Part = {
  about: 'pairings and links that fail, and an unexpected error',
  async record(start) {
    const codes = { firstCodeMs: SHORT_MS, nextCodeMs: SHORT_MS, phoneCodeMs: SHORT_MS, codeWaitMs: 1 };
    const [recorder, late, hasty, alone] = await Promise.all([
      start(),
      start({ timings: { ...UNHURRIED, ...codes } }),
      start({ timings: { ...UNHURRIED, connectTimeoutMs: SHORT_MS } }),
      // The log is off, because each line of the log needs a valid time.
      start({ server: NO_SERVER, environment: { LOG_LEVEL: 'silent' } }),
    ]);
    await failsToPair(recorder);
    await failsToBeScanned(recorder);
    await failsToLogIn(recorder);
    await isTooLate(late);
    await isTimedOut(hasty);
    await isUnreachable(alone);
    await isUnexpected(alone);
  },
};

import { API, links, of } from '../../accounts.js';
import { callsAll } from '../../calls.js';
import { NO_SERVER, UNHURRIED } from '../../harness.js';
import type { Part } from '../../part.js';
import type { Recorder } from '../../recorder.js';
import { hasTooManyReaders } from '../accounts/events.js';

/** More calls than the queue of one account holds. */
const CROWD = 30;
const PUBLIC_URL = 'https://public.example.com/wa/';
const REQUESTS_PER_MINUTE = 6;

const about = (accountId: string): { readonly body: object } => ({ body: { accountId } });

async function hasTooManyPairings(recorder: Recorder): Promise<void> {
  const { control } = recorder.setup.simulator;
  await control.addFault({ stage: 'pair_device', action: { type: 'silent' }, times: 'always' });
  await recorder.unrecorded(`POST ${API}/pair`, about('one'));
  await recorder.step(
    'The client pairs an account while the maximum number of accounts pairs.',
    `POST ${API}/pair`,
    about('two'),
  );
  await recorder.step('The client replaces the only pairing.', `POST ${API}/pair`, about('one'));
  await recorder.step('The refused account has no session.', `GET ${of('pair', 'two')}`);
  await recorder.unrecorded(`POST ${API}/pair/stop`, about('one'));
  await control.removeFault();
}

async function hasTooManyLinks(recorder: Recorder): Promise<void> {
  const order = { body: { accountId: 'one', expiresInSeconds: 3_600 } };
  await recorder.step('The client makes a link for the public address.', `POST ${API}/links`, order);
  await recorder.step(
    'The client makes a link while the maximum number of links is open.',
    `POST ${API}/links`,
    order,
  );
}

/** Fills the queue of an account behind a disconnect that waits for WhatsApp. */
async function isBusy(recorder: Recorder): Promise<void> {
  const { control } = recorder.setup.simulator;
  const stage = 'logout';
  await links(recorder, 'busy');
  await control.addFault({ stage, action: { type: 'hold' } });
  const slow = recorder.unrecorded(`POST ${API}/disconnect`, about('busy'));
  await control.holds({ stage }, 60_000);
  const waiting = Array.from({ length: CROWD }, () =>
    recorder.unrecorded(`POST ${API}/pair/stop`, about('busy')),
  );
  await Promise.race(waiting);
  for (const route of ['pair', 'pair/stop', 'disconnect'])
    await recorder.step(
      `The client calls ${route} of a busy account.`,
      `POST ${API}/${route}`,
      about('busy'),
    );
  await recorder.step('The client reads the status of a busy account.', `GET ${of('status', 'busy')}`);
  await control.release();
  await Promise.all([slow, ...waiting]);
}

async function callsTooOften(recorder: Recorder): Promise<void> {
  const status = `GET ${API}/status`;
  await recorder.step(
    'The client starts the last pairing below its limit.',
    `POST ${API}/pair`,
    about('one'),
  );
  await recorder.step('The client starts a pairing above its limit.', `POST ${API}/pair`, about('one'));
  for (let request = 3; request <= REQUESTS_PER_MINUTE; request++) await recorder.unrecorded(status);
  await callsAll(recorder, 'A client above its limit', {});
  for (const path of ['/', '/docs', '/none'])
    await recorder.step(`The client reads ${path} too often.`, `GET ${path}`);
  await recorder.step('The client sends malformed JSON too often.', `POST ${API}/pair`, {
    body: '{',
    headers: { 'Content-Type': 'application/json' },
  });
  await recorder.step('The client asks for headers too often.', `HEAD ${API}/status`);
  await recorder.step('The client is still answered about the health.', 'GET /health/live');
  const headers = { 'Sec-Fetch-Site': 'cross-site' };
  await recorder.step('A page of another site has a limit of its own.', status, { headers });
}

export const limits: Part = {
  about: 'clients that exceed a limit',
  async record(start) {
    const timings = { ...UNHURRIED, pageLinks: { open: 1 }, events: { readers: 1, logEvents: 1 } };
    const few = { WHATSAPP_MAX_PAIRING_SESSIONS: '1', WHATSAPP_PUBLIC_URL: PUBLIC_URL };
    const seldom = {
      WHATSAPP_REQUESTS_PER_MINUTE: String(REQUESTS_PER_MINUTE),
      WHATSAPP_PAIRINGS_PER_MINUTE: '1',
    };
    const [recorder, rated] = await Promise.all([
      start({ timings, environment: few }),
      start({ server: NO_SERVER, environment: seldom }),
    ]);
    await hasTooManyPairings(recorder);
    await hasTooManyLinks(recorder);
    await hasTooManyReaders(recorder);
    await isBusy(recorder);
    await callsTooOften(rated);
  },
};

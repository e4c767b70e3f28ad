import { API, of, shownQr } from '../../accounts.js';
import type { Recorder, Sent } from '../../recorder.js';

const SALES = { body: { accountId: 'sales' } };
const WAITING = `GET ${of('pair/qr', 'sales', '&format=json&waitMs=30000')}`;

const accepting = (accept: string): Sent => ({ headers: { Accept: accept } });
const knowing = (etag: string): Sent => ({ headers: { 'If-None-Match': etag } });

const ACCEPTED: readonly (readonly [types: string, accept: string])[] = [
  ['PNG pictures', 'image/png'],
  ['texts', 'text/plain'],
  ['JSON', 'application/json'],
  ['SVG pictures least of all', 'image/svg+xml;q=0.1, image/png;q=0.5, text/html'],
  ['everything', '*/*'],
  ['pictures of any type', 'image/*'],
  ['only HTML', 'text/html'],
];

const REFUSED_QUERIES = [
  'format=gif',
  'format=',
  'format=SVG',
  'format=svg&format=png',
  'waitMs=-1',
  'waitMs=30001',
  'waitMs=1.5',
  'waitMs=',
  'size=3',
];

async function isRefused(recorder: Recorder): Promise<void> {
  const { control } = recorder.setup.simulator;
  const stage = 'pair_device';
  const path = of('pair/qr', 'sales');
  await recorder.step('The client asks for the QR code of an account without a session.', `GET ${path}`);
  await recorder.step('The client waits for the QR code of an account without a session.', WAITING);
  for (const query of REFUSED_QUERIES)
    await recorder.step(`The client asks for a QR code with the query ${query}.`, `GET ${path}&${query}`);
  await control.addFault({ stage, action: { type: 'hold' } });
  await recorder.unrecorded(`POST ${API}/pair`, SALES);
  await control.holds({ stage }, 60_000);
  await recorder.step('The client asks for a QR code that WhatsApp has not sent yet.', `GET ${path}`);
  await recorder.step('The client waits in vain for a first QR code.', `GET ${path}&waitMs=20`);
  const waiting = await recorder.waiting('The client waits for a first QR code.', WAITING);
  await control.release();
  await waiting.answer;
}

async function hasFormats(recorder: Recorder): Promise<void> {
  const path = of('pair/qr', 'sales');
  await recorder.step('The client asks for a QR code in no format.', `GET ${path}`);
  await recorder.step('The client asks for the headers of a QR code.', `HEAD ${path}`);
  for (const format of ['svg', 'png', 'text', 'json'])
    await recorder.step(`The client asks for a QR code as ${format}.`, `GET ${path}&format=${format}`);
  for (const [types, accept] of ACCEPTED)
    await recorder.step(
      `The client asks for a QR code and accepts ${types}.`,
      `GET ${path}`,
      accepting(accept),
    );
  const both = `GET ${path}&format=json`;
  await recorder.step('The client asks for JSON and accepts only HTML.', both, accepting('text/html'));
}

async function isNewOrNot(recorder: Recorder): Promise<void> {
  const json = `GET ${of('pair/qr', 'sales', '&format=json')}`;
  const etag = (await recorder.unrecorded(json)).header('etag');
  await recorder.step('The client has the QR code already.', json, knowing(etag));
  await recorder.step('The client has the QR code under a weak tag.', json, knowing(`"x", W/${etag}`));
  await recorder.step('The client has any QR code.', json, knowing('*'));
  await recorder.step(
    'The client has the QR code in another format.',
    `${json.slice(0, -4)}svg`,
    knowing(etag),
  );
  await recorder.step('The client waits in vain for a newer QR code.', `${json}&waitMs=20`, knowing(etag));
  await recorder.step(
    'The client asks for the headers of a QR code that it has.',
    json.replace('GET', 'HEAD'),
    knowing(etag),
  );
  const newer = await recorder.waiting('The client waits for a newer QR code.', WAITING, knowing(etag));
  const qr = await shownQr(recorder, 'sales');
  await recorder.setup.simulator.control.retire({ qr, where: { qr }, waitMs: 60_000 });
  const second = (await newer.answer).header('etag');
  const over = await recorder.waiting(
    'The client waits for a newer QR code of a pairing that is stopped.',
    WAITING,
    knowing(second),
  );
  await recorder.unrecorded(`POST ${API}/pair/stop`, SALES);
  await over.answer;
}

/** QR codes in each format, and long polls. */
export async function showsQrCodes(recorder: Recorder): Promise<void> {
  await isRefused(recorder);
  await hasFormats(recorder);
  await isNewOrNot(recorder);
}

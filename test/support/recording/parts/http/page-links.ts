import { API, of, scans, shownQr } from '../../accounts.js';
import type { Part } from '../../part.js';
import type { Recorder, Sent } from '../../recorder.js';

const MAKE = `POST ${API}/links`;
const RETURN_URL = 'https://app.example.com/linked';
const HOUR_S = 3_600;

const bearer = (token: string): Sent => ({ headers: { Authorization: `Bearer ${token}` } });
const order = (accountId: string, more: object = {}): Sent => ({
  body: { accountId, expiresInSeconds: HOUR_S, ...more },
});

const BAD_ORDERS: readonly (readonly [what: string, more: object])[] = [
  ['less than a minute', { expiresInSeconds: 59 }],
  ['more than a week', { expiresInSeconds: 604_801 }],
  ['a text for a time', { expiresInSeconds: '60' }],
  ['no time', { expiresInSeconds: undefined }],
  ['a number that is no phone number', { expectedPhoneNumber: '0151' }],
  ['null for an address', { returnUrl: null }],
  ['a field that is unknown', { returnURL: RETURN_URL }],
  ['an address of another site', { returnUrl: 'https://evil.com/' }],
];

interface MadeLink {
  readonly linkId: string;
  readonly token: string;
}

/** Makes a link without recording the call. */
async function makes(recorder: Recorder, name: string, sent: Sent): Promise<MadeLink> {
  const { body } = await recorder.unrecorded(MAKE, sent);
  const { linkId, url } = body as { readonly linkId: string; readonly url: string };
  recorder.know(linkId, `id of the ${name}`);
  return { linkId, token: url.split('#')[1] ?? '' };
}

async function isMade(recorder: Recorder): Promise<void> {
  for (const [what, more] of BAD_ORDERS)
    await recorder.step(`The client orders a link with ${what}.`, MAKE, order('sales', more));
  await recorder.step('The client makes a link.', MAKE, order('made'));
  await recorder.step('The client makes a link with every field.', MAKE, {
    body: {
      accountId: 'made',
      expiresInSeconds: 60,
      expectedPhoneNumber: '+4915100000099',
      returnUrl: RETURN_URL,
    },
  });
  await recorder.step('The client makes a link by another Host.', MAKE, {
    ...order('made'),
    headers: { Host: 'localhost:8080' },
  });
}

async function isRead(recorder: Recorder, link: MadeLink): Promise<void> {
  const own = `GET ${API}/link`;
  await recorder.step('A page reads its link.', own, bearer(link.token));
  await recorder.step('A page reads its link by the other header.', own, {
    headers: { 'X-API-Key': link.token },
  });
  await recorder.step('A client without a link reads its own.', own);
  await recorder.step('A page shows a link without its last letter.', own, bearer(link.token.slice(0, -1)));
  await recorder.step('A page sends a query with its link.', `${own}?token=x`, bearer(link.token));
  await recorder.step('A page asks for the headers of its link.', `HEAD ${API}/link`, bearer(link.token));
}

async function isUsed(recorder: Recorder): Promise<void> {
  const link = await makes(recorder, 'used link', order('used', { returnUrl: RETURN_URL }));
  const page = bearer(link.token);
  const pair = { ...page, body: { accountId: 'used' } };
  await isRead(recorder, link);
  await recorder.step('A page starts a pairing.', `POST ${API}/pair`, pair);
  await shownQr(recorder, 'used', page);
  await recorder.step('A page reads the pairing that it started.', `GET ${of('pair', 'used')}`, page);
  await recorder.step('A page reads the QR code.', `GET ${of('pair/qr', 'used', '&format=json')}`, page);
  await scans(recorder, 'used', recorder.setup.newPhone());
  await recorder.step(
    'A page reads the status after its account was linked.',
    `GET ${of('status', 'used')}`,
    page,
  );
  await recorder.step('A page reads its link after it was used.', `GET ${API}/link`, page);
  await recorder.step('A page pairs again with a link that was used.', `POST ${API}/pair`, pair);
  await recorder.step('The client makes a link of a connected account.', MAKE, order('used'));
}

async function isBound(recorder: Recorder): Promise<void> {
  const phone = recorder.setup.newPhone();
  const link = await makes(
    recorder,
    'link for one number',
    order('bound', { expectedPhoneNumber: `+${phone}` }),
  );
  const page = bearer(link.token);
  const pair = (numbers: object): Sent => ({ ...page, body: { accountId: 'bound', ...numbers } });
  const wrong = '+4915100000099';
  await recorder.step('A page for one number reads its link.', `GET ${API}/link`, page);
  await recorder.step('A page pairs by another number.', `POST ${API}/pair`, pair({ phoneNumber: wrong }));
  await recorder.step(
    'A page expects another number.',
    `POST ${API}/pair`,
    pair({ expectedPhoneNumber: wrong }),
  );
  await recorder.unrecorded(`POST ${API}/pair`, { body: { accountId: 'bound' } });
  await shownQr(recorder, 'bound');
  await recorder.step(
    'A page reads a pairing that another client started.',
    `GET ${of('pair', 'bound')}`,
    page,
  );
  await recorder.step('A page reads the QR code of another client.', `GET ${of('pair/qr', 'bound')}`, page);
  const stream = await recorder.openStream(of('events', 'bound'), page);
  const name = 'A page follows a pairing that another client started.';
  await recorder.stream(name, of('events', 'bound'), stream, ({ type }) => type === 'snapshot');
  await recorder.step('A page pairs by its own number.', `POST ${API}/pair`, pair({ phoneNumber: phone }));
  await recorder.step('A page stops its pairing.', `POST ${API}/pair/stop`, pair({}));
}

async function isRevoked(recorder: Recorder): Promise<void> {
  const link = await makes(recorder, 'revoked link', order('taken'));
  const page = bearer(link.token);
  await recorder.unrecorded(`POST ${API}/pair`, { ...page, body: { accountId: 'taken' } });
  await shownQr(recorder, 'taken', page);
  const qr = `GET ${of('pair/qr', 'taken', '&format=json')}`;
  const etag = (await recorder.unrecorded(qr, page)).header('etag');
  const known = { headers: { ...page.headers, 'If-None-Match': etag } };
  const { answer } = await recorder.waiting(
    'The link of a page is revoked while it waits.',
    `${qr}&waitMs=30000`,
    known,
  );
  const revoke = `DELETE ${API}/links/${link.linkId}`;
  await recorder.unrecorded(revoke);
  await answer;
  await recorder.step('The client revokes a link again.', revoke);
  await recorder.step('A page reads with a link that was revoked.', `GET ${of('status', 'taken')}`, page);
  const open = await makes(recorder, 'other revoked link', order('taken'));
  await recorder.step('The client revokes a link.', `DELETE ${API}/links/${open.linkId}`);
}

async function isExpired(recorder: Recorder): Promise<void> {
  const link = await makes(recorder, 'expired link', order('late', { expiresInSeconds: 60 }));
  await recorder.setup.service.shiftClock(120_000);
  await recorder.step(
    'A page reads with a link that has expired.',
    `GET ${of('status', 'late')}`,
    bearer(link.token),
  );
  await recorder.step('The client lists the links.', `GET ${API}/links`);
  await recorder.setup.service.shiftClock(0);
  const path = `${API}/links?accountId=taken&limit=1`;
  const { body } = await recorder.step('The client lists a page of the links of one account.', `GET ${path}`);
  await recorder.step('The client lists the page after it.', `GET ${path}&after=${String(body['next'])}`);
}

export const pageLinks: Part = {
  about: 'page links',
  async record(start) {
    const recorder = await start({ environment: { WHATSAPP_RETURN_URLS: 'https://app.example.com' } });
    await isMade(recorder);
    await isUsed(recorder);
    await isBound(recorder);
    await isRevoked(recorder);
    await isExpired(recorder);
  },
};

import { API, of } from '../../accounts.js';
import { callsAll } from '../../calls.js';
import { dataWithSecrets, KEEPS_TRYING, NO_SERVER, type Secrets } from '../../harness.js';
import type { Part } from '../../part.js';
import type { Recorder, Sent } from '../../recorder.js';

const bearer = (secret: string): Sent => ({ headers: { Authorization: `Bearer ${secret}` } });

const UNKNOWN = `AAAAAAAA_${'A'.repeat(43)}`;

/** Credentials that are refused. */
const REFUSED: readonly (readonly [what: string, sent: (secrets: Secrets) => Sent])[] = [
  ['another scheme', ({ keys }) => ({ headers: { Authorization: `Basic ${btoa(`x:${keys.right}`)}` } })],
  ['a key that does not exist', () => bearer(`wak_${UNKNOWN}`)],
  ['a key without its last letter', ({ keys }) => bearer(keys.right.slice(0, -1))],
  ['a password', () => bearer('secret')],
  ['two keys', ({ keys }) => ({ headers: { ...bearer(keys.right).headers, 'X-API-Key': keys.reader } })],
  ['an expired key', ({ keys }) => bearer(keys.expired)],
  ['a revoked key', ({ keys }) => bearer(keys.revoked)],
  ['a link that does not exist', () => bearer(`wpl_${UNKNOWN}`)],
  ['an expired link', ({ links }) => bearer(links.expired)],
  ['a revoked link', ({ links }) => bearer(links.revoked)],
  ['a used link', ({ links }) => bearer(links.used)],
];

async function isRefused(recorder: Recorder, secrets: Secrets): Promise<void> {
  const { keys } = secrets;
  await callsAll(recorder, 'A client without a key', {});
  await callsAll(recorder, 'A client with a key of another account', bearer(keys.others));
  for (const [what, sent] of REFUSED) await callsAll(recorder, `A client with ${what}`, sent(secrets));
  const status = `${API}/status`;
  await recorder.step('A client without a key asks for headers.', `HEAD ${status}`);
  await recorder.step('A client without a key sends another Host.', `GET ${status}`, {
    headers: { Host: 'evil.example' },
  });
  await recorder.step('A client without a key comes from another site.', `GET ${status}`, {
    headers: { Origin: 'null' },
  });
  await recorder.step('A client without a key sends malformed JSON.', `POST ${API}/pair`, {
    body: '{',
    headers: { 'Content-Type': 'application/json' },
  });
  for (const path of ['/', '/docs', '/health/live', '/health/ready', '/none'])
    await recorder.step(`A client without a key reads ${path}.`, `GET ${path}`);
}

async function isAllowed(recorder: Recorder, { keys }: Secrets): Promise<void> {
  const right = bearer(keys.right);
  await callsAll(recorder, 'A client with a key for everything', right, false);
  const status = `GET ${of('status', 'mine')}`;
  await recorder.step('The client shows its key in the other header.', status, {
    headers: { 'X-API-Key': keys.right },
  });
  await recorder.step('The client shows its key in both headers.', status, {
    headers: { 'X-API-Key': keys.right, ...right.headers },
  });
  await recorder.step('A client with a key sends another Host.', status, {
    headers: { ...right.headers, Host: 'wa.example.com' },
  });
  await recorder.step('A client with a key comes from another site.', status, {
    headers: { ...right.headers, Origin: 'https://evil.example' },
  });
}

/** Records the beginning of a stream. */
async function reads(recorder: Recorder, name: string, path: string, credentials: Sent): Promise<void> {
  const stream = await recorder.openStream(path, credentials);
  await recorder.stream(name, path, stream, ({ type }) => type === 'snapshot');
}

async function mayDoLess(recorder: Recorder, { keys, links }: Secrets): Promise<void> {
  await callsAll(recorder, 'A client that may only read', bearer(keys.reader), false);
  await callsAll(recorder, 'A client that may only pair', bearer(keys.pairer));
  await callsAll(recorder, 'A client that may only administer', bearer(keys.auditor));
  await callsAll(recorder, 'A client with a page link', bearer(links.open), false);
  await recorder.step(
    'A client with a page link reads another account.',
    `GET ${of('status', 'other')}`,
    bearer(links.open),
  );
}

async function mayFollow(recorder: Recorder, { keys, links }: Secrets): Promise<void> {
  const all = `${API}/events`;
  await reads(
    recorder,
    'A client that may only read follows an account.',
    of('events', 'mine'),
    bearer(keys.reader),
  );
  await reads(
    recorder,
    'A client with a page link follows its account.',
    of('events', 'mine'),
    bearer(links.open),
  );
  await reads(recorder, 'A client for one account follows all accounts.', all, bearer(keys.others));
  await recorder.step('A client with a page link follows all accounts.', `GET ${all}`, bearer(links.open));
}

/** Waits until every entry has its result: an answer does not wait until its result is stored. */
async function isAudited(recorder: Recorder, { keys }: Secrets): Promise<void> {
  const audit = `GET ${API}/audit`;
  const isComplete = (entries: unknown): boolean =>
    (entries as readonly { readonly result: unknown }[]).every(({ result }) => result !== null);
  await recorder.until(`${audit}?limit=200`, ({ body }) => isComplete(body['entries']), bearer(keys.right));
  await recorder.step('An auditor reads the whole trail.', `${audit}?limit=200`, bearer(keys.auditor));
  await recorder.step(
    'An auditor reads a page of the trail.',
    `${audit}?limit=2&before=6`,
    bearer(keys.auditor),
  );
  await recorder.step(
    'An auditor reads the trail of one account.',
    `${audit}?accountId=other`,
    bearer(keys.auditor),
  );
  await recorder.step('A client for one account reads the trail.', audit, bearer(keys.others));
}

export const keys: Part = {
  about: 'API keys and what each may do',
  async record(start) {
    const { dataDir, secrets } = await dataWithSecrets();
    const recorder = await start({ dataDir, server: NO_SERVER, timings: KEEPS_TRYING });
    for (const [name, secret] of Object.entries(secrets.keys))
      recorder.know(secret.split('_')[1] ?? '', `id of the key ${name}`);
    for (const [name, secret] of Object.entries(secrets.links))
      recorder.know(secret.split('_')[1] ?? '', `id of the link ${name}`);
    await isRefused(recorder, secrets);
    await isAllowed(recorder, secrets);
    await mayDoLess(recorder, secrets);
    await mayFollow(recorder, secrets);
    await isAudited(recorder, secrets);
  },
};

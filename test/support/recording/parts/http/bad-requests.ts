import { API } from '../../accounts.js';
import type { Recorder, Sent } from '../../recorder.js';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const MAX_BODY_BYTES = 16_384;

const json = (body: string, headers: Readonly<Record<string, string>> = {}): Sent => ({
  body,
  headers: { ...JSON_TYPE, ...headers },
});

/** Every route with a body. */
const WRITING = ['pair', 'pair/stop', 'disconnect', 'links'];
/** Every route with a query. */
const READING = ['status', 'pair', 'pair/qr', 'accounts', 'events', 'links', 'link', 'audit'];

const BAD_BODIES: readonly (readonly [what: string, sent: Sent])[] = [
  ['an empty account id', json('{"accountId":""}')],
  ['a field that the route does not know', json('{"acountId":"sales"}')],
  ['malformed JSON', json('{')],
  ['a body that is too large', json(' '.repeat(MAX_BODY_BYTES + 1))],
  ['a body of another type', { body: '{}', headers: { 'Content-Type': 'text/plain' } }],
];

const MORE_BAD_BODIES: readonly (readonly [what: string, sent: Sent])[] = [
  ['null for an account id', json('{"accountId":null}')],
  ['a number for an account id', json('{"accountId":5}')],
  ['a list for an account id', json('{"accountId":["a"]}')],
  ['65 characters for an account id', json(`{"accountId":"${'x'.repeat(65)}"}`)],
  ['a line break in an account id', json('{"accountId":"a\\n"}')],
  ['a field with the name __proto__', json('{"__proto__":{"accountId":"a"}}')],
  ['a field with the name constructor', json('{"constructor":1,"accountId":"a"}')],
  ['a list for a body', json('[]')],
  ['a text for a body', json('"sales"')],
  ['null for a body', json('null')],
  ['a body without a type', { body: '{}' }],
  ['a body in another charset', json('{}', { 'Content-Type': 'application/json; charset=latin1' })],
  ['a body in an unknown encoding', json('{}', { 'Content-Encoding': 'compress' })],
  ['a body that is not in the encoding that it names', json('{}', { 'Content-Encoding': 'gzip' })],
];

const GOOD_BODIES: readonly (readonly [what: string, sent: Sent])[] = [
  ['a charset', json('{}', { 'Content-Type': 'application/json; charset=UTF-8' })],
  ['an empty body', json('')],
  ['as large a body as there may be', json(`${' '.repeat(MAX_BODY_BYTES - 2)}{}`)],
  ['a name that only looks odd', json('{"accountId":"__proto__"}')],
];

const BAD_QUERIES = ['accountId=', 'accountId=a&accountId=b', 'acountId=sales'];
const MORE_BAD_QUERIES = [
  'accountId',
  'accountId=%zz',
  'accountId[]=a',
  'accountId=a%0a',
  '__proto__=1',
  '=',
];

const BAD_PAGES: readonly (readonly [route: string, queries: readonly string[]])[] = [
  ['accounts', ['limit=0', 'limit=201', 'limit=x', 'after=', 'after=a!']],
  ['links', ['limit=0', 'limit=201', 'after=short', 'accountId=a!']],
  ['audit', ['limit=0', 'before=0', 'before=x', 'accountId=a!']],
];

const GOOD_PAGES: readonly (readonly [route: string, query: string])[] = [
  ['accounts', 'limit=1&after=a'],
  ['links', 'limit=200&after=nononono&accountId=a'],
  ['audit', 'limit=1&before=5&accountId=a'],
];

async function refusesBodies(recorder: Recorder): Promise<void> {
  for (const route of WRITING) {
    for (const [what, sent] of BAD_BODIES)
      await recorder.step(`The client sends ${what} to ${route}.`, `POST ${API}/${route}`, sent);
    const query = `POST ${API}/${route}?accountId=sales`;
    await recorder.step(`The client sends a query to ${route}.`, query, json('{"accountId":"sales"}'));
  }
  const stop = `POST ${API}/pair/stop`;
  for (const [what, sent] of MORE_BAD_BODIES) await recorder.step(`The client sends ${what}.`, stop, sent);
  for (const [what, sent] of GOOD_BODIES) await recorder.step(`The client sends ${what}.`, stop, sent);
}

async function refusesQueries(recorder: Recorder): Promise<void> {
  for (const route of READING) {
    for (const query of BAD_QUERIES)
      await recorder.step(`The client reads ${route} with ${query}.`, `GET ${API}/${route}?${query}`);
    await recorder.step(`The client reads ${route} with a body.`, `GET ${API}/${route}`, json('{}'));
  }
  for (const query of MORE_BAD_QUERIES)
    await recorder.step(`The client reads the status with ${query}.`, `GET ${API}/status?${query}`);
  for (const [route, queries] of BAD_PAGES)
    for (const query of queries)
      await recorder.step(`The client reads ${route} with ${query}.`, `GET ${API}/${route}?${query}`);
  for (const [route, query] of GOOD_PAGES)
    await recorder.step(`The client reads a page of ${route}.`, `GET ${API}/${route}?${query}`);
}

async function refusesLinkIds(recorder: Recorder): Promise<void> {
  const remove = `DELETE ${API}/links/`;
  await recorder.step('The client revokes a link that does not exist.', `${remove}nononono`);
  await recorder.step('The client revokes a link with a query.', `${remove}nononono?x=1`);
  await recorder.step('The client revokes a link with a body.', `${remove}nononono`, json('{}'));
  await recorder.step('The client revokes a link with a malformed body.', `${remove}nononono`, json('{'));
  await recorder.step('The client revokes a link with an odd id.', `${remove}..%2F..`);
  await recorder.step('The client revokes a link whose id is no UTF-8.', `${remove}%ff`);
  await recorder.step('The client revokes a link without an id.', remove);
}

/** Requests whose body, query or path is wrong. */
export async function sendsBadRequests(recorder: Recorder): Promise<void> {
  await refusesBodies(recorder);
  await refusesQueries(recorder);
  await refusesLinkIds(recorder);
}

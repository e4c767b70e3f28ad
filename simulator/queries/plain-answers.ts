import type { Account, Device } from '../server/account.js';
import type { DeviceRegistry } from '../server/device-registry.js';
import { bytesOf, child, children, element, iqError, iqResult, type Stanza } from '../wire/stanza.js';

interface QueryContext {
  query: Stanza;
  device: Device;
  registry: DeviceRegistry;
}

type Answer = (context: QueryContext) => Stanza;

const emptyResult: Answer = ({ query }) => iqResult(query);
const notFound: Answer = ({ query }) => iqError(query, 404, 'item-not-found');

/**
 * Answers that change no state, by `xmlns type firstChild`. They cover all queries that rc14 sends after a login or
 * from its methods, in the form that its parsers read. The content is that of an account without chats.
 */
const ANSWERS: Readonly<Record<string, Answer>> = {
  'abt get props': ({ query }) =>
    iqResult(query, [element('props', { protocol: '1', ab_key: 'sim', hash: 'sim1', refresh: '86400' })]),
  'blocklist get': ({ query }) => iqResult(query, [element('list', {})]),
  'bot get bot': ({ query }) => iqResult(query, [element('bot', { v: '2' })]),
  'disappearing_mode set disappearing_mode': emptyResult,
  'passive set active': emptyResult,
  'passive set passive': emptyResult,
  'privacy get privacy': ({ query }) => iqResult(query, [element('privacy', {}, privacyCategories())]),
  'privacy set privacy': emptyResult,
  'status set status': emptyResult,
  'urn:xmpp:whatsapp:dirty set clean': emptyResult,
  'usync get usync': answerUsync,
  'w:biz get business_profile': notFound,
  'w:g2 get participating': ({ query }) => iqResult(query, [element('groups')]),
  'w:m set media_conn': ({ query }) => iqResult(query, [element('media_conn', { auth: 'sim', ttl: '300' })]),
  'w:mex get query': answerMex,
  'w:profile:picture get picture': notFound,
  'w:profile:picture set picture': emptyResult,
  'w:stats set add': emptyResult,
  'w:stats add': emptyResult,
  'w:sync:app:state set sync': answerAppState,
};

export function plainAnswer(name: string): Answer | undefined {
  return Object.hasOwn(ANSWERS, name) ? ANSWERS[name] : undefined;
}

function privacyCategories(): Stanza[] {
  return ['last', 'online', 'profile', 'status', 'readreceipts', 'groupadd', 'calladd', 'messages'].map(
    (name) => element('category', { name, value: 'all' }),
  );
}

function answerAppState({ query }: QueryContext): Stanza {
  const collections = children(child(query, 'sync'), 'collection').map(({ attrs }) =>
    element('collection', { name: attrs['name'] ?? '', version: attrs['version'] ?? '0', type: 'result' }),
  );
  return iqResult(query, [element('sync', {}, collections)]);
}

/** Answers a usync query from the accounts of this simulator. */
function answerUsync({ query, registry }: QueryContext): Stanza {
  const usync = child(query, 'usync');
  const protocols = children(child(usync, 'query')).map(({ tag }) => tag);
  const users = children(child(usync, 'list'), 'user').map((user) => {
    const number = bytesOf(child(user, 'contact')).toString().replace('+', '');
    const jid = user.attrs['jid'] ?? `${number}@s.whatsapp.net`;
    const account = registry.accountOf(jid);
    const known: Record<string, Stanza> = {
      contact: element('contact', { type: account ? 'in' : 'out' }),
      devices: element('devices', {}, [element('device-list', {}, deviceList(account))]),
      // A client that queries by LID knows it already; rc14 would read the answer as the number.
      ...(account && !jid.endsWith('@lid') && { lid: element('lid', { val: account.lid }) }),
    };
    return element(
      'user',
      { jid },
      protocols.map((tag) => known[tag] ?? element(tag)),
    );
  });
  const { sid = '', context = 'interactive' } = usync?.attrs ?? {};
  const attrs = { sid, context, mode: 'query', index: '0', last: 'true' };
  return iqResult(query, [element('usync', attrs, [element('result'), element('list', {}, users)])]);
}

/** Returns the phone (device 0) and its companions; clients encrypt to all of them. */
function deviceList(account: Account | undefined): Stanza[] {
  if (!account) return [];
  const companions = [...account.devices.keys()].map((number) =>
    element('device', { id: String(number), 'key-index': String(number) }),
  );
  return [element('device', { id: '0' }), ...companions];
}

function answerMex({ query }: QueryContext): Stanza {
  const data = { xwa2_fetch_account_reachout_timelock: { is_active: false }, xwa2_message_capping_info: {} };
  return iqResult(query, [element('result', {}, Buffer.from(JSON.stringify({ data })))]);
}

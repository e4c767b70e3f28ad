/** How the id of one type was written as a file name, and which ids that type has. Longer types before their prefixes. */
interface NamedType {
  readonly type: string;
  /** The id that gives this file name, or null when none does. */
  readonly idOf: (name: string) => string | null;
}

const SIGNAL_ADDRESS = /^[0-9a-z]+(_\d+)?\.\d+$/i;

/**
 * `useMultiFileAuthState` writes `type-id.json` with `/` as `__` and `:` as `-`, which cannot be inverted without knowing
 * the ids. These are all that rc14 makes; each says where.
 */
const TYPES: readonly NamedType[] = [
  // base64 of the key's id (process-message.js); in base64 `_` cannot come from anything but `/`
  { type: 'app-state-sync-key', idOf: base64Id },
  // `critical_block`, `regular_low`, … (Types/Chat.js)
  { type: 'app-state-sync-version', idOf: matching(/^[a-z]+(_[a-z]+)*$/) },
  // the group's address (messages-send.js); an old group's has a `-` of its own
  { type: 'sender-key-memory', idOf: matching(/^(\d+(-\d+)?@g\.us|[a-z0-9]+@broadcast)$/) },
  // group::user::device (Signal/Group/sender-key-name.js)
  { type: 'sender-key', idOf: senderKeyId },
  // the peer's number or LID, and back (Signal/lid-mapping.js)
  { type: 'lid-mapping', idOf: matching(/^\d+(_reverse)?$/) },
  { type: 'identity-key', idOf: matching(SIGNAL_ADDRESS) },
  // the user alone (messages-send.js)
  { type: 'device-list', idOf: matching(/^[0-9a-z]+$/i) },
  // the peer's address without device, and one list of them all (Utils/tc-token-utils.js)
  { type: 'tctoken', idOf: matching(/^([0-9a-z]+@[a-z.]+|__index)$/i) },
  { type: 'pre-key', idOf: matching(/^\d+$/) },
  // user.device, a LID as user_1.device (Signal/libsignal.js)
  { type: 'session', idOf: matching(SIGNAL_ADDRESS) },
];

/** What the file holds, or null when no key of Baileys has this file name. */
export function keyOfFile(file: string): { readonly type: string; readonly id: string } | null {
  const name = file.endsWith('.json') ? file.slice(0, -'.json'.length) : '';
  for (const { type, idOf } of TYPES) {
    if (!name.startsWith(`${type}-`)) continue;
    const id = idOf(name.slice(type.length + 1));
    if (id !== null) return { type, id };
  }
  return null;
}

function matching(ids: RegExp): NamedType['idOf'] {
  return (name) => (ids.test(name) ? name : null);
}

function base64Id(name: string): string | null {
  const id = name.replaceAll('__', '/');
  return id !== '' && Buffer.from(id, 'base64').toString('base64') === id ? id : null;
}

function senderKeyId(name: string): string | null {
  const [, group, user, device] = /^(.+@[a-z.]+)--([0-9a-z]+(?:_\d+)?)--(\d+)$/i.exec(name) ?? [];
  if (!group || !user || !device) return null;
  return /^(\d+(-\d+)?@g\.us|[a-z0-9]+@broadcast)$/.test(group) ? `${group}::${user}::${device}` : null;
}

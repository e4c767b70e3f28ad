/** The file names of one key type. In TYPES, longer types precede their prefixes. */
interface NamedType {
  readonly type: string;
  /** Returns the id that has this file name, or null when no id has it. */
  readonly idOf: (name: string) => string | null;
}

const SIGNAL_ADDRESS = /^[0-9a-z]+(_\d+)?\.\d+$/i;

/**
 * `useMultiFileAuthState` writes `type-id.json`, with `/` as `__` and `:` as `-`. This can be inverted only with
 * knowledge of the ids.
 * The list has every id form that rc14 makes; each entry names its source.
 */
const TYPES: readonly NamedType[] = [
  // base64 of the key's id (process-message.js). In base64, `_` can only mean `/`.
  { type: 'app-state-sync-key', idOf: base64Id },
  // `critical_block`, `regular_low`, … (Types/Chat.js)
  { type: 'app-state-sync-version', idOf: matching(/^[a-z]+(_[a-z]+)*$/) },
  // the group's address (messages-send.js); an old group's address contains `-`
  { type: 'sender-key-memory', idOf: matching(/^(\d+(-\d+)?@g\.us|[a-z0-9]+@broadcast)$/) },
  // group::user::device (Signal/Group/sender-key-name.js)
  { type: 'sender-key', idOf: senderKeyId },
  // from the peer's number to its LID, and in reverse (Signal/lid-mapping.js)
  { type: 'lid-mapping', idOf: matching(/^\d+(_reverse)?$/) },
  { type: 'identity-key', idOf: matching(SIGNAL_ADDRESS) },
  // the user without device (messages-send.js)
  { type: 'device-list', idOf: matching(/^[0-9a-z]+$/i) },
  // the peer's address without device, and one list of all of them (Utils/tc-token-utils.js)
  { type: 'tctoken', idOf: matching(/^([0-9a-z]+@[a-z.]+|__index)$/i) },
  { type: 'pre-key', idOf: matching(/^\d+$/) },
  // user.device, a LID as user_1.device (Signal/libsignal.js)
  { type: 'session', idOf: matching(SIGNAL_ADDRESS) },
];

/** Returns the key of this file, or null when no key of Baileys has this file name. */
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

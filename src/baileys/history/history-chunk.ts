import {
  processHistoryMessage,
  proto,
  type Chat,
  type Contact,
  type WAMessage,
} from '@whiskeysockets/baileys';
import type { AccountId } from '../../whatsapp/domain/account-id.js';
import type { HistoryPiece } from './reading/history-pieces.js';

const { HistorySyncType } = proto.HistorySync;

/** How much of the history of an account goes to the host application. */
export const HISTORY_SCOPES = ['none', 'recent', 'full'] as const;
/**
 * `none`: only the mappings between numbers and LIDs are kept. `recent`: the host gets the first chats and the messages
 * of the last weeks. `full`: the host gets all that the phone sends. The service requests the whole history from the phone.
 */
export type HistoryScope = (typeof HISTORY_SCOPES)[number];

/** A piece of the history that the phone of an account sends after the account was linked. */
export interface HistoryChunk {
  readonly accountId: AccountId;
  /** `initial`: the first chats; `recent`, `full`: older messages; `names`: the names of contacts. */
  readonly kind: HistoryKind;
  /** About 50 entries at most, chats and messages together, each of at most 32 KiB. Larger ones are left out. */
  readonly chats: readonly Chat[];
  readonly contacts: readonly Contact[];
  readonly messages: readonly WAMessage[];
  /** How much of its history the phone has sent, 0 to 100; null when it does not say. */
  readonly progress: number | null;
}

export type HistoryKind = 'initial' | 'recent' | 'full' | 'names';

/** Called with every piece, in order. The next piece waits for the promise, for at most 30 s. */
export type HistoryListener = (chunk: HistoryChunk) => void | Promise<void>;

const KINDS: Readonly<Record<number, HistoryKind>> = {
  [HistorySyncType.INITIAL_BOOTSTRAP]: 'initial',
  [HistorySyncType.RECENT]: 'recent',
  [HistorySyncType.FULL]: 'full',
  [HistorySyncType.PUSH_NAME]: 'names',
};

const TAKEN: Readonly<Record<HistoryScope, readonly HistoryKind[]>> = {
  none: ['initial'],
  recent: ['initial', 'recent', 'names'],
  full: ['initial', 'recent', 'full', 'names'],
};

/** Returns the kind of a history; null when this scope takes none of that kind. */
export function kindOf(syncType: number | null | undefined, scope: HistoryScope): HistoryKind | null {
  const kind = KINDS[syncType ?? HistorySyncType.INITIAL_BOOTSTRAP];
  return kind && TAKEN[scope].includes(kind) ? kind : null;
}

/** Decodes the content of a piece; null when it has none. An entry that cannot be decoded is left out. */
export function chunkOf(
  { chats, messages, names }: HistoryPiece,
  chunk: Pick<HistoryChunk, 'accountId' | 'kind' | 'progress'>,
): HistoryChunk | null {
  const conversations = decoded(chats, (bytes) => proto.Conversation.decode(bytes));
  const pushnames = decoded(names, (bytes) => proto.Pushname.decode(bytes));
  const read = processHistoryMessage({ syncType: HistorySyncType.RECENT, conversations });
  const named = processHistoryMessage({ syncType: HistorySyncType.PUSH_NAME, pushnames });
  const content = {
    chats: read.chats,
    contacts: [...read.contacts, ...named.contacts],
    messages: decoded(messages, (bytes) => proto.WebMessageInfo.decode(bytes) as WAMessage),
  };
  const isEmpty = Object.values(content).every(({ length }) => length === 0);
  return isEmpty ? null : { ...chunk, ...content };
}

function decoded<T>(entries: readonly Uint8Array[], decode: (bytes: Uint8Array) => T): T[] {
  return entries.flatMap((bytes) => {
    try {
      return [decode(bytes)];
    } catch {
      return [];
    }
  });
}

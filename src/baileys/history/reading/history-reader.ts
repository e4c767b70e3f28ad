import {
  LARGEST_ENTRY_BYTES,
  LARGEST_TOKEN_BYTES,
  LONGEST_ADDRESS,
  MOST_ENTRIES,
  MOST_FIELDS,
} from './history-limits.js';
import { HistoryRefused } from './history.errors.js';
import { PieceBuilder, type HistoryPiece } from './history-pieces.js';
import { fieldsIn } from '../../protobuf/protobuf-fields.js';

/* Field numbers of WAProto.proto (Baileys 7.0.0-rc14). The tests compare the result with Baileys' own. */
const HISTORY = { conversations: 2, pushnames: 7, mappings: 15 } as const;
const MAPPING = { pn: 1, lid: 2 } as const;
const CONVERSATION = {
  id: 1,
  messages: 2,
  tcToken: 21,
  tcTokenTimestamp: 22,
  tcTokenSenderTimestamp: 28,
  pnJid: 39,
  lidJid: 42,
} as const;
const HISTORY_MESSAGE = { message: 1 } as const;
const WEB_MESSAGE = { key: 1, userReceipt: 40 } as const;
const MESSAGE_KEY = { fromMe: 2 } as const;
const USER_RECEIPT = { userJid: 1 } as const;

/** `mappings`: mappings and privacy tokens, which the sessions of the account need; `everything`: also the contents. */
export type Wanted = 'mappings' | 'everything';

/**
 * Returns the pieces of a `proto.HistorySync`. Reads what Baileys' `processHistoryMessage` and
 * `storeTcTokensFromHistorySync` read.
 * @throws HistoryRefused `too_many_entries`, before the first piece · RangeError when the bytes are no protobuf message
 */
export function* historyPieces(history: Uint8Array, wanted: Wanted): Generator<HistoryPiece, void> {
  assertFewEntries(history);
  const builder = new PieceBuilder();
  for (const { number, bytes } of fieldsIn(history)) {
    if (number === HISTORY.mappings) addMapping(builder, bytes);
    if (number === HISTORY.pushnames && wanted === 'everything') builder.addBytes('names', bytes);
    if (number === HISTORY.conversations) {
      for (const _ of addConversation(builder, bytes, wanted)) if (builder.isFull) yield builder.take();
    }
    if (builder.isFull) yield builder.take();
  }
  if (!builder.isEmpty) yield builder.take();
}

/** Counts all entries and the messages in them, before any of them is kept. */
function assertFewEntries(history: Uint8Array): void {
  let entries = 0;
  let fields = 0;
  for (const { number, bytes } of fieldsIn(history)) {
    entries += 1;
    if (number === HISTORY.conversations) {
      for (const field of fieldsIn(bytes)) {
        fields += 1;
        if (field.number === CONVERSATION.messages) entries += 1;
        if (fields > MOST_FIELDS) break;
      }
    }
    if (entries > MOST_ENTRIES || fields > MOST_FIELDS) throw new HistoryRefused('too_many_entries');
  }
}

function addMapping(builder: PieceBuilder, mapping: Uint8Array): void {
  if (mapping.length > LARGEST_ENTRY_BYTES) return;
  const pn = addressIn(mapping, MAPPING.pn);
  const lid = addressIn(mapping, MAPPING.lid);
  if (pn && lid) builder.addMapping({ pn, lid });
}

/** Yields after every entry that it adds. */
function* addConversation(builder: PieceBuilder, chat: Uint8Array, wanted: Wanted): Generator<void> {
  const id = addressIn(chat, CONVERSATION.id);
  const pn = addressIn(chat, CONVERSATION.pnJid);
  const lid = addressIn(chat, CONVERSATION.lidJid);
  const head: Uint8Array[] = [];
  let headBytes = 0;
  let recipient: string | undefined;
  for (const { number, bytes, raw } of fieldsIn(chat)) {
    if (number !== CONVERSATION.messages) {
      headBytes += raw.length;
      if (wanted === 'everything' && headBytes <= LARGEST_ENTRY_BYTES) head.push(raw);
      continue;
    }
    const message = bytesIn(bytes, HISTORY_MESSAGE.message);
    if (!message || message.length > LARGEST_ENTRY_BYTES) continue;
    recipient ??= recipientOf(message);
    if (wanted === 'everything') {
      builder.addBytes('messages', message);
      yield;
    }
  }
  if (wanted === 'everything') {
    if (headBytes <= LARGEST_ENTRY_BYTES) builder.addBytes('chats', Buffer.concat(head));
    yield;
  }
  if (id === undefined) return;
  if (isLid(id)) {
    const number = pn ?? recipient;
    if (number) builder.addMapping({ lid: id, pn: number });
  } else if (isPn(id) && lid) {
    builder.addMapping({ lid, pn: id });
  }
  addToken(builder, chat, isLid(id) ? id : (lid ?? id));
  yield;
}

function addToken(builder: PieceBuilder, chat: Uint8Array, jid: string): void {
  const token = bytesIn(chat, CONVERSATION.tcToken);
  const timestamp = valueIn(chat, CONVERSATION.tcTokenTimestamp);
  if (!token?.length || token.length > LARGEST_TOKEN_BYTES || !timestamp) return;
  const senderTimestamp = valueIn(chat, CONVERSATION.tcTokenSenderTimestamp) ?? null;
  builder.addToken({ jid, token: new Uint8Array(token), timestamp, senderTimestamp });
}

/** Returns the number of the other user, as Baileys' `extractPnFromMessages` finds it in a message of this account. */
function recipientOf(message: Uint8Array): string | undefined {
  const key = bytesIn(message, WEB_MESSAGE.key);
  if (!key || valueIn(key, MESSAGE_KEY.fromMe) !== 1) return undefined;
  const receipt = bytesIn(message, WEB_MESSAGE.userReceipt);
  const user = receipt && addressIn(receipt, USER_RECEIPT.userJid);
  return user !== undefined && isPn(user) ? user : undefined;
}

/** Returns the first field with this number. */
function bytesIn(message: Uint8Array, number: number): Uint8Array | undefined {
  for (const field of fieldsIn(message)) if (field.number === number) return field.bytes;
  return undefined;
}

function valueIn(message: Uint8Array, number: number): number | undefined {
  for (const field of fieldsIn(message)) if (field.number === number) return field.value;
  return undefined;
}

function addressIn(message: Uint8Array, number: number): string | undefined {
  const bytes = bytesIn(message, number);
  if (!bytes?.length || bytes.length > LONGEST_ADDRESS) return undefined;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}

function isLid(jid: string): boolean {
  return jid.endsWith('@lid') || jid.endsWith('@hosted.lid');
}

function isPn(jid: string): boolean {
  return jid.endsWith('@s.whatsapp.net') || jid.endsWith('@hosted');
}

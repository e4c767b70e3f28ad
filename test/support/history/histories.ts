import { deflateSync } from 'node:zlib';
import { proto } from '@whiskeysockets/baileys';

/** A compressed history in base64, as `Simulator.control.sendHistory` sends it. */
export type Payload = string;

const compressed = (bytes: Uint8Array): Payload => deflateSync(bytes).toString('base64');

/** The bomb of a known attack: this number of chats with an empty id, four bytes each before compression. */
export function bomb(chats: number): Payload {
  return compressed(Buffer.concat([Buffer.of(8, 0), Buffer.alloc(4 * chats, Buffer.of(0x12, 2, 0x0a, 0))]));
}

/** Zeros that decompress to this number of MiB. */
export function zeros(mebibytes: number): Payload {
  return compressed(Buffer.alloc(mebibytes * 2 ** 20));
}

export function historyOf(history: { syncType: number } & Record<string, unknown>): Payload {
  return compressed(proto.HistorySync.encode(proto.HistorySync.fromObject(history)).finish());
}

export const pnOf = (index: number): string => `4917${String(index).padStart(8, '0')}@s.whatsapp.net`;
export const lidOf = (index: number): string => `1${String(index).padStart(13, '0')}@lid`;

/**
 * A history with this number of mappings between numbers and LIDs, and nothing else.
 * @param from the index of the first user
 */
export function mappings(count: number, from = 0): Payload {
  const phoneNumberToLidMappings = Array.from({ length: count }, (_, index) => ({
    pnJid: pnOf(from + index),
    lidJid: lidOf(from + index),
  }));
  return historyOf({ syncType: 0, phoneNumberToLidMappings });
}

/** A history with this number of chats by number, each with the LID of its user, a name and one message. */
export function chats(count: number, { from = 0, syncType = 0 } = {}): Payload {
  const users = Array.from({ length: count }, (_, index) => from + index);
  const conversations = users.map((index) => ({
    id: pnOf(index),
    lidJid: lidOf(index),
    name: `contact ${index}`,
    conversationTimestamp: 1_700_000_000 + index,
    messages: [
      {
        message: {
          key: { remoteJid: pnOf(index), fromMe: false, id: `MESSAGE${index}` },
          message: { conversation: `text ${index}` },
          messageTimestamp: 1_700_000_000 + index,
        },
      },
    ],
  }));
  return historyOf({ syncType, conversations });
}

// Fault: Baileys 7.0.0-rc14 decodes a message of any size on the event loop, and stores any number of mappings and keys
// from it in one transaction. A contact, or a device of the account, can so stop the process for seconds.
// Remove when Baileys bounds the messages that it decodes and the transactions that follow from one.

import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import {
  normalizeMessageContent,
  proto,
  unpadRandomMax16,
  type SignalRepositoryWithLIDStore,
} from '@whiskeysockets/baileys';
import { hasMoreFields } from '../protobuf/field-count.js';

/** A decoded message of this many fields takes about 20 ms. The longest text looks like 33,000. */
const MOST_FIELDS = 50_000;
/** A message of fewer fields cannot have too many of anything. */
const FEW_FIELDS = 1_000;
/** Keys of the app state, or resent messages, in one message. A phone sends a few keys. */
const MOST_LISTED = 500;
/** Mappings in one transaction: about 10 ms. */
const MOST_MAPPINGS = 50;
/** Other work runs at the latest after this time of migrations. */
const TURN_MS = 10;

/** A message without content, with its padding. Baileys acknowledges it like any other, and requests no repetition. */
const EMPTY_MESSAGE = Buffer.of(1);

/**
 * Bounds the work that a received message causes in the Signal repository of one socket.
 * @param onRefused called for a message that is replaced by an empty one
 */
export function boundMessages(
  repository: SignalRepositoryWithLIDStore,
  onRefused: () => void,
): SignalRepositoryWithLIDStore {
  const bounded = (plaintext: Uint8Array): Uint8Array => {
    if (!isTooCostly(plaintext)) return plaintext;
    onRefused();
    return EMPTY_MESSAGE;
  };
  const decrypt = repository.decryptMessage.bind(repository);
  const decryptGroup = repository.decryptGroupMessage.bind(repository);
  const migrate = repository.migrateSession.bind(repository);
  const { lidMapping } = repository;
  const store = lidMapping.storeLIDPNMappings.bind(lidMapping);
  let turn = 0;
  return Object.assign(repository, {
    decryptMessage: async (options: Parameters<typeof decrypt>[0]) => bounded(await decrypt(options)),
    decryptGroupMessage: async (options: Parameters<typeof decryptGroup>[0]) =>
      bounded(await decryptGroup(options)),
    migrateSession: async (from: string, to: string) => {
      if (performance.now() - turn > TURN_MS) {
        await nextTurn();
        turn = performance.now();
      }
      return migrate(from, to);
    },
    lidMapping: Object.assign(lidMapping, {
      storeLIDPNMappings: async (pairs: Parameters<typeof store>[0]) => {
        for (let from = 0; from < pairs.length; from += MOST_MAPPINGS) {
          const begun = performance.now();
          await store(pairs.slice(from, from + MOST_MAPPINGS));
          // Leaves at least half of the time to other accounts.
          if (from + MOST_MAPPINGS < pairs.length) await pause(performance.now() - begun);
        }
      },
    }),
  });
}

function isTooCostly(plaintext: Uint8Array): boolean {
  if (plaintext.length < FEW_FIELDS || !hasMoreFields(plaintext, FEW_FIELDS)) return false;
  return hasMoreFields(plaintext, MOST_FIELDS) || hasLongList(plaintext);
}

function hasLongList(plaintext: Uint8Array): boolean {
  try {
    const message = proto.Message.decode(unpadRandomMax16(plaintext));
    const { protocolMessage } = normalizeMessageContent(message.deviceSentMessage?.message ?? message) ?? {};
    const keys = protocolMessage?.appStateSyncKeyShare?.keys ?? [];
    const resent = protocolMessage?.peerDataOperationRequestResponseMessage?.peerDataOperationResult ?? [];
    return Math.max(keys.length, resent.length) > MOST_LISTED;
  } catch {
    return false;
  }
}

// Fault: Baileys 7.0.0-rc14 answers a status or newsletter that it cannot read with error 500 and a retry receipt.
// Remove when Baileys acknowledges unreadable messages of `status@broadcast` and newsletters without an error.

import {
  buildAckStanza,
  getAllBinaryNodeChildren,
  isJidNewsletter,
  isJidStatusBroadcast,
  MISSING_KEYS_ERROR_TEXT,
  NO_MESSAGE_FOUND_ERROR_TEXT,
  proto,
  unpadRandomMax16,
  type BinaryNode,
  type WASocket,
} from '@whiskeysockets/baileys';
import { DomainError } from '../../whatsapp/domain/errors.js';
import type { ReceivedMessage } from '../../whatsapp/ports/whatsapp.gateway.js';

const MESSAGE = 'CB:message';
const READABLE_TYPES = new Set(['skmsg', 'pkmsg', 'msg']);

/** The errors of libsignal and of Baileys' group cipher for a message that was decrypted before. */
const DECRYPTED_BEFORE = [MISSING_KEYS_ERROR_TEXT, 'old counter'];

/**
 * A child that makes Baileys acknowledge a message without an error, a retry receipt or an event, when the message
 * fails with NO_MESSAGE_FOUND_ERROR_TEXT. It has no effect on a message that can be read.
 */
const ACKNOWLEDGE_PLAINLY: BinaryNode = { tag: 'unavailable', attrs: { type: 'bot_unavailable_fanout' } };

type BaileysListener = (message: BinaryNode) => unknown;

/** What is known about a message while Baileys decrypts its parts. */
interface Reading {
  readonly isBroadcast: boolean;
  hasFailed: boolean;
}

/**
 * Acknowledges messages of `status@broadcast` and newsletters that cannot be read, without an error and without a
 * retry receipt. WhatsApp withholds everything behind a message that was answered with an error. Other messages are
 * handled as before.
 * @param onMessage called for every encrypted message, once it was read or could not be read
 */
export function acknowledgeUnreadableBroadcasts(
  socket: WASocket,
  onMessage: (message: ReceivedMessage) => void,
): void {
  const { ws, signalRepository: repository } = socket;
  const [handleMessage] = ws.listeners(MESSAGE) as BaileysListener[];
  if (!handleMessage) throw new Error('Baileys does not listen to messages');
  /** By their ciphertexts: Baileys hands on the same objects. */
  const readings = new WeakMap<Uint8Array, Reading>();

  function fail(reading: Reading, error: unknown): void {
    const isNew = !DECRYPTED_BEFORE.some((text) => String(error).includes(text));
    if (!reading.hasFailed && isNew) onMessage({ isReadable: false, isBroadcast: reading.isBroadcast });
    reading.hasFailed = true;
  }

  function watched<Options>(
    decrypt: (options: Options) => Promise<Uint8Array>,
    ciphertextOf: (options: Options) => Uint8Array,
  ): (options: Options) => Promise<Uint8Array> {
    return async (options) => {
      const reading = readings.get(ciphertextOf(options));
      try {
        const padded = await decrypt(options);
        if (reading?.isBroadcast) proto.Message.decode(unpadRandomMax16(padded));
        if (reading) onMessage({ isReadable: true, isBroadcast: reading.isBroadcast });
        return padded;
      } catch (error) {
        // A domain error is a failure of the store or the end of the attempt, and says nothing about the message.
        if (!reading || error instanceof DomainError) throw error;
        fail(reading, error);
        throw reading.isBroadcast ? new Error(NO_MESSAGE_FOUND_ERROR_TEXT, { cause: error }) : error;
      }
    };
  }
  repository.decryptMessage = watched(
    repository.decryptMessage.bind(repository),
    ({ ciphertext }) => ciphertext,
  );
  repository.decryptGroupMessage = watched(repository.decryptGroupMessage.bind(repository), ({ msg }) => msg);

  ws.off(MESSAGE, handleMessage);
  ws.on(MESSAGE, (message: BinaryNode): unknown => {
    const isBroadcast = isBroadcastMessage(message);
    const reading = { isBroadcast, hasFailed: false };
    for (const { content } of getAllBinaryNodeChildren(message)) {
      if (content instanceof Uint8Array) readings.set(content, reading);
    }
    if (!isBroadcast) return handleMessage(message);
    const readable = withoutUnreadableParts(message);
    if (readable) return handleMessage(readable);
    fail(reading, null);
    return socket.sendNode(buildAckStanza(message, undefined, socket.authState.creds.me?.id));
  });
}

function isBroadcastMessage({ attrs: { from } }: BinaryNode): boolean {
  return Boolean(isJidStatusBroadcast(from ?? '') || isJidNewsletter(from ?? ''));
}

/**
 * Returns the message without the parts on which Baileys would fail before it decrypts; null when no part is left, or
 * when Baileys cannot read the stanza itself.
 */
function withoutUnreadableParts(message: BinaryNode): BinaryNode | null {
  const { id, from, participant } = message.attrs;
  if (!id || (isJidStatusBroadcast(from ?? '') && !participant)) return null;
  const children = getAllBinaryNodeChildren(message);
  const isContent = ({ tag }: BinaryNode): boolean => tag === 'enc' || tag === 'plaintext';
  // Baileys acknowledges a message without content, and requests it from the phone.
  if (!children.some(isContent)) return message;
  const kept = children.filter((child) => !isContent(child) || isReadablePart(child));
  if (!kept.some(isContent)) return null;
  return { ...message, content: [ACKNOWLEDGE_PLAINLY, ...kept] };
}

function isReadablePart({ tag, attrs: { type }, content }: BinaryNode): boolean {
  if (!(content instanceof Uint8Array)) return false;
  if (tag === 'enc') return READABLE_TYPES.has(type ?? '');
  try {
    proto.Message.decode(content);
    return true;
  } catch {
    return false;
  }
}

import { child, children, element, type Stanza } from '../wire/stanza.js';
import type { ProtocolClient } from './protocol-client.js';

type EncType = 'pkmsg' | 'msg';

function enc(type: EncType, text: string): Stanza {
  return element('enc', { v: '2', type }, Buffer.from(text));
}

/**
 * Sends a message as Baileys does: a copy for each device, and the sender's identity for new sessions.
 * @returns the server's ack
 */
export async function sendCopies(
  client: ProtocolClient,
  message: { id: string; to: string; copies: readonly (readonly [jid: string, type: EncType])[] },
): Promise<Stanza> {
  const { id, to, copies } = message;
  const participants = copies.map(([jid, type]) => element('to', { jid }, [enc(type, `for ${jid}`)]));
  const identity = element('device-identity', {}, Buffer.from('identity'));
  client.send(
    element('message', { id, to, type: 'text' }, [element('participants', {}, participants), identity]),
  );
  return acknowledgementOf(client, id);
}

/** Sends a message to one device, as after its retry receipt. */
export async function sendToOneDevice(client: ProtocolClient, id: string, to: string): Promise<Stanza> {
  client.send(element('message', { id, to, type: 'text', device_fanout: 'false' }, [enc('msg', 'alone')]));
  return acknowledgementOf(client, id);
}

function acknowledgementOf(client: ProtocolClient, id: string): Promise<Stanza> {
  return client.next(({ tag, attrs }) => tag === 'ack' && attrs['id'] === id);
}

/** Sends `passive set active`. @returns the number of queued stanzas, which have arrived by then */
export async function activate(client: ProtocolClient): Promise<number> {
  await client.query('passive', 'set', [element('active')]);
  const offline = await client.next((stanza) => child(stanza, 'offline') !== undefined);
  return Number(child(offline, 'offline')?.attrs['count']);
}

export function sendReceipt(
  client: ProtocolClient,
  attrs: Record<string, string>,
  content?: Stanza[],
): Promise<Stanza> {
  client.send(element('receipt', attrs, content));
  return acknowledgementOf(client, attrs['id'] ?? '');
}

/** Returns the text of a copy. These tests use no Signal encryption. */
export function textIn(message: Stanza): string | undefined {
  const content = children(message, 'enc')[0]?.content;
  return content instanceof Uint8Array ? Buffer.from(content).toString() : undefined;
}

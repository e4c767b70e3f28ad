import type { ReceivedEvent } from '../clients/event-client.js';
import { EventParser } from '../clients/event-parser.js';

/** A message of the stream in the form of its documented schema. */
export function messageAsDocumented({
  id,
  type,
  data,
}: Pick<ReceivedEvent, 'id' | 'type'> & { readonly data: unknown }): object {
  return { ...(id === '' ? {} : { id }), event: type, data };
}

/** The value of a response to check against its schema. Of an event stream it is the first message. */
export async function valueOf(response: Response): Promise<unknown> {
  const type = response.headers.get('content-type') ?? '';
  if (type.startsWith('application/json')) return response.json();
  if (!type.startsWith('text/event-stream'))
    return Buffer.from(await response.arrayBuffer()).toString('latin1');
  const parser = new EventParser();
  for await (const chunk of response.body ?? []) {
    parser.take(Buffer.from(chunk as Uint8Array).toString());
    const [message] = parser.messages;
    if (message) return messageAsDocumented({ ...message, data: JSON.parse(message.data) });
  }
  throw new Error('the stream ended before its first message');
}

import type { ReceivedEvent } from '../clients/event-client.js';
import { EventParser } from '../clients/event-parser.js';

/** A message as the document has it. */
export function messageAsDocumented({
  id,
  type,
  data,
}: Pick<ReceivedEvent, 'id' | 'type'> & { readonly data: unknown }): object {
  return { ...(id === '' ? {} : { id }), event: type, data };
}

/** What is to be held to a schema. Of a stream that does not end it is the first message. */
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
  throw new Error('the stream has ended');
}

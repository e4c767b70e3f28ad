import { once } from 'node:events';
import { request } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { pairs, type Header, type HttpRequest } from './http-client.js';

/** A message of a stream of events, with the fields that the steps read. */
export interface StreamMessage {
  readonly id: string;
  readonly event: string;
  readonly data: {
    readonly status?: { readonly status: string };
    readonly account?: { readonly linkedAt: string | null; readonly serviceConnected: boolean };
  };
  readonly lines: readonly string[];
}

function messageOf(block: string): StreamMessage {
  const lines = block.split('\n');
  const valueOf = (field: string): string =>
    lines.find((line) => line.startsWith(`${field}: `))?.slice(field.length + 2) ?? '';
  const data = JSON.parse(valueOf('data') || '{}') as StreamMessage['data'];
  return { id: valueOf('id'), event: valueOf('event'), data, lines };
}

/** A client of a stream of events. */
export class OpenStream {
  private text = '';

  private constructor(
    private readonly request: ClientRequest,
    private readonly response: IncomingMessage,
  ) {
    response.setEncoding('utf8').on('data', (text: string) => (this.text += text));
    response.on('error', () => undefined);
  }

  static async open(url: string, path: string, headers: HttpRequest['headers'] = {}): Promise<OpenStream> {
    const sent = request(url + path, { agent: false, headers });
    sent.end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    sent.on('error', () => undefined);
    return new OpenStream(sent, response);
  }

  get status(): number {
    return this.response.statusCode ?? 0;
  }

  get headers(): readonly Header[] {
    return pairs(this.response.rawHeaders);
  }

  /** The complete messages so far, without heartbeats, whose number depends on time. */
  get messages(): readonly StreamMessage[] {
    const blocks = this.text.split('\n\n').slice(0, -1);
    return blocks.filter((block) => !block.startsWith(':')).map(messageOf);
  }

  /** Whether the server ended the stream. */
  get hasEnded(): boolean {
    return this.response.complete;
  }

  hangUp(): void {
    this.request.destroy();
  }
}

import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';

export type Header = readonly [name: string, value: string];

/** An answer with its headers as they were sent, in their order and case, with repetitions. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: readonly Header[];
  readonly body: Buffer;
}

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** Pairs the names and values of Node's flat header list. */
export function pairs(rawHeaders: readonly string[]): Header[] {
  return rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ''] as const] : [],
  );
}

async function bytesOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Sends one request on a new connection. */
export async function send(url: string, { method, path, headers, body }: HttpRequest): Promise<HttpAnswer> {
  const { hostname, port } = new URL(url);
  const sent = request({ hostname, port, method, path, agent: false, ...(headers && { headers }) });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const answer = {
    status: response.statusCode ?? 0,
    headers: pairs(response.rawHeaders),
    body: await bytesOf(response),
  };
  sent.destroy();
  return answer;
}

/** Parses all answers that a server sent on one connection. @throws when the bytes are not HTTP */
function parse(received: Buffer): HttpAnswer[] {
  const answers: HttpAnswer[] = [];
  for (let rest = received; rest.length > 0;) {
    const headEnd = rest.indexOf('\r\n\r\n');
    const [start = '', ...lines] = rest.subarray(0, Math.max(headEnd, 0)).toString('latin1').split('\r\n');
    const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(start) ?? [];
    if (status === undefined) throw new Error(`not an answer: ${rest.toString('latin1').slice(0, 200)}`);
    const headers = lines.map((line): Header => {
      const [name = '', ...value] = line.split(':');
      return [name, value.join(':').trim()];
    });
    const length = headers.find(([name]) => name.toLowerCase() === 'content-length')?.[1];
    const end = headEnd + 4 + Number(length ?? 0);
    answers.push({ status: Number(status), headers, body: rest.subarray(headEnd + 4, end) });
    rest = rest.subarray(end);
  }
  return answers;
}

/** Sends bytes that need not be HTTP, and collects every answer until the server closes the connection. */
export async function sendBytes(url: string, bytes: string): Promise<HttpAnswer[]> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  const received: Buffer[] = [];
  socket.on('data', (chunk) => received.push(chunk));
  const closed = new Promise((resolve) => {
    // The server may reset the connection while the bytes are on their way. `once` of Node would reject then.
    socket.on('error', () => undefined).on('close', resolve);
  });
  socket.write(Buffer.from(bytes, 'latin1'));
  await closed;
  return parse(Buffer.concat(received));
}

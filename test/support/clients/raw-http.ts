import { connect } from 'node:net';

/** One answer, parsed from the bytes of the connection. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export interface RawRequest {
  readonly method: string;
  readonly target: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: Buffer | string;
  readonly version?: string;
}

const ANSWER_WITHIN_MS = 60_000;

/** The bytes of a request. Nothing is added or corrected, so that the request may be wrong in any way. */
export function bytesOf({
  method,
  target,
  headers = [],
  body = '',
  version = 'HTTP/1.1',
}: RawRequest): Buffer {
  const lines = [`${method} ${target} ${version}`, ...headers.map(([name, value]) => `${name}: ${value}`)];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), Buffer.from(body)]);
}

export function chunked(...chunks: readonly (Buffer | string)[]): Buffer {
  const parts = chunks.flatMap((chunk) => [`${Buffer.byteLength(chunk).toString(16)}\r\n`, chunk, '\r\n']);
  return Buffer.concat([...parts, '0\r\n\r\n'].map((part) => Buffer.from(part)));
}

function parse(received: Buffer): RawAnswer[] {
  const answers: RawAnswer[] = [];
  for (let rest = received; rest.length > 0;) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) throw new Error(`not an answer: ${rest.toString('latin1').slice(0, 200)}`);
    const [start = '', ...lines] = rest.subarray(0, end).toString('latin1').split('\r\n');
    const headers = new Map(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
      }),
    );
    const status = Number(start.split(' ')[1]);
    // In HTTP/1.0 the body ends with the connection.
    const length = headers.get('content-length') ?? (status < 200 ? '0' : undefined);
    const bodyEnd = length === undefined ? rest.length : end + 4 + Number(length);
    answers.push({
      status,
      headers,
      body: rest.subarray(end + 4, bodyEnd).toString(),
    });
    rest = rest.subarray(bodyEnd);
  }
  return answers;
}

/**
 * Sends bytes and collects every answer until the server closes the connection. Requests must send `Connection: close`
 * or be incomplete: `end` closes the client's side, so that the server stops waiting for the rest of a request.
 * @param bytes sent at once, or in parts with a pause after the first one
 */
export async function sendRaw(
  url: string,
  bytes: Buffer | string | readonly (Buffer | string)[],
  { end = false, pauseMs = 0 } = {},
): Promise<RawAnswer[]> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  const received: Buffer[] = [];
  const all = await new Promise<Buffer>((resolve, reject) => {
    socket.on('data', (chunk) => received.push(chunk));
    // The server may close the connection before all bytes are written.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      resolve(Buffer.concat(received));
    });
    socket.setTimeout(ANSWER_WITHIN_MS, () => {
      reject(new Error(`the connection is still open after: ${Buffer.concat(received).toString('latin1')}`));
      socket.destroy();
    });
    const [first = '', ...rest] = [bytes].flat();
    const sendRest = (): void => {
      for (const part of rest) socket.write(part);
      if (end) socket.end();
    };
    socket.write(first);
    if (pauseMs > 0) setTimeout(sendRest, pauseMs);
    else sendRest();
  });
  return parse(all);
}

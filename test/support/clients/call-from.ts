import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

export interface CallFrom {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface CallAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly retryAfterS: number | null;
  /** The code of the error; undefined for a success. */
  readonly code: string | undefined;
}

/** Sends a request from a loopback address of this machine: any address that begins with 127. */
export async function callFrom(
  address: string,
  url: string,
  { method = 'GET', path, headers = {}, body = '' }: CallFrom,
): Promise<CallAnswer> {
  const sent = request(url + path, { method, headers, localAddress: address, agent: false });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const isJson = String(response.headers['content-type']).startsWith('application/json');
  const retryAfter = response.headers['retry-after'];
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    retryAfterS: retryAfter === undefined ? null : Number(retryAfter),
    code: isJson ? (JSON.parse(text) as { code?: string }).code : undefined,
  };
}

import { API } from '../../accounts.js';
import type { Recorder } from '../../recorder.js';

const STATUS = `${API}/status`;
const LONG = 'x'.repeat(20_000);
const HOST = 'Host: localhost\r\n';
const CLOSE = 'Connection: close\r\n\r\n';

const get = (target: string, headers = HOST, version = 'HTTP/1.1'): string =>
  `GET ${target} ${version}\r\n${headers}${CLOSE}`;

const post = (headers: string, body: string): string =>
  `POST ${API}/pair/stop HTTP/1.1\r\n${HOST}Content-Type: application/json\r\n${headers}${CLOSE}${body}`;

const REQUESTS: readonly (readonly [what: string, bytes: string])[] = [
  ['bytes that are not HTTP', 'EHLO localhost\r\n\r\n'],
  ['a request without a Host', get(STATUS, '')],
  ['a request without a version', `GET ${STATUS}\r\n\r\n`],
  ['a request of an unknown version', get(STATUS, HOST, 'HTTP/9.9')],
  ['a request of HTTP 1.0', get(STATUS, HOST, 'HTTP/1.0')],
  ['a preface of HTTP 2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['a header with a space in its name', get(STATUS, `${HOST}Bad Name: x\r\n`)],
  ['a header with a zero byte', get(STATUS, `${HOST}X: a\0b\r\n`)],
  ['an address with a space', get('/a b')],
  ['an address that is too long', get(`/${LONG}`)],
  ['headers that are too long', get('/', `${HOST}X-Long: ${LONG}\r\n`)],
  ['a whole address', get(`http://localhost${STATUS}`)],
  ['a whole address that cannot be read', get('http://[')],
  ['a path that cannot be decoded', get('/%zz')],
  ['a path with two slashes', get(`/${STATUS}`)],
  ['a path with dots', get(`${API}/pair/../status`)],
  ['OPTIONS of everything', `OPTIONS * HTTP/1.1\r\n${HOST}${CLOSE}`],
  ['a method that does not exist', `MAKE ${STATUS} HTTP/1.1\r\n${HOST}${CLOSE}`],
  ['a method in small letters', `get ${STATUS} HTTP/1.1\r\n${HOST}${CLOSE}`],
  ['a tunnel', `CONNECT localhost:80 HTTP/1.1\r\n${HOST}\r\n`],
  ['an upgrade', get(STATUS, `${HOST}Upgrade: websocket\r\n`)],
  ['a length that is no number', post('Content-Length: -1\r\n', '{}')],
  ['two lengths', post('Content-Length: 2\r\nContent-Length: 3\r\n', '{}')],
  ['a length and chunks', post('Content-Length: 2\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n')],
  ['an unknown transfer encoding', post('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n')],
  ['a chunk of no length', post('Transfer-Encoding: chunked\r\n', 'zz\r\n\r\n')],
  ['chunks', post('Transfer-Encoding: chunked\r\n', '2\r\n{}\r\n0\r\n\r\n')],
  ['an expectation to go on', post('Expect: 100-continue\r\nContent-Length: 2\r\n', '{}')],
  ['an expectation that is unknown', post('Expect: 200-ok\r\nContent-Length: 2\r\n', '{}')],
  ['two requests at once', `GET ${STATUS} HTTP/1.1\r\n${HOST}\r\n${get(STATUS)}`],
];

/** Malformed or unusual HTTP requests. */
export async function sendsBytes(recorder: Recorder): Promise<void> {
  for (const [what, bytes] of REQUESTS) await recorder.bytes(`The client sends ${what}.`, bytes);
  const keep = { headers: { Connection: 'keep-alive' } };
  await recorder.step('The client keeps the connection.', `GET ${STATUS}`, keep);
}

/** The time that the service waits for the rest of a request. A whole request may exceed it on a busy machine. */
export const HASTY = { headersTimeoutMs: 100, requestTimeoutMs: 100, checkMs: 20 };

export async function sendsTooSlowly(recorder: Recorder): Promise<void> {
  await recorder.bytes('The client never sends the end of its headers.', `GET ${STATUS} HTTP/1.1\r\n${HOST}`);
}

import { gzipSync } from 'node:zlib';
import type { Random } from '../../support/requests/random.js';
import { chunked } from '../../support/clients/raw-http.js';
import type { Header } from './credentials.js';

const JSON_TYPE: Header = ['Content-Type', 'application/json'];

/** The body of a request, with its headers. */
export interface Body {
  readonly headers: readonly Header[];
  readonly bytes: Buffer | string;
  readonly text: string | null;
}

export const NO_BODY: Body = { headers: [], bytes: '', text: null };

function sized(text: string, bytes: Buffer | string, headers: readonly Header[]): Body {
  const length: Header = ['Content-Length', String(Buffer.byteLength(bytes))];
  return { headers: [...headers, length], bytes, text };
}

/** Returns a correct JSON body. */
export function plainBody(text: string): Body {
  return sized(text, text, [JSON_TYPE]);
}

/** Returns a body; one in ten has a wrong type, encoding or compression. */
export function bodyFor(random: Random, text: string): Body {
  if (random.below(10) > 0) return plainBody(text);
  const latin1 = Buffer.from(text, 'latin1');
  return random.one([
    () => sized(text, text, []),
    () =>
      sized(text, text, [
        [
          'Content-Type',
          random.one([
            'text/plain',
            'application/x-www-form-urlencoded',
            'json',
            'multipart/form-data; boundary=x',
          ]),
        ],
      ]),
    () => sized(text, text, [['Content-Type', 'application/json; charset=utf-8; charset=utf-7']]),
    () => sized(text, latin1, [['Content-Type', 'application/json; charset=iso-8859-1']]),
    () => sized(text, Buffer.from(text, 'utf16le'), [['Content-Type', 'application/json; charset=utf-16le']]),
    () => sized(text, Buffer.from(text, 'utf16le'), [JSON_TYPE]),
    () => sized(text, Buffer.concat([latin1, Buffer.from([0xff, 0xfe, 0xc0])]), [JSON_TYPE]),
    () => sized(text, gzipSync(text), [JSON_TYPE, ['Content-Encoding', 'gzip']]),
    () => sized(text, gzipSync(text).subarray(0, 15), [JSON_TYPE, ['Content-Encoding', 'gzip']]),
    () => sized(text, text, [JSON_TYPE, ['Content-Encoding', random.one(['gzip', 'br', 'identity', 'x'])]]),
    () => sized(text, gzipSync(Buffer.alloc(2_000_000, ' ')), [JSON_TYPE, ['Content-Encoding', 'gzip']]),
    (): Body => ({
      headers: [JSON_TYPE, ['Transfer-Encoding', 'chunked']],
      bytes: text.length < 2 ? chunked(' ') : chunked(text.slice(0, 1), text.slice(1)),
      text,
    }),
  ])();
}

import fc from 'fast-check';
import { CANARY, CLOSE, get, HOST, WRITING } from './bad-request.js';
import type { BadRequest } from './bad-request.js';
import { bytesOf } from '../clients/raw-http.js';

/* Requests that never reach a route: bad methods, paths, sizes, and malformed HTTP. */

export const oddMethods = fc
  .tuple(
    fc.constantFrom(...WRITING, '/api/whatsapp/status', '/api/whatsapp', '/', '/docs-json'),
    fc.constantFrom(
      'PUT',
      'PATCH',
      'DELETE',
      'OPTIONS',
      'TRACE',
      'PROPFIND',
      'MKCOL',
      'LOCK',
      'QUERY',
      'post',
      'G T',
    ),
  )
  .map(([target, method]) => ({
    bytes: bytesOf({ method, target, headers: [HOST, CLOSE] }),
    end: false,
  }));

export const unknownPaths = fc
  .tuple(
    fc.constantFrom('GET', 'POST'),
    fc.oneof(
      fc.constantFrom(
        '/api/whatsapp',
        '/api',
        '/api/whatsapp/pair/qr/x',
        '//api/whatsapp/pair',
        '/api/whatsapp//pair',
        '/api/whatsapp/./status/x',
        '/api/whatsapp/%70air%00',
        '/%',
        '/%zz',
        '/%c0%ae%c0%ae/',
        '/docs/../../etc/passwd',
        '/docs/%2e%2e%2f%2e%2e%2fpackage.json',
        '/docs/%00',
        '/docs/%zz',
        '/docs/none.js',
        '/.env',
        '/openapi.json',
        '/__proto__',
        '/constructor',
        `/${'a'.repeat(8_000)}`,
        '/api/whatsapp/status;accountId=canary',
      ),
      fc.webPath().map((path) => `/none${path}`),
    ),
  )
  .map(([method, path]) => ({
    bytes: bytesOf({ method, target: path, headers: [HOST, CLOSE] }),
    end: false,
  }));

export const oversized = fc.constantFrom(
  get(`/api/whatsapp/status?accountId=${'a'.repeat(40_000)}`),
  get('/api/whatsapp/status', [['X-Long', 'a'.repeat(40_000)]]),
  get(
    '/api/whatsapp/status',
    Array.from({ length: 3_000 }, (_, n) => [`X-${n}`, 'value'] as const),
  ),
);

const STATUS = '/api/whatsapp/status';
const smuggled = `POST /api/whatsapp/disconnect HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${CANARY.length}\r\n\r\n${CANARY}`;

export const brokenProtocol = fc
  .oneof(
    fc
      .constantFrom(
        `GET ${STATUS} HTTP/1.1\r\n\r\n`,
        `GET ${STATUS} HTTP/1.0\r\n\r\n`,
        `GET ${STATUS}\r\n\r\n`,
        `GET ${STATUS} HTTP/9.9\r\nHost: localhost\r\n\r\n`,
        `GET ${STATUS} HTTP/1.1\r\nHost: localhost\r\nBad Name: x\r\n\r\n`,
        `GET ${STATUS} HTTP/1.1\r\nHost: localhost\r\nX: a\u0000b\r\n\r\n`,
        `GET ${STATUS} HTTP/1.1\r\nHost : localhost\r\n\r\n`,
        `GET ${STATUS} HTTP/1.1\r\nHost: localhost\r\n folded\r\n\r\n`,
        `GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n`,
        `GET \u0001 HTTP/1.1\r\nHost: localhost\r\n\r\n`,
        'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
        '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003',
        'EHLO localhost\r\n',
        `POST /api/whatsapp/pair HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n`,
        `POST /api/whatsapp/pair HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1e3\r\n\r\n`,
        `POST /api/whatsapp/pair HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}   `,
        `POST /api/whatsapp/pair HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999999999999999999\r\n\r\n`,
        `POST /api/whatsapp/pair HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n${smuggled}`,
        `POST /api/whatsapp/pair HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${smuggled}`,
        `POST /api/whatsapp/pair HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`,
        `POST /api/whatsapp/pair HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n`,
        `POST /api/whatsapp/pair HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n`,
        `POST /api/whatsapp/pair HTTP/1.1\nHost: localhost\nContent-Length: 1\n\n{`,
        'CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n',
      )
      .map((text) => Buffer.from(text, 'latin1')),
    fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  )
  .map((bytes): BadRequest => ({ bytes, end: true, mayBeSilent: true }));

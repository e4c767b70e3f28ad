import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { brokenProtocol, oddMethods, oversized, unknownPaths } from './bad-transport.js';
import { badObject, malformed, notAnId, secret, unknownName } from './bad-values.js';
import { CANARY, CLOSE, get, HOST, JSON_TYPE, post, reading, writing } from './bad-request.js';
import type { BadRequest } from './bad-request.js';
import { bytesOf, chunked } from '../clients/raw-http.js';

const badBodies = fc.oneof(
  fc.tuple(writing, badObject).map(([target, body]) => post(target, body)),
  fc.tuple(writing, malformed).map(([target, body]) => post(target, body)),
  fc.tuple(writing, secret).map(([target, text]) => ({
    ...post(target, JSON.stringify({ [text]: 1 })),
    secret: text,
  })),
  fc.tuple(writing, secret).map(([target, text]) => ({
    ...post(target, JSON.stringify({ accountId: `${text}?` })),
    secret: text,
  })),
  fc.tuple(writing, fc.uint8Array({ minLength: 1, maxLength: 100 })).map(([target, bytes]) => {
    // The first byte ensures that random bytes are never a valid body.
    return post(target, Buffer.concat([Buffer.from([0xff]), bytes]));
  }),
  fc.tuple(writing, badObject).map(([target, body]) => ({
    bytes: bytesOf({
      method: 'POST',
      target,
      headers: [HOST, CLOSE, JSON_TYPE, ['Transfer-Encoding', 'chunked']],
      body: chunked(body.slice(0, 1), body.slice(1)),
    }),
    end: false,
  })),
);

const badTypes = fc
  .tuple(
    writing,
    fc.constantFrom(
      'text/plain',
      'text/json',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'multipart/form-data',
      'application/xml',
      'application/jsonp',
      'application/json5',
      'application/vnd.api+json',
      'application/json, text/plain',
      'application/*',
      '*/*',
      'json',
      '',
      ';',
      'application/json; charset=iso-8859-1',
      'application/json; charset=nonsense',
      'application/json; charset=utf-99',
      'application/json\u00a0',
    ),
  )
  .map(([target, type]) => post(target, CANARY, [['Content-Type', type]]));

const PADDED = `${' '.repeat(17_000)}${CANARY}`;

const badEncodings = fc
  .tuple(
    writing,
    fc.constantFrom<readonly [string, Buffer]>(
      ['gzip', Buffer.from(CANARY)],
      ['deflate', Buffer.from(CANARY)],
      ['br', Buffer.from(CANARY)],
      ['gzip', gzipSync(CANARY).subarray(0, 12)],
      ['gzip', gzipSync(PADDED)],
      ['gzip', gzipSync(Buffer.alloc(4_000_000, ' '))],
      ['deflate', deflateSync(PADDED)],
      ['br', brotliCompressSync(PADDED)],
      ['gzip', gzipSync('{"accountId":5}')],
      ['gzip, gzip', gzipSync(gzipSync(CANARY))],
      ['compress', Buffer.from(CANARY)],
      ['nonsense', Buffer.from(CANARY)],
      ['identity, gzip', gzipSync(CANARY)],
      ['', Buffer.from('{"accountId":""}')],
    ),
  )
  .map(([target, [encoding, body]]) => post(target, body, [JSON_TYPE, ['Content-Encoding', encoding]]));

const large = fc
  .tuple(writing, fc.integer({ min: 16_385, max: 60_000 }), fc.constantFrom('pad', 'field', 'id', 'chunked'))
  .map(([target, size, kind]): BadRequest => {
    const padded = `${' '.repeat(size)}${CANARY}`;
    if (kind === 'field') return post(target, JSON.stringify({ ['x'.repeat(size)]: 1 }));
    if (kind === 'id') return post(target, JSON.stringify({ accountId: 'x'.repeat(size) }));
    if (kind === 'pad') return post(target, padded);
    return {
      bytes: bytesOf({
        method: 'POST',
        target,
        headers: [HOST, CLOSE, JSON_TYPE, ['Transfer-Encoding', 'chunked']],
        body: chunked(padded.slice(0, 9_000), padded.slice(9_000)),
      }),
      end: false,
    };
  });

const lyingLengths = fc
  .tuple(writing, fc.integer({ min: 1, max: 40_000 }), fc.boolean())
  .map(([target, length, declared]): BadRequest => {
    const sizes = declared
      ? [['Content-Length', String(length + CANARY.length)] as const]
      : [['Transfer-Encoding', 'chunked'] as const];
    const body = declared ? CANARY : `ff\r\n${CANARY}`;
    return {
      bytes: bytesOf({ method: 'POST', target, headers: [HOST, CLOSE, JSON_TYPE, ...sizes], body }),
      end: true,
    };
  });

const shortLengths = fc
  .tuple(writing, fc.integer({ min: 1, max: CANARY.length - 1 }))
  .map(([target, length]): BadRequest => {
    const headers = [HOST, CLOSE, JSON_TYPE, ['Content-Length', String(length)]] as const;
    return { bytes: bytesOf({ method: 'POST', target, headers, body: CANARY }), end: false };
  });

const encoded = (text: string): string => encodeURIComponent(Buffer.from(text).toString());

const badQueries = fc.oneof(
  fc.tuple(reading, notAnId).map(([target, id]) => get(`${target}?accountId=${encoded(id)}`)),
  fc.tuple(reading, secret).map(([target, text]) => ({
    ...get(`${target}?accountId=%2B${encoded(text)}`),
    secret: text,
  })),
  fc
    .tuple(reading, unknownName)
    .filter(([target, name]) => target !== '/api/whatsapp/pair/qr' || !['format', 'waitMs'].includes(name))
    .map(([target, name]) => get(`${target}?accountId=canary&${encoded(name)}=1`)),
  fc
    .tuple(
      reading,
      fc.constantFrom(
        'accountId=a&accountId=b',
        'accountId=canary&accountId=canary',
        'accountId[]=canary',
        'accountId[x]=canary',
        'accountId=%',
        'accountId=%zz',
        'accountId=%ff',
        'accountId=%00',
        'accountId=a%0a',
        'accountId=a+b',
        'accountId',
        '=',
        '=canary',
        '?accountId=canary',
        '%61ccountId=a&accountId=b',
        '__proto__=1',
        '__proto__[accountId]=canary',
        'constructor.prototype=1',
        'a=1'.repeat(1_500),
        Array.from({ length: 1_200 }, (_, n) => `a${n}=`).join('&'),
      ),
    )
    .map(([target, query]) => get(`${target}?${query}`)),
  fc
    .constantFrom(
      'format=',
      'format=gif',
      'format=SVG',
      'format=svg&format=png',
      'format=__proto__',
      'waitMs=',
      'waitMs=-1',
      'waitMs=30001',
      'waitMs=1.5',
      'waitMs=1e3',
      'waitMs=0x10',
      'waitMs=NaN',
      'waitMs=99999999999999999999',
      'waitMs=1&waitMs=1',
      'waitMs=%201',
    )
    .map((query) => get(`/api/whatsapp/pair/qr?accountId=canary&${query}`)),
);

const misplaced = fc.oneof(
  fc
    .tuple(reading, fc.oneof(badObject, malformed, fc.constant(CANARY)), fc.boolean())
    .map(([target, body, typed]) => {
      const length = ['Content-Length', String(Buffer.byteLength(body))] as const;
      const headers = [HOST, CLOSE, ...(typed ? [JSON_TYPE] : []), length];
      return { bytes: bytesOf({ method: 'GET', target, headers, body }), end: false };
    }),
  fc
    .tuple(writing, fc.constantFrom('accountId=canary', 'accountId=', 'x=1', '__proto__=1', '='))
    .map(([target, query]) => post(`${target}?${query}`, CANARY)),
);

const pipelined = fc.tuple(badQueries, fc.oneof(badBodies, badQueries)).map(([first, second]): BadRequest => {
  const kept = first.bytes.toString('latin1').replace('Connection: close\r\n', '');
  return { bytes: Buffer.concat([Buffer.from(kept, 'latin1'), second.bytes]), end: false };
});

/** Requests that the service must refuse with a 4xx. */
export const badRequest: fc.Arbitrary<BadRequest> = fc.oneof(
  { weight: 6, arbitrary: badBodies },
  { weight: 2, arbitrary: badTypes },
  { weight: 2, arbitrary: badEncodings },
  { weight: 1, arbitrary: large },
  { weight: 1, arbitrary: lyingLengths },
  { weight: 1, arbitrary: shortLengths },
  { weight: 6, arbitrary: badQueries },
  { weight: 2, arbitrary: misplaced },
  { weight: 1, arbitrary: oddMethods },
  { weight: 2, arbitrary: unknownPaths },
  { weight: 1, arbitrary: oversized },
  { weight: 3, arbitrary: brokenProtocol },
  { weight: 1, arbitrary: pipelined },
);

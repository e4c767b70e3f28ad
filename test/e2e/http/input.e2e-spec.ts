import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { badRequest } from '../../support/requests/bad-requests.js';
import { CLOSE, get, HOST, JSON_TYPE, jsonType, post, WRITING } from '../../support/requests/bad-request.js';
import type { BadRequest } from '../../support/requests/bad-request.js';
import { bytesOf, chunked, sendRaw } from '../../support/clients/raw-http.js';
import { expectRefusal } from '../../support/refusal.js';
import { SHORT_TIMINGS, SOON_ALONE } from '../../support/processes/service-timings.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { timeLimitSince } from '../../support/time/time-limit.js';

const REQUESTS = 2_400;
/** 1 KiB for each request, for compiled code and caches. Their size does not double with the number of requests. */
const GROWTH_BYTES = REQUESTS * 1_024;

let setup: TestEnvironment;

function posted(body: Buffer | string, headers: readonly (readonly [string, string])[]): Buffer {
  return post(WRITING[0], body, headers).bytes;
}

function nestedObjects(depth: number): unknown {
  let value: unknown = 'canary';
  for (let level = 0; level < depth; level += 1) value = { a: value };
  return value;
}

beforeAll(async () => {
  // The account `pairing` shows its first code until all requests are sent.
  const timings = { ...SHORT_TIMINGS, ...SOON_ALONE, firstCodeMs: 300_000, sessionLimitMs: 300_000 };
  setup = await TestEnvironment.create({ timings, nodeArgs: ['--expose-gc'] });
});
afterAll(() => setup.close());

async function refused({ bytes, end, secret, mayBeSilent }: BadRequest): Promise<void> {
  const answers = await sendRaw(setup.service.url, bytes, { end });
  try {
    if (!mayBeSilent) expect(answers.length).toBeGreaterThan(0);
    for (const answer of answers) expectRefusal(answer, secret);
  } catch (cause) {
    throw new Error(`wrongly answered: ${JSON.stringify(bytes.toString('latin1').slice(0, 400))}`, { cause });
  }
}

/** Everything that a bad request must not change, as one text. */
async function state(): Promise<string> {
  const { service, simulator } = setup;
  const { openSockets, counters, devices } = await simulator.control.state();
  return JSON.stringify([
    await service.status('canary'),
    (await service.view('pairing')).body,
    await service.status('default'),
    (await service.view('default')).body,
    await service.peaks(),
    // Keep-alive pings are not counted, nor the app state, which an account syncs some time after it was linked.
    [openSockets, devices.length, { ...counters, pings: 0, appStateQueries: 0 }],
  ]);
}

describe('bad input', () => {
  it('thousands of bad requests are refused in the documented form, change nothing and leave no resources behind', async () => {
    await setup.link('canary');
    await setup.service.pair('pairing');
    await setup.service.qr('pairing');
    for (const request of fc.sample(badRequest, { numRuns: 300, seed: 1 })) await refused(request);
    const before = await state();
    const used = await setup.service.usage();
    const view = JSON.stringify((await setup.service.view('pairing')).body);
    await fc.assert(
      fc.asyncProperty(badRequest, async (request) => {
        await refused(request);
        expect(JSON.stringify((await setup.service.view('pairing')).body)).toBe(view);
      }),
      { numRuns: REQUESTS },
    );
    expect(await state()).toBe(before);
    await setup.service.resourcesFallTo(used.resources);
    const { heapUsed, warnings } = await setup.service.usage();
    expect(heapUsed - used.heapUsed).toBeLessThan(GROWTH_BYTES);
    expect(warnings).toEqual(used.warnings);
    expect(setup.service.output).not.toMatch(/ERROR|internal_error/);
  }, 90_000);

  it.each<[what: string, status: number, code: string, path: string, body: unknown]>([
    ['an empty accountId', 400, 'invalid_request', '', { accountId: '' }],
    ['null', 400, 'invalid_request', '', { accountId: null }],
    ['a number', 400, 'invalid_request', '', { accountId: 123 }],
    ['an array', 400, 'invalid_request', '', { accountId: ['a'] }],
    ['an object', 400, 'invalid_request', '', { accountId: { a: 1 } }],
    ['65 characters', 400, 'invalid_request', '', { accountId: 'x'.repeat(65) }],
    ['a trailing newline', 400, 'invalid_request', '', { accountId: 'a\n' }],
    ['a misspelt field', 400, 'invalid_request', '', { acountId: 'sales' }],
    ['an array as body', 400, 'invalid_request', '', []],
    ['a text as body', 400, 'invalid_json', '', 'canary'],
    ['null as body', 400, 'invalid_json', '', null],
    ['a query', 400, 'invalid_request', '?accountId=canary', { accountId: 'canary' }],
    ['1,200 nested objects', 400, 'invalid_request', '', { accountId: nestedObjects(1_200) }],
    ['more than 16 KiB', 413, 'body_too_large', '', { accountId: 'x'.repeat(16_384) }],
  ])('every route with a body answers %s with %i %s', async (_, status, code, path, body) => {
    for (const route of WRITING) {
      const answer = await setup.service.call('POST', route + path, body);
      expect([answer.status, answer.body]).toMatchObject([status, { ok: false, statusCode: status, code }]);
    }
  });

  it.each(['__proto__', 'constructor', 'prototype', 'toString'])(
    'the routes refuse a field with the name %s',
    async (name) => {
      const headers = { 'content-type': 'application/json' };
      const body = `{"${name}":{"accountId":"canary"},"accountId":"canary"}`;
      const posted = await fetch(`${setup.service.url}/api/whatsapp/disconnect`, {
        method: 'POST',
        headers,
        body,
      });
      const read = await fetch(`${setup.service.url}/api/whatsapp/status?accountId=canary&${name}=1`);
      for (const answer of [posted, read]) {
        expect(answer.status).toBe(400);
        expect(await answer.json()).toMatchObject({
          code: 'invalid_request',
          message: `The field "${name}" is not known. Remove it.`,
        });
      }
    },
  );

  it('a query with thousands of repeated names is refused quickly', async () => {
    const begun = performance.now();
    const [answer] = await sendRaw(
      setup.service.url,
      get(`/api/whatsapp/status?${'a&'.repeat(8_000)}`).bytes,
    );
    expect(answer?.status).toBe(400);
    // This takes a few milliseconds. It takes 3,500 when each repeated name copies all values before it.
    expect(performance.now() - begun).toBeLessThan(timeLimitSince(begun, 1_500));
  });

  it.each<[what: string, status: number, code: string, bytes: Buffer | string]>([
    [
      'another content type',
      415,
      'unsupported_media_type',
      posted('{"accountId":"a"}', [['Content-Type', 'text/plain']]),
    ],
    ['no content type', 415, 'unsupported_media_type', posted('{"accountId":"a"}', [])],
    [
      'another charset',
      415,
      'unsupported_media_type',
      posted('{"accountId":"a"}', [jsonType('; charset=latin1')]),
    ],
    [
      'an unknown encoding',
      415,
      'unsupported_media_type',
      posted('{"accountId":"a"}', [JSON_TYPE, ['Content-Encoding', 'compress']]),
    ],
    [
      'a body that is too large after decompression',
      413,
      'body_too_large',
      posted(gzipSync(Buffer.alloc(10_000_000, ' ')), [JSON_TYPE, ['Content-Encoding', 'gzip']]),
    ],
    [
      '7,000 nested arrays',
      400,
      'invalid_request',
      posted(`{"accountId":${'['.repeat(7_000)}${']'.repeat(7_000)}}`, [JSON_TYPE]),
    ],
    [
      'a chunked array',
      400,
      'invalid_request',
      bytesOf({
        method: 'POST',
        target: WRITING[0],
        headers: [HOST, CLOSE, JSON_TYPE, ['Transfer-Encoding', 'chunked']],
        body: chunked('[]'),
      }),
    ],
    ['malformed JSON', 400, 'invalid_json', posted('{"accountId":', [JSON_TYPE])],
    ['no Host', 403, 'cross_site', 'GET /api/whatsapp/status HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['bytes that are not HTTP', 400, 'invalid_request', 'EHLO localhost\r\n\r\n'],
    ['long headers', 431, 'headers_too_large', `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
    ['CONNECT', 404, 'not_found', 'CONNECT localhost:1 HTTP/1.1\r\nHost: localhost:1\r\n\r\n'],
    ['OPTIONS', 404, 'not_found', bytesOf({ method: 'OPTIONS', target: WRITING[0], headers: [HOST, CLOSE] })],
    [
      'an unknown path',
      404,
      'not_found',
      bytesOf({ method: 'GET', target: '/none', headers: [HOST, CLOSE] }),
    ],
  ])('the service answers %s with %i %s', async (_, status, code, bytes) => {
    const [answer] = await sendRaw(setup.service.url, bytes);
    if (!answer) throw new Error('the service sent no answer');
    const error = expectRefusal(answer);
    expect([answer.status, error.code]).toEqual([status, code]);
  });
});

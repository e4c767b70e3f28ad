import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CLOSE, HOST, JSON_TYPE, jsonType, post } from '../../support/requests/bad-request.js';
import { bytesOf, chunked, sendRaw } from '../../support/clients/raw-http.js';
import { SHORT_TIMINGS, SOON_ALONE } from '../../support/processes/service-timings.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';

const ODD_IDS = ['__proto__', 'constructor', 'toString', 'CON', '-', '_', 'Acme', 'acme', 'x'.repeat(64)];

let setup: TestEnvironment;

function stop(body: Buffer | string, ...headers: readonly (readonly [string, string])[]): Buffer {
  const typed = headers.some(([name]) => name === 'Content-Type') ? headers : [JSON_TYPE, ...headers];
  return post('/api/whatsapp/pair/stop', body, typed).bytes;
}

beforeAll(async () => {
  const timings = { ...SHORT_TIMINGS, ...SOON_ALONE, firstCodeMs: 300_000, sessionLimitMs: 300_000 };
  setup = await TestEnvironment.create({ timings, nodeArgs: ['--expose-gc'] });
});
afterAll(() => setup.close());

describe('unusual but valid input', () => {
  const EMPTY_CHUNKS: [string, string] = ['Transfer-Encoding', 'chunked'];

  it.each<[method: string, path: string]>([
    ['GET', '/api/whatsapp/status?accountId=empty'],
    ['GET', '/api/whatsapp/accounts'],
    ['POST', '/api/whatsapp/pair/stop'],
    ['POST', '/api/whatsapp/disconnect'],
  ])('%s %s accepts an empty chunked body as none', async (method, target) => {
    for (const type of [[], [JSON_TYPE]]) {
      const head = bytesOf({ method, target, headers: [HOST, CLOSE, EMPTY_CHUNKS, ...type] });
      for (const pauseMs of [0, 50]) {
        const [answer] = await sendRaw(setup.service.url, [head, chunked()], { pauseMs });
        expect([type, pauseMs, answer?.status]).toEqual([type, pauseMs, 200]);
      }
    }
  });

  it.each<[method: string, path: string]>([
    ['GET', '/api/whatsapp/status'],
    ['GET', '/api/whatsapp/accounts'],
    ['POST', '/api/whatsapp/pair/stop'],
  ])('%s %s refuses a chunked body that has data and no type', async (method, target) => {
    const head = bytesOf({ method, target, headers: [HOST, CLOSE, EMPTY_CHUNKS] });
    for (const pauseMs of [0, 50]) {
      const [answer] = await sendRaw(setup.service.url, [head, chunked('{"accountId":"canary"}')], {
        pauseMs,
      });
      expect([pauseMs, answer?.status]).toEqual([pauseMs, method === 'GET' ? 400 : 415]);
    }
  });

  it('unusual names are ordinary accounts, independent of each other', async () => {
    const { service } = setup;
    for (const [index, accountId] of ODD_IDS.entries()) {
      expect((await service.pair(accountId)).body).toEqual({ ok: true, accountId, status: 'pending' });
      for (const later of ODD_IDS.slice(index + 1)) expect((await service.status(later)).status).toBe('idle');
    }
    const codes = await Promise.all(ODD_IDS.map(async (accountId) => (await service.qr(accountId)).value));
    expect(new Set(codes).size).toBe(ODD_IDS.length);
    for (const [index, accountId] of ODD_IDS.entries()) {
      expect((await service.stopPairing(accountId)).body).toEqual({ ok: true, accountId, status: 'idle' });
      for (const later of ODD_IDS.slice(index + 1))
        expect((await service.status(later)).status).toBe('pending');
    }
  });

  it.each(['__proto__', 'constructor', 'CON'])(
    'the account %s can be linked and disconnected',
    async (accountId) => {
      const phone = await setup.link(accountId);
      expect(await setup.service.status(accountId)).toMatchObject({ accountId, servicePhone: phone });
      expect((await setup.service.disconnect(accountId)).body).toEqual({ ok: true, accountId });
      expect(await setup.service.status(accountId)).toMatchObject({ status: 'idle', authExists: false });
    },
  );

  it('the ids Acme and acme are different accounts when one of them is linked', async () => {
    await setup.link('Acme');
    expect(await setup.service.status('acme')).toMatchObject({ status: 'idle', authExists: false });
    await setup.service.disconnect('acme');
    expect(await setup.service.status('Acme')).toMatchObject({ status: 'connected' });
    await setup.service.disconnect('Acme');
  });

  it.each<[what: string, bytes: Buffer]>([
    ['no body', bytesOf({ method: 'POST', target: '/api/whatsapp/pair/stop', headers: [HOST, CLOSE] })],
    ['an empty body', post('/api/whatsapp/pair/stop', '', []).bytes],
    ['a compressed body', stop(gzipSync('{}'), ['Content-Encoding', 'gzip'])],
    ['a charset', stop('{}', jsonType('; charset=UTF-8'))],
    ['a body of 16 KiB', stop(`${' '.repeat(16_382)}{}`)],
    ['an empty query', post('/api/whatsapp/pair/stop?', '{}').bytes],
    ['Expect', stop('{}', ['Expect', '100-continue'])],
    [
      'chunks',
      bytesOf({
        method: 'POST',
        target: '/api/whatsapp/pair/stop',
        headers: [HOST, CLOSE, JSON_TYPE, ['Transfer-Encoding', 'chunked']],
        body: chunked('{', '}'),
      }),
    ],
    [
      'HTTP/1.0',
      bytesOf({ method: 'POST', target: '/api/whatsapp/pair/stop', version: 'HTTP/1.0', headers: [HOST] }),
    ],
  ])('POST /pair/stop accepts %s', async (_, bytes) => {
    const answers = await sendRaw(setup.service.url, bytes);
    const answer = answers.at(-1);
    expect([answer?.status, answer?.body]).toEqual([
      200,
      '{"ok":true,"accountId":"default","status":"idle"}',
    ]);
  });

  it('both of two pipelined requests are answered', async () => {
    const { url } = setup.service;
    const ask = (id: string): string =>
      `GET /api/whatsapp/status?accountId=${id} HTTP/1.1\r\nHost: localhost\r\n`;
    const answers = await sendRaw(url, `${ask('first')}\r\n${ask('second')}Connection: close\r\n\r\n`);
    expect(answers.map(({ body }) => (JSON.parse(body) as { accountId: string }).accountId)).toEqual([
      'first',
      'second',
    ]);
  });

  it('status requests about unknown accounts cost no memory', async () => {
    const { url } = setup.service;
    const ask = async (round: string): Promise<void> => {
      const count = 3_000;
      const requests = Array.from(
        { length: count },
        (_, n) =>
          `GET /api/whatsapp/status?accountId=${round}-${n} HTTP/1.1\r\nHost: localhost\r\n${n === count - 1 ? 'Connection: close\r\n' : ''}\r\n`,
      );
      expect(await sendRaw(url, requests.join(''))).toHaveLength(count);
    };
    for (const round of ['cold', 'warmer', 'warm']) await ask(round);
    const { heapUsed } = await setup.service.usage();
    await ask('one');
    await ask('two');
    expect((await setup.service.usage()).heapUsed - heapUsed).toBeLessThan(600_000);
  }, 90_000);
});

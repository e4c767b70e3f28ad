import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectRefusal, QrClient, QUIET } from '../../support/clients/qr-client.js';
import type { Shown } from '../../support/clients/qr-client.js';
import { readHalfBlocks, readPicture } from '../../support/clients/read-qr.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { ratioOfTimes } from '../../support/ratio-of-times.js';

let setup: TestEnvironment;
let qr: QrClient;

beforeAll(async () => {
  setup = await TestEnvironment.create(QUIET);
  qr = new QrClient(setup);
});
afterAll(() => setup.close());

const TYPES = {
  svg: 'image/svg+xml',
  png: 'image/png',
  text: 'text/plain; charset=utf-8',
  json: 'application/json; charset=utf-8',
} as const;
type Format = keyof typeof TYPES;

async function read(format: Format, answer: Shown): Promise<string | undefined> {
  if (format === 'json') return qr.codeIn(answer).value;
  return format === 'text' ? readHalfBlocks(answer.bytes.toString()) : readPicture(answer.bytes);
}

describe('GET /pair/qr', () => {
  it('the code can be read back from every format, each with its own content type and ETag', async () => {
    const { code } = await qr.start('formats');
    const tags = new Set<string | null>();
    for (const format of ['svg', 'png', 'text', 'json'] as const) {
      const answer = await qr.get('formats', `&format=${format}`, { accept: 'text/html' });
      expect([format, answer.status, answer.headers.get('content-type')]).toEqual([
        format,
        200,
        TYPES[format],
      ]);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.get('vary')).toBe('Accept');
      expect([format, await read(format, answer)]).toEqual([format, code.value]);
      tags.add(answer.headers.get('etag'));
    }
    expect(tags.size).toBe(4);
    for (const tag of tags) expect(tag).toMatch(/^"[\w-]+"$/);
  });

  it.each<[accept: string, format: Format]>([
    ['*/*', 'svg'],
    ['image/*', 'svg'],
    ['image/png', 'png'],
    ['IMAGE/PNG', 'png'],
    ['text/plain', 'text'],
    ['text/*', 'text'],
    ['application/json', 'json'],
    ['image/png;q=0.5, application/json', 'json'],
    ['image/svg+xml;q=0.1, text/plain;q=0.9', 'text'],
    ['image/svg+xml;q=0, */*', 'png'],
    ['text/html, */*;q=0.1', 'svg'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8', 'svg'],
    ['image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8', 'svg'],
  ])('a request with Accept: %s is answered with %s', async (accept, format) => {
    await setup.service.qr('formats');
    const answer = await qr.get('formats', '', { accept });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, TYPES[format]]);
  });

  it.each(['text/html', 'image/gif', 'application/xml;q=0.9', '*/*;q=0', 'nonsense'])(
    'a request with Accept: %s is answered 406',
    async (accept) => {
      const answer = qr.get('formats', '', { accept });
      await expectRefusal(answer, { statusCode: 406, code: 'not_acceptable' });
      expect((await answer).headers.get('vary')).toBe('Accept');
    },
  );

  it('an image is drawn once: a request for it takes as long as one for the text', async () => {
    await qr.start('drawn');
    const timeOf = async (format: Format): Promise<number> => {
      const begun = performance.now();
      expect((await qr.get('drawn', `&format=${format}`)).status).toBe(200);
      return performance.now() - begun;
    };
    // A request that draws a PNG image takes five times as long.
    const { low } = await ratioOfTimes(
      () => timeOf('png'),
      () => timeOf('json'),
    );
    expect(low).toBeLessThan(2);
  });

  it('HEAD is answered with the headers of GET', async () => {
    const path = `${setup.service.url}/api/whatsapp/pair/qr?accountId=formats&format=png`;
    const [head, full] = [await fetch(path, { method: 'HEAD' }), await fetch(path)];
    expect([head.status, (await head.arrayBuffer()).byteLength]).toEqual([200, 0]);
    for (const name of ['content-type', 'content-length', 'etag', 'cache-control', 'vary']) {
      expect([name, head.headers.get(name)]).toEqual([name, full.headers.get(name)]);
    }
    await full.arrayBuffer();
  });
});

describe('a client that has a code already', () => {
  it('a client with the current code gets 304, also with a list, a weak tag or *', async () => {
    const { etag } = await qr.start('known');
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const answer = await qr.get('known', '&format=json', { 'if-none-match': tag });
      expect([tag, answer.status, answer.bytes.length]).toEqual([tag, 304, 0]);
      expect(answer.headers.get('etag')).toBe(etag);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.get('vary')).toBe('Accept');
    }
  });

  it('a client with the current code gets it in another format', async () => {
    const { etag } = await qr.start('known');
    expect((await qr.get('known', '&format=svg', { 'if-none-match': etag })).status).toBe(200);
  });

  it('a client gets a newer code as soon as there is one, with the next number', async () => {
    const { code, etag } = await qr.start('known');
    const waiting = qr.get('known', '&format=json&waitMs=30000', { 'if-none-match': etag });
    await qr.redraw(code.value);
    const newer = qr.codeIn(await waiting);
    expect(newer).toMatchObject({ sequence: 2, of: 6, expiresAt: code.expiresAt });
    expect(newer.value).not.toBe(code.value);
    expect((await qr.get('known', '&format=json', { 'if-none-match': etag })).status).toBe(200);
  });

  it('a wait that ends without a newer code is answered 304', async () => {
    const { etag } = await qr.start('known');
    const before = performance.now();
    const answer = await qr.get('known', '&format=json&waitMs=300', { 'if-none-match': etag });
    expect([answer.status, answer.headers.get('etag')]).toEqual([304, etag]);
    expect(performance.now() - before).toBeGreaterThan(290);
  });

  it('a replaced session is not answered 304, although its code number is 1 again', async () => {
    const first = await qr.start('known');
    const second = await qr.start('known');
    expect([first.code.sequence, second.code.sequence]).toEqual([1, 1]);
    expect(second.etag).not.toBe(first.etag);
    expect((await qr.get('known', '&format=json', { 'if-none-match': first.etag })).status).toBe(200);
  });

  it('the code number never decreases when WhatsApp drops the socket', async () => {
    const { code, etag } = await qr.start('known');
    const waiting = qr.get('known', '&format=json&waitMs=30000', { 'if-none-match': etag });
    await setup.simulator.control.act({ type: 'cut' }, { qr: code.value });
    const next = qr.codeIn(await waiting);
    expect([next.sequence, next.of]).toEqual([2, 6]);
    expect(Date.parse(next.expiresAt)).toBeGreaterThan(Date.parse(code.expiresAt));
  });
});

describe('the secrets of a code', () => {
  it('no secret of a code appears in the most verbose log', () => {
    qr.expectUnlogged();
  });
});

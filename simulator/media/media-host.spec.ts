import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { downloadContentFromMessage } from '@whiskeysockets/baileys';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ChangeNotifier } from '../server/change-notifier.js';
import { Metrics } from '../server/metrics.js';
import { MediaHost, type MediaFault } from './media-host.js';

const FILE = Buffer.from('a file of some length');

describe('the media host', () => {
  const metrics = new Metrics(new ChangeNotifier());
  const media = new MediaHost(metrics);
  let server: Server;

  beforeAll(async () => {
    server = createServer((request, response) => {
      media.answer(request.url ?? '', request, response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const urlOf = (path: string): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  const urlWith = (fault?: MediaFault): string =>
    urlOf(media.offer(FILE, 'WhatsApp History Keys', fault).directPath);

  it('Baileys downloads and decrypts an offered file', async () => {
    const { directPath, mediaKey } = media.offer(FILE, 'WhatsApp History Keys');
    const stream = await downloadContentFromMessage({ mediaKey, url: urlOf(directPath) }, 'md-msg-hist');
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks)).toEqual(FILE);
  });

  it('an unknown file and a file with the fault not_found get 404', async () => {
    expect((await fetch(urlOf('/mms/unknown'))).status).toBe(404);
    expect((await fetch(urlWith('not_found'))).status).toBe(404);
  });

  it('the fault redirect answers with the address of another file', async () => {
    const { status, headers } = await fetch(urlWith('redirect'), { redirect: 'manual' });
    expect([status, headers.get('location')]).toEqual([302, '/mms/redirected']);
  });

  it('the faults endless and trickle send a body that does not end, and endless counts its end', async () => {
    for (const fault of ['endless', 'trickle'] as const) {
      const controller = new AbortController();
      const { body } = await fetch(urlWith(fault), { signal: controller.signal });
      let chunks = 0;
      for await (const _ of body ?? []) if ((chunks += 1) === 3) break;
      expect(chunks).toBe(3);
      controller.abort();
    }
    while (metrics.counter('mediaGivenUp') < 1) await new Promise((resolve) => setImmediate(resolve));
  });

  it('the fault silent accepts the request and does not answer', async () => {
    const before = metrics.counter('mediaRequests');
    const controller = new AbortController();
    const answer = fetch(urlWith('silent'), { signal: controller.signal });
    while (metrics.counter('mediaRequests') === before) await new Promise((resolve) => setImmediate(resolve));
    controller.abort(new Error('no answer'));
    await expect(answer).rejects.toThrow('no answer');
  });
});

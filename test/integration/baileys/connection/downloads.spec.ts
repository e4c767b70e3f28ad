import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener, type Server as HttpServer } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, LookupFunction, Server, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { downloadContentFromMessage, type WASocket } from '@whiskeysockets/baileys';
import {
  downloadSettingsFrom,
  type DownloadOptions,
  type OutgoingMediaOptions,
} from '../../../../src/baileys/downloads/download-options.js';
import { Downloads } from '../../../../src/baileys/downloads/downloads.js';

const file = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');
const certificate = file('self-signed.cert.pem');

/** A media host on loopback that answers by path, and a second server that must not be reached. */
class MediaHost {
  readonly requests: string[] = [];
  readonly inside: string[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly media: Server;
  private readonly internal: HttpServer;

  constructor() {
    const key = file('self-signed.key.pem');
    this.media = createServer({ key, cert: certificate }, this.answer);
    this.internal = createHttpServer((request, response) => {
      this.inside.push(request.url ?? '');
      response.end('a secret');
    });
    for (const server of [this.media, this.internal]) {
      server.on('connection', (socket: Socket) => {
        this.sockets.add(socket);
        socket.on('error', () => undefined);
      });
    }
  }

  async listen(): Promise<void> {
    for (const server of [this.media, this.internal]) {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    }
  }

  get url(): string {
    return `https://localhost:${(this.media.address() as AddressInfo).port}`;
  }

  get internalUrl(): string {
    return `http://127.0.0.1:${(this.internal.address() as AddressInfo).port}/secret`;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.media.close();
    this.internal.close();
  }

  private readonly answer: RequestListener = (request, response) => {
    const path = request.url ?? '';
    this.requests.push(path);
    switch (path) {
      case '/silent':
        return;
      case '/trickle': {
        response.write('a');
        const timer = setInterval(() => response.write('a'), 50);
        response.on('close', () => {
          clearInterval(timer);
        });
        return;
      }
      case '/large':
        response.end(Buffer.alloc(100_000));
        return;
      case '/endless': {
        const write = (): void => {
          if (!response.destroyed) response.write(Buffer.alloc(50_000), write);
        };
        write();
        return;
      }
      case '/inside':
        response.writeHead(302, { location: this.internalUrl }).end();
        return;
      case '/compressed':
        response.setHeader('content-encoding', 'gzip');
        response.end(gzipSync(Buffer.alloc(1_000_000)));
        return;
      case '/again':
        response.writeHead(302, { location: '/again' }).end();
        return;
      case '/moved':
        response.writeHead(302, { location: '/media' }).end();
        return;
      default:
        response.end('media');
    }
  };
}

describe('downloads', () => {
  let host: MediaHost;
  let downloads: Downloads | null = null;

  beforeEach(async () => {
    host = new MediaHost();
    await host.listen();
  });
  afterEach(async () => {
    await downloads?.close();
    host.close();
  });

  function start(options: DownloadOptions = {}, outgoing: OutgoingMediaOptions = {}) {
    downloads = new Downloads(
      downloadSettingsFrom(
        { hosts: ['localhost'], privateAddresses: ['127.0.0.1', '::1'], ca: certificate, ...options },
        outgoing,
      ),
    );
    const forSocket = downloads.forSocket();
    const { dispatcher } = forSocket;
    return {
      dispatcher,
      /** Fetches as Baileys does: with Node's own `fetch`, which follows redirects. */
      fetch: async (url: string): Promise<string> => {
        const response = await fetch(url, { dispatcher } as object);
        return response.text();
      },
      /** Plays a message of the host application: Baileys fetches the address while `sendMessage` runs. */
      send: (content: object, url: string): Promise<string> => sendWhen(Promise.resolve(), content, url),
      sendWhen,
    };
    async function sendWhen(mayFetch: Promise<void>, content: object, url: string): Promise<string> {
      let text = '';
      const socket = {
        sendMessage: async () => {
          await mayFetch;
          text = await (await fetch(url, { dispatcher } as object)).text();
        },
      } as unknown as Pick<WASocket, 'sendMessage'>;
      forSocket.watch(socket);
      await socket.sendMessage('1@s.whatsapp.net', content as never);
      return text;
    }
  }

  async function refusal(work: Promise<unknown>): Promise<string> {
    const error: unknown = await work.then(
      () => new Error('it was not refused'),
      (thrown: unknown) => thrown,
    );
    // `fetch` fails with the reason as its cause. After the headers it drops the cause in Jest, whose errors are those of
    // another realm.
    const { message, cause } = error as Error & { readonly cause?: { readonly message: string } };
    return cause?.message ?? message;
  }

  it('media of an allowed host is downloaded', async () => {
    expect(await start().fetch(`${host.url}/media`)).toBe('media');
  });

  it('a host that only begins like WhatsApp’s is not requested, as Baileys builds the address of a peer', async () => {
    const { dispatcher } = start({ hosts: ['*.whatsapp.net', '*.fbcdn.net'] });
    for (const directPath of [
      '.attacker.example:443/r',
      '@attacker.example/r',
      ':443@localhost/r',
      '.localhost/',
    ]) {
      const media = { directPath, mediaKey: new Uint8Array(32), url: null };
      const options = { options: { dispatcher } as object };
      expect(await refusal(downloadContentFromMessage(media, 'md-msg-hist', options))).toMatch(
        /host is not WhatsApp’s|credentials/,
      );
    }
    expect(host.requests).toEqual([]);
  });

  it('a path that looks like an address of WhatsApp does not hide the host', async () => {
    const { port } = new URL(host.url);
    const { fetch } = start({ hosts: ['*.whatsapp.net'] });
    for (const url of [
      `${host.url}//mmg.whatsapp.net/media`,
      `${host.url}/\\\\mmg.whatsapp.net/media`,
      `https://127.0.0.1:${port}//mmg.whatsapp.net/media`,
    ]) {
      expect([url, await refusal(fetch(url))]).toEqual([
        url,
        expect.stringContaining('the host is not WhatsApp’s'),
      ]);
    }
    const options = start({ hosts: ['localhost'] });
    expect(await options.fetch(`${host.url}//mmg.whatsapp.net/media`)).toBe('media');
    expect(host.requests).toEqual(['//mmg.whatsapp.net/media']);
  });

  it.each([
    'http://mmg.whatsapp.net/',
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://whatsapp.net.example/',
    'https://xwhatsapp.net/',
    'https://2130706433/',
  ])('%s is refused before any connection', async (url) => {
    const lookup: LookupFunction = () => {
      throw new Error('looked up');
    };
    const { fetch } = start({ hosts: ['*.whatsapp.net'], lookup });
    expect(await refusal(fetch(url))).toMatch(/not https|host is not WhatsApp’s/);
  });

  it.each(['127.0.0.1', '10.0.0.1', '169.254.169.254', '::1', '::ffff:127.0.0.1'])(
    'a name of WhatsApp that leads to %s is refused, also when it led elsewhere before',
    async (address) => {
      let lookups = 0;
      const lookup: LookupFunction = (_name, _options, callback) => {
        lookups += 1;
        callback(null, [{ address, family: address.includes(':') ? 6 : 4 }]);
      };
      const { fetch } = start({ hosts: ['*.whatsapp.net'], privateAddresses: [], lookup });
      expect(await refusal(fetch('https://mmg.whatsapp.net/media'))).toMatch('private address');
      expect(lookups).toBe(1);
      expect(host.requests).toEqual([]);
    },
  );

  it('a redirect is refused, and its target is not requested', async () => {
    const { fetch } = start();
    expect(await refusal(fetch(`${host.url}/inside`))).toMatch('redirected');
    expect(await refusal(fetch(`${host.url}/moved`))).toMatch('redirected');
    expect(host.inside).toEqual([]);
    expect(host.requests).toEqual(['/inside', '/moved']);
  });

  it.each(['/silent', '/trickle'])(
    'a host that answers %s ends the download at its time limit',
    async (path) => {
      const { fetch } = start({ timeoutMs: 300 });
      expect(await refusal(fetch(host.url + path))).toMatch(/too long|^terminated$/);
    },
  );

  it('a connection that is never made ends at the time limit', async () => {
    const { fetch } = start({ timeoutMs: 300, lookup: () => undefined });
    expect(await refusal(fetch(`${host.url}/media`))).toMatch('too long');
  });

  it.each(['/large', '/endless'])('a body that is too large ends the download (%s)', async (path) => {
    const { fetch } = start({ maxBytes: 60_000 });
    expect(await refusal(fetch(host.url + path))).toMatch(/more than 60000 bytes|^terminated$/);
  });

  it('a compressed answer of WhatsApp’s hosts is refused, because its size is unknown', async () => {
    expect(await refusal(start().fetch(`${host.url}/compressed`))).toMatch('compressed');
    const url = `${host.url}/compressed`;
    expect(await start().send({ image: { url } }, url)).toHaveLength(1_000_000);
  });

  it('an address that the host application sends twice stays allowed until both messages are sent', async () => {
    const { sendWhen } = start({ hosts: [] });
    const url = host.internalUrl;
    let first = (): void => undefined;
    let second = (): void => undefined;
    const messages = [
      sendWhen(new Promise<void>((resolve) => (first = resolve)), { image: { url } }, url),
      sendWhen(new Promise<void>((resolve) => (second = resolve)), { image: { url } }, url),
    ];
    first();
    expect(await messages[0]).toBe('a secret');
    second();
    expect(await messages[1]).toBe('a secret');
  });

  it('an address of the host application can be on any host, only while its message is sent', async () => {
    const { send, fetch } = start({ hosts: [] });
    expect(await send({ image: { url: host.internalUrl } }, host.internalUrl)).toBe('a secret');
    expect(await send({ document: { url: new URL(host.internalUrl) } }, host.internalUrl)).toBe('a secret');
    expect(await refusal(fetch(host.internalUrl))).toMatch('not https');
    const other = host.internalUrl;
    expect(await refusal(send({ image: { url: `${host.url}/media` } }, other))).toMatch('not https');
  });

  it('an address of the host application is redirected a few times, and never to a private address', async () => {
    const [moved, again, inside] = ['/moved', '/again', '/inside'].map((path) => host.url + path) as [
      string,
      string,
      string,
    ];
    expect(await start().send({ image: { url: moved } }, moved)).toBe('media');
    await downloads?.close();
    expect(await refusal(start().send({ image: { url: again } }, again))).toMatch('redirected');
    expect(host.requests).toEqual(['/moved', '/media', '/again', '/again', '/again', '/again']);
    await downloads?.close();
    const { send } = start({ privateAddresses: [] });
    expect(await refusal(send({ image: { url: inside } }, inside))).toMatch('private address');
    await downloads?.close();
    expect(await refusal(start({}, { redirects: 0 }).send({ image: { url: moved } }, moved))).toMatch(
      'redirected',
    );
    expect(host.inside).toEqual([]);
  });

  it.each([
    ['/trickle', { timeoutMs: 300 }, /too long|^terminated$/],
    ['/silent', { timeoutMs: 300 }, /too long/],
    ['/endless', { maxBytes: 60_000 }, /more than 60000 bytes|^terminated$/],
  ])('an address of the host application has its own limits (%s)', async (path, limits, message) => {
    const url = host.url + path;
    expect(await refusal(start({}, limits).send({ video: { url } }, url))).toMatch(message);
  });
});

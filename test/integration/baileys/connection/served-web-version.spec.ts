import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BaileysGateway } from '../../../../src/baileys/baileys.gateway.js';
import type { WebVersion } from '../../../../src/whatsapp/domain/web-version.js';

const MEBIBYTE = 'x'.repeat(2 ** 20);

describe('BaileysGateway.fetchWebVersion', () => {
  let server: Server;
  let address: string;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  let requests: string[];

  beforeEach(async () => {
    requests = [];
    server = createServer((request, response) => {
      requests.push(request.url ?? '');
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  function serve(body: string): void {
    answer = (_request, response) => response.end(body);
  }

  function served(signal: AbortSignal = AbortSignal.timeout(60_000)): Promise<WebVersion> {
    return new BaileysGateway({ serverUrl: `ws://${address}/ws/chat` }).fetchWebVersion(signal);
  }

  it.each(['{"client_revision":1043857999,"x":1}', 'JSON.parse("{\\"client_revision\\": 1043857999}")'])(
    'the version is read from the service worker: %s',
    async (body) => {
      serve(`/* a */ ${body} /* b */`);
      expect(await served()).toEqual([2, 3000, 1043857999]);
      expect(requests).toEqual(['/sw.js']);
    },
  );

  it.each([
    '',
    '<html>too many requests</html>',
    '{"client_revision":"1043857999"}',
    '{"client_revision":0}',
    '{"client_revision":1043857999.5}',
    '{"client_revision":1e9}',
    '{"client_revision":4294967296}',
    '{"client_revision":-5}',
  ])('no version is guessed from %j', async (body) => {
    serve(body);
    await expect(served()).rejects.toThrow('client_revision');
  });

  it.each([404, 429, 500, 304])('no version is read from an answer with HTTP %d', async (status) => {
    answer = (_request, response) => response.writeHead(status).end();
    await expect(served()).rejects.toThrow(`HTTP ${status}`);
  });

  it('redirects within the same host are followed, and others are refused', async () => {
    answer = ({ url }, response) => {
      if (url === '/sw.js') response.writeHead(302, { location: '/new/sw.js' }).end();
      else response.end('{"client_revision":7}');
    };
    expect(await served()).toEqual([2, 3000, 7]);
    answer = (_request, response) => response.writeHead(302, { location: 'http://127.0.0.2/sw.js' }).end();
    await expect(served()).rejects.toThrow('another host');
    answer = (_request, response) => response.writeHead(302, { location: '/sw.js' }).end();
    await expect(served()).rejects.toThrow('too often');
  });

  it('at most four mebibytes of the service worker are read', async () => {
    let written = 0;
    answer = (_request, response) => {
      const more = (): void => {
        while (!response.destroyed && written < 64 && response.write(MEBIBYTE)) written += 1;
      };
      response.on('drain', () => {
        written += 1;
        more();
      });
      more();
    };
    await expect(served()).rejects.toThrow('larger than');
    expect(written).toBeLessThan(32);
  });

  it.each(['answers', 'continues'])(
    'the caller’s signal aborts the request before the server %s',
    async (when) => {
      const abort = new AbortController();
      const gone = new Promise<void>((resolve) => {
        answer = (request, response) => {
          request.on('close', resolve);
          if (when === 'continues') response.write('/* the beginning */');
          setImmediate(() => {
            abort.abort(new Error('aborted by the caller'));
          });
        };
      });
      await expect(served(abort.signal)).rejects.toThrow();
      await gone;
    },
  );
});

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runOpenLoopLoad } from '../../../bench/support/open-loop-load.js';

describe('runOpenLoopLoad', () => {
  let server: Server;
  let url: string;
  let status: number;

  beforeEach(async () => {
    server = createServer((_, response) => {
      response.writeHead(status, { 'content-length': 0 }).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  // `close` waits for the connections, so it shows that the load has closed them.
  afterEach(async () => {
    const closed = once(server, 'close');
    server.close();
    await closed;
  });

  it('a failed request ends the load at once, and the load closes its connections', async () => {
    status = 500;
    const forever = new Promise(() => undefined);
    const load = runOpenLoopLoad(url, ['/'], { perSecond: 100, until: forever });
    await expect(load).rejects.toThrow('HTTP/1.1 500');
  });

  it('the load ends when its promise settles', async () => {
    status = 200;
    const answered = once(server, 'request').then(() => undefined);
    const { perSecond, p99Ms } = await runOpenLoopLoad(url, ['/'], { perSecond: 100, until: answered });
    expect([perSecond, p99Ms].every((value) => value > 0)).toBe(true);
  });
});

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Visit {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/** The site of the company, to which page links lead after linking. */
export class ReturnSite {
  readonly visits: Visit[] = [];

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async open(): Promise<ReturnSite> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const returnSite = new ReturnSite(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    server.on('request', ({ url = '', headers }, response) => {
      returnSite.visits.push({ path: url, headers });
      response.setHeader('content-type', 'text/html').end('<title>Shop</title>Thank you');
    });
    return returnSite;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

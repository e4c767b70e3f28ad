import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An empty page, and a page that embeds it in a sandboxed frame without an own origin. */
const PAGES: Readonly<Record<string, string>> = {
  '/': '<!doctype html><title>foreign</title>',
  '/framed': '<!doctype html><iframe sandbox="allow-scripts allow-forms allow-popups" src="/"></iframe>',
};

/** A web site of another origin, under any host name that resolves to this machine. */
export class ForeignSite {
  private constructor(private readonly server: Server) {}

  static async open(): Promise<ForeignSite> {
    const server = createServer((request, response) => {
      const page = PAGES[request.url ?? ''];
      response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/html' }).end(page);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ForeignSite(server);
  }

  origin(name: string): string {
    return `http://${name}:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

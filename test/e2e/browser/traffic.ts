import type { CDPSession, Page } from 'playwright-core';

interface Received {
  readonly url: string;
  bytes: number;
}

/** What a page has fetched, and how many bytes came over the wire for it, heads included. */
export class Traffic {
  private readonly requests = new Map<string, Received>();

  static async watch(page: Page): Promise<Traffic> {
    const traffic = new Traffic();
    traffic.listen(await page.context().newCDPSession(page));
    return traffic;
  }

  get urls(): string[] {
    return [...this.requests.values()].map(({ url }) => url);
  }

  /** All that came, but for what the pattern matches. */
  bytes(without: RegExp): number {
    return [...this.requests.values()]
      .filter(({ url }) => !without.test(url))
      .reduce((sum, { bytes }) => sum + bytes, 0);
  }

  private listen(session: CDPSession): void {
    session.on('Network.requestWillBeSent', ({ requestId, request }) => {
      this.requests.set(requestId, { url: request.url, bytes: 0 });
    });
    session.on('Network.responseReceived', ({ requestId, response }) => {
      this.add(requestId, response.encodedDataLength);
    });
    session.on('Network.dataReceived', ({ requestId, encodedDataLength }) => {
      this.add(requestId, encodedDataLength);
    });
    session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      const received = this.requests.get(requestId);
      if (received) received.bytes = encodedDataLength;
    });
    void session.send('Network.enable');
  }

  private add(requestId: string, bytes: number): void {
    const received = this.requests.get(requestId);
    if (received) received.bytes += bytes;
  }
}

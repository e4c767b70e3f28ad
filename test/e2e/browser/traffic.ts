import type { CDPSession, Page } from 'playwright-core';

interface Received {
  readonly url: string;
  bytes: number;
}

/** Records the requests of a page and their received bytes, headers included. */
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

  /** Returns the received bytes of all requests whose URL does not match the pattern. */
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

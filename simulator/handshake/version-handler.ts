import type { IncomingMessage, ServerResponse } from 'node:http';
import { InvalidRequest } from '../faults/invalid-request.js';
import type { Metrics } from '../server/metrics.js';

export const SERVICE_WORKER_PATH = '/sw.js';
/** N of the version 2.3000.N that Baileys 7.0.0-rc14 pins (lib/Defaults, `version`). */
export const PINNED_REVISION = 1_043_857_760;
const VERSION = /^(\d{1,9})\.(\d{1,9})\.(\d{1,12})$/;

/** The answer to `GET /sw.js`. */
export interface ServedVersion {
  /** N of the version 2.3000.N in the answer. Default: the version of Baileys 7.0.0-rc14. */
  revision?: number;
  /** HTTP status, default 200. Any other status has an empty body. */
  status?: number;
  /** Delay of the answer. Default 0. */
  delayMs?: number;
  /** Replaces the text of the service worker. */
  body?: string;
}

export interface VersionsView {
  served: ServedVersion;
  least: string | null;
}

/** The current version of WhatsApp Web, and the lowest version that may connect. */
export class VersionHandler {
  private served: ServedVersion = {};
  private least: string | null = null;

  constructor(private readonly metrics: Metrics) {}

  /** @throws {InvalidRequest} when the status is not between 200 and 599 */
  serve(served: ServedVersion): void {
    const { status = 200 } = served;
    if (!Number.isInteger(status) || status < 200 || status > 599) {
      throw new InvalidRequest('status must be a whole number from 200 to 599');
    }
    this.served = served;
  }

  /** @throws {InvalidRequest} when the version is not three numbers */
  require(least: string | null): void {
    if (least !== null && !VERSION.test(least))
      throw new InvalidRequest('version must be three numbers, such as 2.3000.1');
    this.least = least;
  }

  refuses(version: string | undefined): boolean {
    return this.least !== null && compare(version ?? '0.0.0', this.least) < 0;
  }

  read(): VersionsView {
    return { served: this.served, least: this.least };
  }

  /** Answers `GET /sw.js` and closes the connection, so that this request leaves no open socket. */
  answer(request: IncomingMessage, response: ServerResponse): void {
    this.metrics.count('versionRequests');
    const {
      revision = PINNED_REVISION,
      status = 200,
      delayMs = 0,
      body = serviceWorker(revision),
    } = this.served;
    request.resume();
    const timer = setTimeout(() => {
      const text = status === 200 ? body : '';
      const length = Buffer.byteLength(text);
      response.writeHead(status, {
        'content-type': 'application/javascript; charset=utf-8',
        'content-length': length,
        connection: 'close',
      });
      response.end(text);
    }, delayMs);
    response.once('close', () => {
      clearTimeout(timer);
    });
  }
}

/** Returns the version in the form of web.whatsapp.com's service worker: JSON inside a string. */
function serviceWorker(revision: number): string {
  const data = { dynamic_data: { SiteData: { server_revision: revision, client_revision: revision } } };
  return `/*FB_PKG_DELIM*/\nself.__swData=JSON.parse(${JSON.stringify(JSON.stringify(data))});\n`;
}

function compare(left: string, right: string): number {
  const [lefts, rights] = [left, right].map((version) => version.split('.').map(Number));
  const differences = (lefts ?? []).map((number, index) => number - (rights?.[index] ?? 0));
  return differences.find((difference) => difference !== 0) ?? 0;
}

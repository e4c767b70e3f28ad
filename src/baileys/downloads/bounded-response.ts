// Node 20's `fetch` has handlers of the older form only.
/* eslint-disable @typescript-eslint/no-deprecated */
import type { Dispatcher } from 'undici';
import { DownloadRefused } from '../baileys.errors.js';
import type { Rule } from './given-addresses.js';

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

type Controller = Dispatcher.DispatchController;
type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2];

/**
 * Passes a response on to its handler, and ends it at a limit: time in all, bytes, redirects. An answer of WhatsApp must
 * not be compressed: `fetch` decompresses it behind this limit.
 * Node's `fetch` gives a handler of an older form (`onConnect`, `onHeaders`, …), so this class speaks both.
 */
export class BoundedResponse implements Dispatcher.DispatchHandler {
  private readonly timer: NodeJS.Timeout;
  private controller: Controller | null = null;
  private bytes = 0;
  private over = false;

  constructor(
    private readonly handler: Dispatcher.DispatchHandler,
    private readonly rule: Rule,
    private readonly onRedirect: (location: string) => void,
  ) {
    this.timer = setTimeout(
      () => {
        this.refuse(new DownloadRefused('it took too long'));
      },
      Math.max(0, rule.deadlineMs - performance.now()),
    );
  }

  /** Ends the response with an error. A request that has not started yet is aborted when it starts. */
  refuse(error: Error): void {
    if (this.over) return;
    const { controller } = this;
    this.fail(error);
    controller?.abort(error);
  }

  onRequestStart(controller: Controller, context: unknown): void {
    this.controller = controller;
    if (this.over) {
      controller.abort(new DownloadRefused('it took too long'));
      return;
    }
    if (this.handler.onRequestStart) this.handler.onRequestStart(controller, context);
    else {
      this.handler.onConnect?.((reason?: Error) => {
        controller.abort(reason ?? new DownloadRefused('it was aborted'));
      });
    }
  }

  onResponseStart(controller: Controller, status: number, headers: Headers, message?: string): void {
    if (this.over) return;
    if (REDIRECTS.has(status) && !this.follow(headers['location'])) return;
    if (this.rule.kind === 'whatsapp' && headers['content-encoding'] !== undefined) {
      this.refuse(new DownloadRefused('it is compressed'));
      return;
    }
    if (Number(headers['content-length'] ?? 0) > this.rule.maxBytes) {
      this.refuse(new DownloadRefused(`it has more than ${this.rule.maxBytes} bytes`));
      return;
    }
    if (this.handler.onRequestStart) {
      this.handler.onResponseStart?.(controller, status, headers, message);
      return;
    }
    const resume = (): void => {
      controller.resume();
    };
    const flows = this.handler.onHeaders?.(status, rawHeaders(headers), resume, message ?? '');
    if (flows === false) controller.pause();
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.over) return;
    this.bytes += chunk.length;
    if (this.bytes > this.rule.maxBytes) {
      this.refuse(new DownloadRefused(`it has more than ${this.rule.maxBytes} bytes`));
    } else if (this.handler.onRequestStart) this.handler.onResponseData?.(controller, chunk);
    else if (this.handler.onData?.(chunk) === false) controller.pause();
  }

  onResponseEnd(controller: Controller, trailers: Headers): void {
    if (this.over) return;
    this.end();
    if (this.handler.onRequestStart) this.handler.onResponseEnd?.(controller, trailers);
    else this.handler.onComplete?.(rawHeaders(trailers).map(String));
  }

  onResponseError(_controller: Controller | null, error: Error): void {
    if (!this.over) this.fail(error);
  }

  private follow(location: string | string[] | undefined): boolean {
    if (this.rule.redirects > 0) {
      if (typeof location === 'string') this.onRedirect(location);
      return true;
    }
    this.refuse(new DownloadRefused('it was redirected'));
    return false;
  }

  private fail(error: Error): void {
    this.end();
    if (this.handler.onResponseError) this.handler.onResponseError(this.controller as Controller, error);
    else this.handler.onError?.(error);
  }

  private end(): void {
    this.over = true;
    clearTimeout(this.timer);
  }
}

function rawHeaders(headers: Headers): Buffer[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().flatMap((one) => [Buffer.from(name, 'latin1'), Buffer.from(one, 'latin1')]),
  );
}

import {
  Inject,
  Injectable,
  Logger,
  OnApplicationBootstrap,
  OnModuleDestroy,
  OnModuleInit,
} from '@nestjs/common';
import { Subject } from 'rxjs';
import type { WebVersion } from '../domain/web-version.js';
import { compareWebVersions, isWebVersion, parseWebVersion, printWebVersion } from '../domain/web-version.js';
import { Clock } from '../ports/clock.js';
import type { Timer } from '../ports/clock.js';
import { ConfigRepository } from '../ports/config.repository.js';
import { WhatsappGateway } from '../ports/whatsapp.gateway.js';
import { WHATSAPP_OPTIONS } from '../whatsapp-options.js';
import type { WhatsappOptions } from '../whatsapp-options.js';

/** The last version with which a connection reached `open`, as text. */
const SETTING = 'webVersion';
/** Not in the way of the accounts that come back at start. */
const FIRST_FETCH_MS = 5_000;
const FETCH_EVERY_MS = 6 * 3_600_000;
const FETCH_LIMIT_MS = 5_000;
/** However many accounts are refused: WhatsApp limits addresses that keep asking. */
const REFUSED_FETCH_EVERY_MS = 60_000;

/**
 * Which version of WhatsApp Web logins announce. WhatsApp refuses versions that have grown too old (405), sometimes within
 * weeks of a release, so the newest one is asked for in the background; nothing ever waits for that but a refused login.
 */
@Injectable()
export class WebVersions implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('WhatsappWebVersion');
  private readonly pinned: WebVersion | null;
  private readonly refreshes: boolean;
  private reached: WebVersion | null = null;
  private fetched: WebVersion | null = null;
  private underWay: { readonly done: Promise<void>; readonly abort: AbortController } | null = null;
  private lastFetchMs = Number.NEGATIVE_INFINITY;
  private next: Timer | null = null;
  private stopped = false;
  private readonly newerFound = new Subject<void>();

  /** @throws TypeError for an option that is not valid */
  constructor(
    @Inject(WHATSAPP_OPTIONS) options: WhatsappOptions,
    private readonly config: ConfigRepository,
    private readonly gateway: WhatsappGateway,
    private readonly clock: Clock,
  ) {
    this.pinned = options.webVersion ?? null;
    if (this.pinned && !isWebVersion(this.pinned)) {
      throw new TypeError('webVersion must be three whole numbers of at most 32 bits.');
    }
    this.refreshes = this.pinned === null && (options.versionRefresh ?? true);
  }

  /** `current()` has become newer by itself: accounts that WhatsApp refused for their version can come back. */
  readonly newer = this.newerFound.asObservable();

  async onModuleInit(): Promise<void> {
    try {
      this.reached = parseWebVersion((await this.config.setting(SETTING)) ?? '');
    } catch (error) {
      this.logger.debug(`the last version that served could not be read: ${String(error)}`);
    }
  }

  onApplicationBootstrap(): void {
    if (this.refreshes) this.fetchAfter(FIRST_FETCH_MS);
  }

  onModuleDestroy(): void {
    this.stopped = true;
    this.next?.cancel();
    this.underWay?.abort.abort();
  }

  /** The pinned version, else the newest of: this release's, the last one that reached `open`, the one WhatsApp serves. */
  current(): WebVersion {
    if (this.pinned) return this.pinned;
    let newest = this.gateway.pinnedWebVersion;
    for (const version of [this.reached, this.fetched]) {
      if (version && compareWebVersions(version, newest) > 0) newest = version;
    }
    return newest;
  }

  /** A connection that announced this version is open. Never rejects. */
  async reachedOpen(version: WebVersion): Promise<void> {
    if (this.reached && compareWebVersions(version, this.reached) <= 0) return;
    this.reached = version;
    try {
      await this.config.saveSetting(SETTING, printWebVersion(version));
    } catch (error) {
      this.logger.debug(`the version that served could not be stored: ${String(error)}`);
    }
  }

  /**
   * WhatsApp refused a login because of its version (405). Asks for a newer one, once for all who are refused at the same
   * time and at most once a minute. Bounded (5 s); never rejects.
   * @returns whether `current()` is by now newer than the refused one, so that another login makes sense
   */
  async refreshAfterRefusal(refused: WebVersion): Promise<boolean> {
    if (!this.isOutdated(refused) && this.mayFetchForRefusal()) await this.fetch();
    return !this.stopped && this.isOutdated(refused);
  }

  private isOutdated(version: WebVersion): boolean {
    return this.pinned === null && compareWebVersions(this.current(), version) > 0;
  }

  private mayFetchForRefusal(): boolean {
    if (!this.refreshes) return false;
    return this.underWay !== null || this.clock.monotonicMs() - this.lastFetchMs >= REFUSED_FETCH_EVERY_MS;
  }

  private fetchAfter(delayMs: number): void {
    const due = (): void => {
      void this.fetch();
      this.fetchAfter(FETCH_EVERY_MS);
    };
    this.next = this.clock.after(delayMs, due, { background: true });
  }

  /** Joins a fetch that is under way. Never rejects. */
  private fetch(): Promise<void> {
    if (this.stopped) return Promise.resolve();
    if (!this.underWay) {
      this.lastFetchMs = this.clock.monotonicMs();
      const abort = new AbortController();
      const done = this.fetchOnce(abort).finally(() => {
        this.underWay = null;
      });
      this.underWay = { done, abort };
    }
    return this.underWay.done;
  }

  private async fetchOnce(abort: AbortController): Promise<void> {
    const aborted = new Promise<never>((_resolve, reject) => {
      abort.signal.addEventListener('abort', () => {
        reject(new Error('no answer in time'));
      });
    });
    const limit = this.clock.after(FETCH_LIMIT_MS, () => {
      abort.abort();
    });
    try {
      const before = this.current();
      const version: unknown = await Promise.race([this.gateway.fetchWebVersion(abort.signal), aborted]);
      if (!isWebVersion(version)) throw new Error('what was served is no version');
      if (this.fetched === null || compareWebVersions(version, this.fetched) > 0) this.fetched = version;
      const now = this.current();
      if (compareWebVersions(now, before) > 0) {
        this.logger.log(`WhatsApp Web ${printWebVersion(now)} is announced from now on`);
        this.newerFound.next();
      }
    } catch (error) {
      this.logger.debug(`the newest version of WhatsApp Web could not be had: ${String(error)}`);
    } finally {
      limit.cancel();
    }
  }
}

import {
  Inject,
  Injectable,
  Logger,
  OnApplicationBootstrap,
  OnModuleDestroy,
  OnModuleInit,
} from '@nestjs/common';
import { Subject } from 'rxjs';
import {
  compareWebVersions,
  isWebVersion,
  parseWebVersion,
  printWebVersion,
  type WebVersion,
} from '../domain/web-version.js';
import { Clock, type Timer } from '../ports/clock.js';
import { ConfigRepository } from '../ports/config.repository.js';
import { WhatsappGateway } from '../ports/whatsapp.gateway.js';
import { WHATSAPP_OPTIONS, type WhatsappOptions } from '../whatsapp-options.js';

/** The setting with the last version that reached an open connection, as text. */
const SETTING = 'webVersion';
/** The delay of the first fetch, so that it does not compete with the accounts that reconnect at the start. */
const FIRST_FETCH_MS = 5_000;
const FETCH_EVERY_MS = 6 * 3_600_000;
const FETCH_LIMIT_MS = 5_000;
/**
 * The minimum time between fetches after refused logins, for all accounts together: WhatsApp limits frequent requests.
 */
const REFUSED_FETCH_EVERY_MS = 60_000;

/**
 * Chooses the version of WhatsApp Web that logins send. WhatsApp refuses old versions (405), sometimes within weeks of
 * a release, so the service fetches the newest one in the background. Only a refused login waits for a fetch.
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

  /** @throws TypeError when `webVersion` is invalid */
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

  /** Emits when a fetch made `current()` newer: accounts that WhatsApp refused as outdated can reconnect. */
  readonly newer = this.newerFound.asObservable();

  async onModuleInit(): Promise<void> {
    try {
      this.reached = parseWebVersion((await this.config.setting(SETTING)) ?? '');
    } catch (error) {
      this.logger.debug(`reading the last working WhatsApp Web version failed: ${String(error)}`);
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

  /**
   * Returns the pinned version, else the newest of: this release's, the last one that reached `open`, the fetched one.
   */
  current(): WebVersion {
    if (this.pinned) return this.pinned;
    let newest = this.gateway.pinnedWebVersion;
    for (const version of [this.reached, this.fetched]) {
      if (version && compareWebVersions(version, newest) > 0) newest = version;
    }
    return newest;
  }

  /** Records that a connection with this version is open. Never rejects. */
  async reachedOpen(version: WebVersion): Promise<void> {
    if (this.reached && compareWebVersions(version, this.reached) <= 0) return;
    this.reached = version;
    try {
      await this.config.saveSetting(SETTING, printWebVersion(version));
    } catch (error) {
      this.logger.debug(`storing the last working WhatsApp Web version failed: ${String(error)}`);
    }
  }

  /**
   * Fetches a newer version after WhatsApp refused a login as outdated (405). Sessions that are refused at the same
   * time share one fetch, and there is at most one per minute. Resolves within 5 s; never rejects.
   * @returns whether `current()` is now newer than the refused version, so that another login can succeed
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

  /** Starts a fetch, or joins the one in progress. Never rejects. */
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
      if (!isWebVersion(version)) throw new Error('the answer is not a version');
      if (this.fetched === null || compareWebVersions(version, this.fetched) > 0) this.fetched = version;
      const now = this.current();
      if (compareWebVersions(now, before) > 0) {
        this.logger.log(`newer WhatsApp Web version found; logins send ${printWebVersion(now)} from now on`);
        this.newerFound.next();
      }
    } catch (error) {
      this.logger.debug(`fetching the newest WhatsApp Web version failed: ${String(error)}`);
    } finally {
      limit.cancel();
    }
  }
}

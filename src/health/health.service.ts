import { setImmediate } from 'node:timers/promises';
import { Injectable, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheckService, HealthIndicatorService, type HealthCheckResult } from '@nestjs/terminus';
import { WhatsappAccounts } from '../whatsapp/whatsapp-accounts.js';
import { NotReady } from './health.errors.js';
import { Shutdown } from '../server/shutdown.js';
import { StoreProbe } from './store-probe.js';

/** A store that takes longer counts as down. A probe should wait a little longer than this. */
const STORE_ANSWERS_WITHIN_MS = 2_000;

/** Liveness and readiness of the service. */
@Injectable()
export class HealthService {
  constructor(
    private readonly checks: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly store: StoreProbe,
    private readonly accounts: WhatsappAccounts,
    private readonly shutdown: Shutdown,
  ) {}

  /**
   * Returns how long one turn of the event loop took; the answer proves that it turns. Nothing else is checked, because
   * a supervisor restarts a service that is not alive.
   */
  async live(): Promise<HealthCheckResult> {
    const turn = await this.indicators.check('eventLoop').attempt(() => setImmediate());
    return { status: 'ok', info: turn, error: {}, details: turn };
  }

  /**
   * Returns the results of the checks when the store works and no shutdown has begun. WhatsApp is reported and does not
   * affect readiness.
   * @throws NotReady
   */
  async ready(): Promise<HealthCheckResult> {
    if (this.shutdown.isStarted) throw new NotReady('shutting_down', {});
    try {
      return await this.checks.check([
        this.indicators
          .check('store')
          .attempt(() => this.store.check())
          .withTimeout(STORE_ANSWERS_WITHIN_MS),
        () => this.indicators.check('whatsapp').up({ ...this.accounts.counts() }),
      ]);
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      const { details } = error.getResponse() as HealthCheckResult;
      throw new NotReady('not_ready', details);
    }
  }
}

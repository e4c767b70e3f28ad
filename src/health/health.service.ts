import { setImmediate } from 'node:timers/promises';
import { Injectable, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import type { HealthCheckResult } from '@nestjs/terminus';
import { WhatsappAccounts } from '../whatsapp/whatsapp-accounts.js';
import { NotReady } from './health.errors.js';
import { Shutdown } from '../server/shutdown.js';
import { StoreProbe } from './store-probe.js';

/** A store that takes longer counts as down; whoever probes should wait a little longer than this. */
const STORE_ANSWERS_WITHIN_MS = 2_000;

/** How the service is, for those who run it. */
@Injectable()
export class HealthService {
  constructor(
    private readonly checks: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly store: StoreProbe,
    private readonly accounts: WhatsappAccounts,
    private readonly shutdown: Shutdown,
  ) {}

  /** The event loop turns: the answer is the proof, and says how long one turn took. Nothing else may make it restart. */
  async live(): Promise<HealthCheckResult> {
    const turn = await this.indicators.check('eventLoop').attempt(() => setImmediate());
    return { status: 'ok', info: turn, error: {}, details: turn };
  }

  /** The store answers, and no shutdown has begun. WhatsApp being away is told, and is not unready. @throws NotReady */
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

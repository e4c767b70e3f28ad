import { Logger, OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { Clock, Timer } from '../../whatsapp/ports/clock.js';
import type { AuditTrailStore } from '../ports/audit-trail.store.js';
import { causeMessage } from '../../whatsapp/domain/cause-of.js';

const DAY_MS = 86_400_000;

/** Deletes old entries of the audit trail, at the start and once a day. */
export class AuditRetention implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Audit');
  private timer: Timer | null = null;
  private isOver = false;

  /** @param keptDays maximum age of an entry */
  constructor(
    private readonly trail: AuditTrailStore,
    private readonly clock: Clock,
    private readonly keptDays: number,
  ) {}

  onApplicationBootstrap(): void {
    void this.deleteOld();
  }

  onModuleDestroy(): void {
    this.isOver = true;
    this.timer?.cancel();
  }

  private async deleteOld(): Promise<void> {
    try {
      await this.trail.forgetBefore(new Date(this.clock.now().getTime() - this.keptDays * DAY_MS));
    } catch (error) {
      // A shutdown can close the store during the deletion; the next start repeats it.
      if (this.isOver) return;
      this.logger.warn(
        `Old audit entries were not deleted (${causeMessage(error)}). The next try is in a day. Check the disk and the store.`,
      );
    }
    if (!this.isOver)
      this.timer = this.clock.after(DAY_MS, () => void this.deleteOld(), { background: true });
  }
}

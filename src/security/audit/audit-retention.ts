import { Logger, OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { Clock, Timer } from '../../whatsapp/ports/clock.js';
import type { AuditTrailStore } from '../ports/audit-trail.store.js';
import { causeMessage } from '../../whatsapp/domain/cause-of.js';

const DAY_MS = 86_400_000;

/** Deletes what has been in the audit trail for long enough: at the start, and once a day. */
export class AuditRetention implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Audit');
  private timer: Timer | null = null;
  private isOver = false;

  /** @param keptDays how old an entry can get */
  constructor(
    private readonly trail: AuditTrailStore,
    private readonly clock: Clock,
    private readonly keptDays: number,
  ) {}

  onApplicationBootstrap(): void {
    void this.forgetOld();
  }

  onModuleDestroy(): void {
    this.isOver = true;
    this.timer?.cancel();
  }

  private async forgetOld(): Promise<void> {
    try {
      await this.trail.forgetBefore(new Date(this.clock.now().getTime() - this.keptDays * DAY_MS));
    } catch (error) {
      // The store may have been closed in the middle of it: the next start goes on.
      if (this.isOver) return;
      this.logger.warn(
        `Old entries of the audit trail could not be deleted (${causeMessage(error)}). Tried again in a day; see to the disk and the store.`,
      );
    }
    if (!this.isOver)
      this.timer = this.clock.after(DAY_MS, () => void this.forgetOld(), { background: true });
  }
}

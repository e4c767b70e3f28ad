import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../whatsapp/ports/clock.js';
import { ConfigRepository } from '../whatsapp/ports/config.repository.js';
import { causeOf } from '../whatsapp/domain/cause-of.js';

/** A row of its own, so that asking changes nothing that anybody reads. */
const SETTING = 'readyProbe';

/** A probe that comes every second must not wear the disk: between two writes it only reads. */
const WRITE_EVERY_MS = 5_000;

/**
 * What has to fit again after a failure, in bytes: an accepted device with its pre-keys takes half of it. On a full disk a
 * small write succeeds now and then, in the room that another one left.
 */
const ROOM = 256 * 1024;

/** Whether the store answers and takes what is written: a full disk still reads. */
@Injectable()
export class StoreProbe {
  private readonly logger = new Logger('Health');
  private running: Promise<void> | null = null;
  private writtenAtMs: number | null = null;
  private failing = false;

  constructor(
    private readonly config: ConfigRepository,
    private readonly clock: Clock,
  ) {}

  /** Callers that come while it runs share its outcome: a store that hangs is asked once. @throws StorageFailed */
  check(): Promise<void> {
    this.running ??= this.logChange().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  /** Told when it changes, not with every probe. */
  private async logChange(): Promise<void> {
    try {
      await this.readAndWrite();
    } catch (error) {
      if (!this.failing) {
        this.logger.error(
          'The store cannot be read or written: the service is not ready. See to the disk and the data directory; it recovers by itself.',
          causeOf(error),
        );
      }
      this.failing = true;
      throw error;
    }
    if (this.failing) this.logger.log('The store can be read and written again.');
    this.failing = false;
  }

  private async readAndWrite(): Promise<void> {
    await this.config.setting(SETTING);
    const now = this.clock.monotonicMs();
    if (this.writtenAtMs !== null && now - this.writtenAtMs < WRITE_EVERY_MS) return;
    this.writtenAtMs = null;
    if (this.failing) await this.config.saveSetting(SETTING, ' '.repeat(ROOM));
    await this.config.saveSetting(SETTING, this.clock.now().toISOString());
    this.writtenAtMs = now;
  }
}

import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../whatsapp/ports/clock.js';
import { ConfigRepository } from '../whatsapp/ports/config.repository.js';
import { causeOf } from '../whatsapp/domain/cause-of.js';

/** Name of the probe's own row in the store. The probe changes no other data. */
const SETTING = 'readyProbe';

/** Health checks may come every second and must not wear out the disk. Between two writes the probe only reads. */
const WRITE_EVERY_MS = 5_000;

/**
 * Bytes that the probe must be able to write after a failure. An accepted device with its pre-keys needs half of them.
 * On a full disk a small write sometimes succeeds, in space that an earlier write left.
 */
const REQUIRED_BYTES = 256 * 1024;

/** Checks that the store can be read and written. Reading alone proves nothing about a full disk. */
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

  /**
   * Reads the store, and at intervals also writes to it. Simultaneous callers share one check, so a store that hangs gets
   * one request.
   * @throws StorageFailed
   */
  check(): Promise<void> {
    this.running ??= this.logChange().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  /** Runs the check, and logs a change of its outcome. */
  private async logChange(): Promise<void> {
    try {
      await this.readAndWrite();
    } catch (error) {
      if (!this.failing) {
        this.logger.error(
          'The store cannot be read or written, so the service is not ready. Check the disk and the data directory. The service recovers automatically.',
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
    if (this.failing) await this.config.saveSetting(SETTING, ' '.repeat(REQUIRED_BYTES));
    await this.config.saveSetting(SETTING, this.clock.now().toISOString());
    this.writtenAtMs = now;
  }
}

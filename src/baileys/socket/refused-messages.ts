import { Logger } from '@nestjs/common';
import type { AccountId } from '../../whatsapp/domain/account-id.js';
import { LogLine } from '../../whatsapp/domain/log-line.js';

/** Further refusals of all accounts within this time are only counted. */
const LOG_EVERY_MS = 60_000;

/** Counts and logs the received messages that were replaced by empty ones, because reading them would stop the process. */
export class RefusedMessages {
  private readonly logger = new Logger('WhatsappSockets');
  private count = 0;
  private loggedAt = -Infinity;

  report(accountId: AccountId, attempt: number): void {
    this.count += 1;
    const now = performance.now();
    if (now - this.loggedAt < LOG_EVERY_MS) return;
    this.loggedAt = now;
    const message = 'message too large to read; it is acknowledged and left out';
    this.logger.warn(new LogLine(accountId, attempt, message, { refusedMessages: this.count }));
  }
}

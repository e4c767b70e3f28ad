import { Logger } from '@nestjs/common';
import { LogLine } from '../domain/log-line.js';
import type { LogDetails } from '../domain/log-line.js';

/**
 * The log of one account. Every line goes through Nest's `Logger` and so to the logger of the application around us, and
 * carries the account and the attempt that is current when it is written.
 */
export class AccountLogger {
  private readonly logger: Logger;

  /** @param attempt null where the line is about the account itself */
  constructor(
    private readonly accountId: string,
    private readonly attempt: () => number | null = () => null,
    context = 'WhatsappSession',
  ) {
    this.logger = new Logger(context);
  }

  /** Steps on the way, for whoever looks for a fault. */
  debug(message: string, details?: LogDetails): void {
    this.logger.debug(this.line(message, details));
  }

  /** Something happened that a person may want to know afterwards. */
  log(message: string, details?: LogDetails): void {
    this.logger.log(this.line(message, details));
  }

  /** Someone may have to act; the sentence says what to do. */
  warn(message: string, details?: LogDetails): void {
    this.logger.warn(this.line(message, details));
  }

  /** Something that should have worked did not; the sentence says what to do. */
  error(message: string, details?: LogDetails): void {
    this.logger.error(this.line(message, details));
  }

  private line(message: string, details?: LogDetails): LogLine {
    return new LogLine(this.accountId, this.attempt(), message, details);
  }
}

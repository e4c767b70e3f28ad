import { Logger } from '@nestjs/common';
import { LogLine, type LogDetails } from '../domain/log-line.js';

/**
 * The logger of one account. Every line goes through Nest's `Logger` to the logger of the host application. It carries
 * the account and the current attempt.
 */
export class AccountLogger {
  private readonly logger: Logger;

  /** @param attempt returns the current attempt; null for lines about the account itself */
  constructor(
    private readonly accountId: string,
    private readonly attempt: () => number | null = () => null,
    context = 'WhatsappSession',
  ) {
    this.logger = new Logger(context);
  }

  /** Details for the analysis of a fault. */
  debug(message: string, details?: LogDetails): void {
    this.logger.debug(this.line(message, details));
  }

  /** An event that an operator may want to know later. */
  log(message: string, details?: LogDetails): void {
    this.logger.log(this.line(message, details));
  }

  /** An event after which the user or operator may have to act; the message says how. */
  warn(message: string, details?: LogDetails): void {
    this.logger.warn(this.line(message, details));
  }

  /** A failure of the service; the message says what the operator can do. */
  error(message: string, details?: LogDetails): void {
    this.logger.error(this.line(message, details));
  }

  private line(message: string, details?: LogDetails): LogLine {
    return new LogLine(this.accountId, this.attempt(), message, details);
  }
}

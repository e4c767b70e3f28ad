import { inspect } from 'node:util';
import { Logger } from '@nestjs/common';

/** Numbers, words and flags beside the sentence of a line. No numbers of phones, no keys, no codes. */
export type LogDetails = Readonly<Record<string, string | number | boolean | null>>;

/**
 * One line of the log about one account, as an object: a structured logger finds its fields (`message`, `accountId`,
 * `attempt` and the details), and whoever prints it as text gets the sentence.
 */
export class LogLine {
  readonly message: string;
  readonly accountId: string;
  /** The number of the session's socket; null before the first one and where the line is about the account itself. */
  readonly attempt: number | null;

  constructor(accountId: string, attempt: number | null, message: string, details: LogDetails = {}) {
    this.message = message;
    this.accountId = accountId;
    this.attempt = attempt;
    // The fields that every line has are not a detail's to change.
    Object.assign(this, { ...details, message, accountId, attempt });
  }

  toString(): string {
    return `${this.accountId}${this.attempt ? ` #${this.attempt}` : ''}: ${this.message}`;
  }

  /** Nest's ConsoleLogger prints what is no text by `inspect`. */
  [inspect.custom](): string {
    return this.toString();
  }
}

/**
 * The log of one account. Every line goes through Nest's `Logger` and so to the logger of the application around us, and
 * carries the account and the attempt that is current when it is written.
 */
export class SessionLogger {
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

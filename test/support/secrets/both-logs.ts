import type { LoggerService } from '@nestjs/common';
import { ServiceLogger, type ServiceLoggerOptions } from '../../../src/logging/service.logger.js';

/** The log of the service in both formats: every line as JSON and as plain text. */
export class BothLogs implements LoggerService {
  private readonly logs: readonly ServiceLogger[];

  constructor(options: Pick<ServiceLoggerOptions, 'level' | 'phoneNumbers'>) {
    this.logs = [true, false].map((json) => new ServiceLogger({ ...options, json }));
  }

  fatal(...line: [unknown, ...unknown[]]): void {
    for (const log of this.logs) log.fatal(...line);
  }

  error(...line: [unknown, ...unknown[]]): void {
    for (const log of this.logs) log.error(...line);
  }

  warn(...line: [unknown, ...unknown[]]): void {
    for (const log of this.logs) log.warn(...line);
  }

  log(...line: [unknown, ...unknown[]]): void {
    for (const log of this.logs) log.log(...line);
  }

  debug(...line: [unknown, ...unknown[]]): void {
    for (const log of this.logs) log.debug(...line);
  }

  verbose(...line: [unknown, ...unknown[]]): void {
    for (const log of this.logs) log.verbose(...line);
  }
}

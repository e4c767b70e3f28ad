import { format } from 'node:util';
import { Logger } from '@nestjs/common';

/** Turns the console output of libraries (libsignal prints) into lines of the service's log, at the level `debug`. */
export function redirectConsole(): void {
  const logger = new Logger('Console');
  for (const method of ['debug', 'log', 'info', 'warn', 'error'] as const) {
    console[method] = (...parts: unknown[]): void => {
      logger.debug(format(...parts));
    };
  }
}

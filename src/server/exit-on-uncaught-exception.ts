import { Logger } from '@nestjs/common';

/**
 * The last resort of the service (never of the module: a host decides for itself): what nobody has caught is written to
 * the log, and the process ends with exit code 1. Its state can no longer be trusted; the store is made to be left at
 * any instant, and the supervisor starts it again.
 */
export function exitOnUncaughtException(): void {
  process.on('uncaughtException', (error, origin) => {
    new Logger('Service').fatal(`Uncaught error (${origin}): the service ends. Please report this.`, error);
    process.exit(1);
  });
}

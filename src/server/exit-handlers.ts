import { constants } from 'node:os';
import { Logger, type INestApplication } from '@nestjs/common';
import { Shutdown } from './shutdown.js';

/** Supervisors wait 10 s (Docker) or longer after SIGTERM before they kill a process. */
const DEADLINE_MS = 9_000;

/**
 * Logs an uncaught error and ends the process with exit code 1, because its state can no longer be trusted. The store
 * survives an end at any instant, and the supervisor restarts the service. For the standalone service only: hosts have
 * their own policy.
 */
export function exitOnUncaughtException(): void {
  process.on('uncaughtException', (error, origin) => {
    new Logger('Service').fatal(`Uncaught error (${origin}). The service ends. Please report this.`, error);
    process.exit(1);
  });
}

/**
 * Shuts the service down on SIGTERM and SIGINT. The exit codes are:
 * - 0 after a complete shutdown. (Nest's own hooks end the process by the signal, which supervisors count as a
 *   failure.)
 * - 1 if the shutdown failed or took longer than 9 s.
 * - 128 and the number of the signal (143, 130) if a second signal ended the process at once.
 */
export function exitOnSignal(app: INestApplication): void {
  const logger = new Logger('Service');
  const shutdown = app.get(Shutdown, { strict: false });
  let signals = 0;
  const end = (signal: 'SIGTERM' | 'SIGINT'): void => {
    if (signals++ > 0) {
      logger.log(`${signal} during the shutdown. The service ends at once. Still open: ${shutdown.pending}.`);
      process.exit(128 + constants.signals[signal]);
    }
    logger.log(`${signal}: shutting down. Accounts stay linked.`);
    const started = performance.now();
    setTimeout(() => {
      logger.error(
        `The shutdown took longer than ${DEADLINE_MS / 1000} s. The service ends now. Still open: ${shutdown.pending}. Stored data is safe. If the store is still open, check the disk.`,
      );
      process.exit(1);
    }, DEADLINE_MS);
    shutdown.start();
    app.close().then(
      () => {
        logger.log(`Shut down in ${Math.round(performance.now() - started)} ms.`);
        process.exit(0);
      },
      (error: unknown) => {
        logger.error('The shutdown failed. Please report this.', error);
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, end);
}
